"""The rule files: their shape by JSON schema, then their criteria, tests and keys."""

import json
import tomllib
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from cahill.core.laboratory import TESTS, micro
from cahill.errors import CahillError, InputError, UnknownNameError
from cahill.serum.rules import (
    Alternative,
    Branch,
    Change,
    Criterion,
    Quantity,
    ReferenceLimit,
    Rule,
    Step,
    read_criterion,
)

PLAIN = (
    "id",
    "version",
    "title",
    "kind",
    "source",
    "locator",
    "note",
    "wording_checked",
    "floor",
    "floor_meets",
    "formula",
    "at",
    "text",
)
"""Keys of a file that are fields of a rule as they stand."""


@cache
def _validator() -> Draft202012Validator:
    text = (files("cahill") / "data" / "schemas" / "serum-rule.json").read_text("utf-8")
    return Draft202012Validator(json.loads(text))


def read_rule_files() -> Mapping[str, Rule]:
    """Read every file of `data/serum/rules`, in the order of their names.

    Raises
    ------
    InputError
        If a file is not as the schema says, or a key stands twice.
    """
    found: dict[str, Rule] = {}
    folder = files("cahill") / "data" / "serum" / "rules"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for rule in read_rules(entry.read_text("utf-8"), entry.name):
            if rule.key in found:
                raise InputError(f"{entry.name}: rule {rule.key} stands twice; raise its version")
            found[rule.key] = rule
    return found


def read_rules(text: str, name: str) -> list[Rule]:
    """Read the rules of one file.

    Parameters
    ----------
    text : str
        TOML.
    name : str
        Of the file, for messages.

    Raises
    ------
    InputError
        If it is no TOML, or not as the schema says; the message names the rule.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: is not TOML: {error}") from None
    fault = best_match(_validator().iter_errors(table))
    if fault is not None:
        raise InputError(f"{name}: {_place(table, list(fault.absolute_path))}{fault.message}")
    return [_rule(entry, f"{name}: rule {entry['id']}") for entry in table["rule"]]


def _place(table: Any, path: list) -> str:
    """Return "rule hys-law, alternative 1: " for a place in the file."""
    if len(path) < 2:
        return ""
    entry = table["rule"][path[1]]
    words = [str(part + 1) if isinstance(part, int) else str(part) for part in path[2:]]
    return f"rule {entry.get('id', path[1] + 1)}{', ' if words else ''}{' '.join(words)}: "


def _rule(entry: Mapping[str, Any], where: str) -> Rule:
    """Build one rule; say in which rule a criterion is wrong."""
    plain = {key: entry[key] for key in PLAIN if key in entry}
    try:
        return Rule(
            **plain,
            branches=tuple(_branch(item) for item in entry.get("branch", ())),
            alternatives=tuple(_alternative(item) for item in entry.get("alternative", ())),
            window_days=_window(entry.get("window_days", (0, 0))),
            quadrants=tuple(entry.get("quadrants", ())),
            onset=_criteria(entry, "onset"),
            partner=_criteria(entry, "partner"),
            inputs=tuple(entry.get("inputs", ())),
            limits=tuple(_limit(item) for item in entry.get("limits", ())),
            change=_change(entry["change"]) if "change" in entry else None,
            items=tuple(entry.get("items", ())),
            quantities=tuple(Quantity(**item) for item in entry.get("quantities", ())),
        )
    except UnknownNameError as error:
        raise InputError(f"{where}: {error}") from None
    except CahillError as error:
        raise type(error)(f"{where}: {error}") from None


def _criteria(entry: Mapping[str, Any], key: str) -> tuple[Criterion, ...]:
    return tuple(read_criterion(text) for text in entry.get(key, ()))


def _branch(item: Mapping[str, Any]) -> Branch:
    steps = tuple(Step(step["name"], read_criterion(step["at"])) for step in item["steps"])
    return Branch(steps, item.get("baseline", "any"), _ages(item))


def _ages(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    ages = item.get("ages", ())
    return (ages[0] if ages else None, ages[1] if len(ages) > 1 else None)


def _alternative(item: Mapping[str, Any]) -> Alternative:
    operator, _, days = item.get("lasting", ">= ").partition(" ")
    return Alternative(
        _criteria(item, "anchor"),
        _criteria(item, "partner"),
        _criteria(item, "gate"),
        int(days) if days else None,
        operator,  # type: ignore[arg-type]
    )


def _window(days: Any) -> tuple[int, int]:
    first, last = days
    if first > last:
        raise InputError(f"window_days: {first} is after {last}; write the earlier day first")
    return (first, last)


def _known(test: str) -> str:
    if test not in TESTS:
        raise UnknownNameError("test", test, TESTS)
    return test


def _limit(item: Mapping[str, Any]) -> ReferenceLimit:
    return ReferenceLimit(
        _known(item["test"]), micro(item["uln"]), item.get("sex", ""), _ages(item)
    )


def _change(item: Mapping[str, Any]) -> Change:
    analytical, within, z = (Fraction(item[key]) for key in ("cv_analytical", "cv_within", "z"))
    return Change(_known(item["test"]), analytical, within, z, item["against"])
