"""Read one value of ALT and what was measured with it, by every rule of the registry."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import pandas as pd

from cahill.core.laboratory import TESTS, LabResult, Person, micro_text
from cahill.errors import InputError
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance
from cahill.serum.read_value_inputs import with_default_limit
from cahill.serum.read_value_rules import GROUPS, RuleReading, read_rules, reading_row
from cahill.serum.read_value_words import (
    elevated,
    limit_words,
    multiple_sentence,
    remarks,
    times_limit,
    transient_causes,
    value_words,
)
from cahill.serum.rules import find_rule
from cahill.serum.wording import CARE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

Method = Literal["", "with P5P", "without P5P"]


@dataclass(frozen=True, kw_only=True, eq=False)
class SerumReading(Result):
    """What the rules say of one value of ALT and of what was measured with it.

    Attributes
    ----------
    results : mapping of str to LabResult
        The draw, by test; ALT is among them.
    baselines : mapping of str to LabResult
    person : Person
    readings : tuple of RuleReading
        In the order of the registry.
    causes : str
        Reasons to repeat the test; blank if ALT is not above its limit.
    remarks : tuple of str
        What may disturb the value.
    explained : tuple of RuleReading
        Those to show step by step.
    """

    results: Mapping[str, LabResult]
    baselines: Mapping[str, LabResult]
    person: Person
    readings: tuple[RuleReading, ...]
    causes: str
    remarks: tuple[str, ...]
    explained: tuple[RuleReading, ...] = ()

    @property
    def alt(self) -> LabResult:
        """The value that is read."""
        return self.results["ALT"]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Serum ALT {value_words(self.alt)}"

    def of_group(self, group: str) -> tuple[RuleReading, ...]:
        """Return the readings under one heading of `GROUPS`."""
        return tuple(item for item in self.readings if item.rule.kind in GROUPS[group])

    def summary(self) -> str:
        """Return the multiple of the limit, the bands by ladder, and what is met or open."""
        parts = [multiple_sentence(self.alt)]
        parts += [
            f"{item.rule.key}: {item.evaluation.band}"
            for item in self.of_group("ladders")
            if item.rule.tests == ("ALT",) and item.evaluation.band
        ]
        criteria = self.of_group("criteria")
        met = [item.rule.key for item in criteria if item.evaluation.outcome]
        if met:
            parts.append(f"biochemical criteria met: {', '.join(met)}")
        undecided = sum(item.evaluation.outcome is None for item in self.readings)
        parts.append(f"{len(self.readings) - undecided} of {len(self.readings)} rules decided")
        return f"{'; '.join(parts)}. {CARE}"

    def lines(self) -> list[str]:
        """Return the reading in full, as the command line prints it above the sentence."""
        from cahill.serum.read_value_page import reading_lines

        return reading_lines(self)

    def to_frame(self) -> pd.DataFrame:
        """Return every rule, one a row.

        Returns
        -------
        pandas.DataFrame
            rule ("id@version"), title, kind, criteria (operators and factors), outcome ("true",
            "false" or "undetermined"), in_words, band, value (as used, with units), limit, and
            limit_source of each, reason, needed (what would help to decide), source, locator.
        """
        return pd.DataFrame([reading_row(item) for item in self.readings])

    def values(self) -> pd.DataFrame:
        """Return the values of the draw and at baseline, one a row, with their limits."""
        rows = [(result, "draw") for result in self.results.values()]
        rows += [(result, "baseline") for result in self.baselines.values()]
        return pd.DataFrame(
            {
                "test": result.test,
                "name": TESTS[result.test][0],
                "of": kind,
                "value": value_words(result),
                "upper_limit": "" if result.uln is None else micro_text(result.uln),
                "unit": TESTS[result.test][1],
                "limit_source": result.uln_source or "none",
                "times_limit": times_limit(result),
            }
            for result, kind in rows
        )

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return the rules, the values and the steps of the rules explained."""
        tables = {"results": self.to_frame(), "values": self.values()}
        if self.explained:
            tables["steps"] = pd.DataFrame(
                {"rule": item.rule.key, "step": number, "text": text}
                for item in self.explained
                for number, text in enumerate(item.evaluation.steps, 1)
            )
        return tables

    def plot(self) -> "Figure":
        """Draw the value on every ladder of ALT."""
        from cahill.serum.read_value_page import reading_picture

        return reading_picture(self)

    def page(self) -> "Page":
        """Return the report's content."""
        from cahill.serum.read_value_page import reading_page

        return reading_page(self)


