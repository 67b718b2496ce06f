"""The registry of rules on serum tests, read from `data/serum/rules`.

A rule is data: an entry `[[rule]]` in one of the TOML files, checked against
`data/schemas/serum-rule.json`. A rule is added, or a version of it, by adding an entry there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from cahill.core.laboratory import TESTS
from cahill.errors import InputError, UnknownNameError
from cahill.serum.rule_nouns import (
    SYMPTOMS,
    Alternative,
    Branch,
    Change,
    Criterion,
    Operator,
    Quantity,
    ReferenceLimit,
    Step,
    decimal_text,
    read_criterion,
)

__all__ = [
    "SYMPTOMS",
    "Alternative",
    "Branch",
    "Change",
    "Criterion",
    "Kind",
    "Operator",
    "Quantity",
    "ReferenceLimit",
    "Rule",
    "Step",
    "decimal_text",
    "default_limit",
    "find_rule",
    "load_rules",
    "read_criterion",
]

Kind = Literal[
    "reference_limit",
    "ladder",
    "concurrence",
    "quadrants",
    "trigger",
    "persistence",
    "change",
    "ratio",
    "score",
    "statement",
]


@dataclass(frozen=True)
class Rule:
    """One rule of one version of one source.

    Parameters
    ----------
    id, version, title : str
    kind : str
        Tells which of the fields below speak.
    source : str
        Key of `references.bib`.
    locator : str
        Where in the source.
    note : str
        What a reader should know.
    wording_checked : bool
        False if the wording has not been compared with the original.
    branches, floor, floor_meets
        Bands of a ladder, ratio or score; the name of what lies below all of them; whether that
        counts as met (a pattern) or not (a grade).
    alternatives : tuple of Alternative
        Ways to meet a concurrence, trigger or persistence; one for quadrants.
    window_days : (int, int)
        Days from anchor to partner; (0, 0) is the same date.
    quadrants : tuple of four str
        Names: neither, anchor alone, partner alone, both; on the peaks of the series.
    formula : str
        Key of `scores.FORMULAS`.
    at : {"onset", "latest", "any"}
        Date of the formula: the first that meets `onset`, the latest, or any.
    onset, partner : tuple of Criterion
        Any of them; `partner` must hold on the formula's date.
    limits, change, text, items, quantities
        Of reference limits, a change, and statements.
    changes : tuple of str
        What the caller changed, in words.
    """

    id: str
    version: str
    title: str
    kind: Kind
    source: str
    locator: str
    note: str = ""
    wording_checked: bool = True
    branches: tuple[Branch, ...] = ()
    floor: str = ""
    floor_meets: bool = False
    alternatives: tuple[Alternative, ...] = ()
    window_days: tuple[int, int] = (0, 0)
    quadrants: tuple[str, ...] = ()
    formula: str = ""
    at: Literal["onset", "latest", "any"] = "latest"
    onset: tuple[Criterion, ...] = ()
    partner: tuple[Criterion, ...] = ()
    inputs: tuple[str, ...] = ()
    limits: tuple[ReferenceLimit, ...] = ()
    change: Change | None = None
    text: str = ""
    items: tuple[str, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    changes: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """Return "id@version"."""
        return f"{self.id}@{self.version}"

    @property
    def label(self) -> str:
        """Return the key, and what the caller changed."""
        return f"{self.key} (changed: {'; '.join(self.changes)})" if self.changes else self.key

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every criterion, in reading order."""
        steps = [step.criterion for branch in self.branches for step in branch.steps]
        ways = [criterion for way in self.alternatives for criterion in way.criteria]
        return (*steps, *ways, *self.onset, *self.partner)

    @property
    def tests(self) -> tuple[str, ...]:
        """Keys of the tests it reads, in reading order."""
        named = [name for name in self.inputs if name in TESTS]
        named += [criterion.test for criterion in self.criteria if criterion.test in TESTS]
        named += [limit.test for limit in self.limits]
        named += [self.change.test] if self.change else []
        return tuple(dict.fromkeys(named))

    @property
    def needs_baseline(self) -> bool:
        """Whether a baseline result decides anything."""
        return (
            any(criterion.of == "baseline" for criterion in self.criteria)
            or any(branch.baseline != "any" for branch in self.branches)
            or (self.change is not None and self.change.against == "baseline")
        )


@cache
def load_rules() -> Mapping[str, Rule]:
    """Return every rule of the package by "id@version", in the order of the files.

    Raises
    ------
    InputError
        If a file is not as `serum-rule.json` says, or two rules have one key.
    """
    from cahill.serum.rule_schema import read_rule_files

    return read_rule_files()


def find_rule(name: str) -> Rule:
    """Return a rule by "id@version", or by "id" if there is one version.

    Raises
    ------
    UnknownNameError
        If there is none.
    InputError
        If there are several versions.
    """
    rules = load_rules()
    if name in rules:
        return rules[name]
    keys = [key for key, rule in rules.items() if rule.id == name]
    if not keys:
        raise UnknownNameError("rule", name, {*rules, *(rule.id for rule in rules.values())})
    if len(keys) > 1:
        raise InputError(f'rule "{name}" has several versions; name one of {", ".join(keys)}')
    return rules[keys[0]]


def default_limit(set_name: str, test: str, sex: str, age: int | None = None) -> int | None:
    """Return the upper limit of normal of a named set.

    Parameters
    ----------
    set_name : str
        Name of a rule of kind "reference_limit".
    test : str
        A key of `TESTS`.
    sex : {"male", "female", ""}
    age : int, optional
        Years; a limit that holds for some ages only is not given without.

    Returns
    -------
    int or None
        Millionths of the test's unit; None if the set has none for this person.

    Raises
    ------
    InputError, UnknownNameError
        If there is no such set.
    """
    rule = find_rule(set_name)
    if rule.kind != "reference_limit":
        raise InputError(f'"{set_name}" is not a set of reference limits; see "cahill serum rules"')
    for limit in rule.limits:
        ages = Branch((), ages=limit.ages)
        if limit.test != test or limit.sex not in ("", sex):
            continue
        if limit.ages == (None, None) or (age is not None and ages.holds_at(age)):
            return limit.uln
    return None