def read_value(
    results: Sequence[LabResult],
    person: Person | None = None,
    *,
    baselines: Sequence[LabResult] = (),
    previous: LabResult | None = None,
    default_limits: str = "",
    method: Method = "",
    explain: Sequence[str] = (),
) -> SerumReading:
    """Read one value of ALT, and other tests of the same draw, by every rule.

    Parameters
    ----------
    results : sequence of LabResult
        Of one draw, one a test; ALT must be among them.
    person : Person, optional
    baselines : sequence of LabResult
        Before treatment, one a test; without a limit of their own they take that of the draw.
    previous : LabResult, optional
        The ALT measured before, for the reference change value.
    default_limits : str
        Id of a set of reference limits for values without a limit. A value without a limit is
        otherwise not evaluable against one.
    method : {"", "with P5P", "without P5P"}
        Whether the assay has pyridoxal 5'-phosphate.
    explain : sequence of str
        Rules to show step by step, by id or "id@version".

    Raises
    ------
    InputError
        If ALT is missing, a test is given twice, or a rule to explain is not evaluated here.
    UnknownNameError
        If there is no such rule or set.
    """
    person = person or Person()
    given, before = _one_a_test(results, "results"), _one_a_test(baselines, "baselines")
    if "ALT" not in given:
        raise InputError("no ALT among the results; give one value of it")
    draw = {
        test: with_default_limit(item, default_limits, person.sex, person.age)
        for test, item in given.items()
    }
    before = {
        test: replace(item, uln=draw[test].uln, uln_source=draw[test].uln_source)
        if item.uln is None and test in draw
        else item
        for test, item in before.items()
    }
    readings = tuple(read_rules(draw, person, before, previous))
    transient = find_rule("transient-causes").source
    keys = (*(item.rule.source for item in readings), transient, "SerumInterference")
    references = {key: format_reference(key) for key in keys}
    return SerumReading(
        results=draw,
        baselines=before,
        person=person,
        readings=readings,
        causes=transient_causes(references[transient].split(" [")[0])
        if elevated(draw["ALT"])
        else "",
        remarks=remarks(draw, method),
        explained=tuple(found for name in explain for found in _explained(name, readings)),
        notes=tuple(_notes(draw, default_limits)),
        sources=tuple(references.values()),
        provenance=collect_provenance(
            {}, _options(draw, before, previous, person, default_limits, method)
        ),
    )


def _one_a_test(results: Sequence[LabResult], what: str) -> dict[str, LabResult]:
    found = {item.test: item for item in results}
    if len(found) < len(results):
        raise InputError(f"{what}: a test is given twice; one draw has one value of each")
    return found


def _explained(name: str, readings: Sequence[RuleReading]) -> list[RuleReading]:
    """Return the readings of a rule, by id every version."""
    found = [item for item in readings if name in (item.rule.key, item.rule.id)]
    if not found:
        tests = " and ".join(find_rule(name).tests) or "nothing that is measured"
        raise InputError(f'--explain "{name}": not evaluated here; the rule reads {tests}')
    return found


def _notes(draw: Mapping[str, LabResult], default_limits: str) -> Iterator[str]:
    for test, result in draw.items():
        if result.uln_source.startswith("default"):
            yield (
                f"The upper limit of {test} is that of the set {default_limits}, not of the "
                "laboratory that measured; in a trial, multiples mean the laboratory's own limit."
            )
    if draw["ALT"].uln is not None:
        return
    if default_limits:
        yield f"The set {default_limits} has no upper limit of ALT for this person; sex or age?"
    else:
        yield (
            "ALT has no upper limit, so that nothing which is a multiple of it is evaluable; give "
            "the laboratory's own, or ask for a named set of limits."
        )


def _options(
    draw: Mapping[str, LabResult],
    before: Mapping[str, LabResult],
    previous: LabResult | None,
    person: Person,
    default_limits: str,
    method: str,
) -> dict[str, object]:
    """Return what is needed to repeat the reading."""
    options: dict[str, object] = {}
    for kind, results in (("", draw), (" at baseline", before)):
        for test, result in results.items():
            options[f"{test}{kind}"] = f"{value_words(result)}, upper limit {limit_words(result)}"
    if previous is not None:
        options["ALT before"] = value_words(previous)
    known = {name: value for name, value in vars(person).items() if value not in (None, "")}
    asked = {"default limits": default_limits, "method": method}
    return {**options, **known, **{name: text for name, text in asked.items() if text}}
