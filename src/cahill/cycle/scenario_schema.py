"""The checks of a scenario file: its shape by JSON schema, then its names, units and times.

Every function appends what it finds to a list of faults, so that a file is refused once with all
that is wrong in it. A fault's line reads `FILE: place: what is wrong; what to do`.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import inf, isnan
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from cahill.cycle.inputs import ScenarioInput, inputs, read_time, read_value, states
from cahill.errors import CahillError, InputError, UnitError, UnknownNameError

TYPE_NAMES = {
    "string": "a text",
    "number": "a number",
    "array": "a list",
    "object": "a table",
}


@dataclass(frozen=True)
class Times:
    """Duration and reporting times of a scenario in min."""

    duration: float
    report: tuple[float, ...]


@cache
def _schema() -> dict:
    text = (files("cahill") / "data" / "schemas" / "scenario.schema.json").read_text("utf-8")
    return json.loads(text)


def check_shape(file: str, table: dict) -> list[CahillError]:
    """Check a file's keys and types against `scenario.schema.json`.

    Parameters
    ----------
    file : str
        Name of the file, for the messages.
    table : dict
        Its parsed content.

    Returns
    -------
    list of CahillError
        One for each fault, in the order of the file's places.
    """
    errors = Draft202012Validator(_schema()).iter_errors(table)
    found = [fault for error in errors for fault in _explain(file, table, error)]
    return sorted(found, key=str)


def place(table: dict, path: list) -> str:
    """Return a place in the file as a reader would name it: `input 2 (burn), value`."""
    parts: list[str] = []
    for key in path:
        if isinstance(key, int):
            item = table.get("input", [{}] * (key + 1))[key] if parts[:1] == ["input"] else {}
            name = item.get("name", "") if isinstance(item, dict) else ""
            parts[-1] += f" {key + 1}" + (f" ({name})" if name else "")
        else:
            parts.append(str(key))
    return ", ".join(parts)


def _explain(file: str, table: dict, error: ValidationError) -> list[CahillError]:
    """Say a schema error in our words."""
    at = place(table, list(error.absolute_path))
    where = f"{file}: {at}" if at else file
    rule = str(error.validator)
    value: Any = error.instance
    schema: Any = error.schema
    limit = schema.get(rule)
    if rule == "additionalProperties":
        known = schema["properties"]
        return [UnknownNameError("key", key, known, where) for key in value if key not in known]
    if rule == "required":
        missing = [key for key in limit if key not in value]
        return [InputError(f'{where}: "{key}" is missing; add it') for key in missing]
    if rule in ("type", "oneOf"):
        wanted = limit if rule == "type" else ["string", "array"]
        names = [wanted] if isinstance(wanted, str) else wanted
        text = " or ".join(TYPE_NAMES[name] for name in names)
        return [InputError(f"{where}: {value!r} is not {text}; write {text}")]
    if rule == "enum":
        return [InputError(f'{where}: "{value}" is not a grade; choose one of {", ".join(limit)}')]
    if rule in ("minimum", "maximum"):
        bound = f"{'at least' if rule == 'minimum' else 'at most'} {limit:g}"
        return [InputError(f"{where}: {value!r} is out of range; give {bound}")]
    return [InputError(f"{where}: is empty; fill it in")]


def _time(where: str, text: str, faults: list[CahillError], fallback: float) -> float:
    """Read one time; on a fault note it and go on with `fallback`."""
    try:
        return read_time(text)
    except (InputError, UnitError) as error:
        faults.append(type(error)(f"{where}: {error}"))
        return fallback


def read_times(file: str, table: dict, faults: list[CahillError]) -> Times:
    """Read `duration` and `report_at`; a report outside the scenario is a fault."""
    duration = _time(f"{file}: duration", table["duration"], faults, inf)
    if duration <= 0.0:
        faults.append(InputError(f"{file}: duration: is zero; give a time such as 24 h"))
    given = table.get("report_at")
    if given is None:
        return Times(duration, (duration,))
    texts = [given] if isinstance(given, str) else given
    report = [_time(f"{file}: report_at", text, faults, 0.0) for text in texts]
    for time, text in zip(report, texts, strict=True):
        if time > duration:
            faults.append(_outside(f"{file}: report_at", text, table))
    return Times(duration, tuple(sorted(report)))


def _outside(where: str, text: str, table: dict) -> InputError:
    duration = table["duration"]
    return InputError(
        f"{where}: {text} is after the end ({duration}); bring it inside the duration"
    )


def read_start(file: str, table: dict, faults: list[CahillError]) -> dict[str, float]:
    """Read the states replaced at the start, in the model's units."""
    result: dict[str, float] = {}
    if isnan(table.get("start", {}).get("hours_fasted", 0.0)):
        faults.append(InputError(f"{file}: start, hours_fasted: is not a number; give hours"))
    for name, value in table.get("start", {}).get("state", {}).items():
        where = f"{file}: start, state, {name}"
        if name not in states():
            faults.append(UnknownNameError("species", name, states(), f"{file}: start, state"))
            continue
        try:
            result[name] = read_value(states()[name], value)
        except (InputError, UnitError) as error:
            faults.append(type(error)(f"{where}: {error}"))
    return result


def read_held(file: str, table: dict, faults: list[CahillError]) -> tuple[str, ...]:
    """Read the states that are kept at their starting value."""
    names = tuple(table.get("hold", ()))
    unknown = [name for name in names if name not in states()]
    faults += [UnknownNameError("species", name, states(), f"{file}: hold") for name in unknown]
    return names


def read_inputs(
    file: str, table: dict, duration: float, faults: list[CahillError]
) -> tuple[ScenarioInput, ...]:
    """Read the inputs, repeat those with `every`, and refuse overlaps.

    Parameters
    ----------
    file : str
        Name of the file, for the messages.
    table : dict
        Its parsed content, of the right shape.
    duration : float
        min.
    faults : list of CahillError
        Extended by what is wrong.

    Returns
    -------
    tuple of ScenarioInput
        Ordered by start.
    """
    result: list[ScenarioInput] = []
    for number, item in enumerate(table.get("input", ())):
        where = f"{file}: {place(table, ['input', number])}"
        if item["name"] not in inputs():
            faults.append(UnknownNameError("input", item["name"], inputs(), where))
            continue
        try:
            value = read_value(inputs()[item["name"]], item["value"])
        except (InputError, UnitError) as error:
            faults.append(type(error)(f"{where}, value: {error}"))
            value = 0.0
        evidence = {key: item.get(key, "") for key in ("grade", "source", "note")}
        for start, end in _spans(where, table, item, duration, faults):
            result.append(
                ScenarioInput(item["name"], value, start, end, str(item["value"]), **evidence)
            )
    _refuse_overlaps(file, result, faults)
    return tuple(sorted(result, key=lambda item: (item.start, item.name)))


def _spans(
    where: str, table: dict, item: dict, duration: float, faults: list[CahillError]
) -> list[tuple[float, float]]:
    """Return the stretches of time in which an input acts."""
    before = len(faults)
    start = _time(f"{where}, start", item["start"], faults, 0.0) if "start" in item else 0.0
    end = _time(f"{where}, end", item["end"], faults, duration) if "end" in item else duration
    every = _time(f"{where}, every", item["every"], faults, inf) if "every" in item else inf
    if len(faults) > before:
        return []
    if start >= duration:
        faults.append(_outside(f"{where}, start", item["start"], table))
    elif end > duration:
        faults.append(_outside(f"{where}, end", item["end"], table))
    elif end <= start:
        faults.append(InputError(f"{where}, end: is not after the start; give a later end"))
    elif every < end - start or every == 0.0:
        faults.append(
            InputError(f"{where}, every: {item['every']} is shorter than the input; lengthen it")
        )
    else:
        count = 1 if every == inf else int((duration - start - 1e-9) // every) + 1
        starts = (start + k * every if k else start for k in range(count))
        return [(begin, min(begin + end - start, duration)) for begin in starts]
    return []


def _refuse_overlaps(file: str, items: list[ScenarioInput], faults: list[CahillError]) -> None:
    """Note every input that would have two values at once."""
    for name in sorted({item.name for item in items}):
        own = sorted((item for item in items if item.name == name), key=lambda item: item.start)
        clash = next(((a, b) for a, b in pairwise(own) if b.start < a.end), None)
        if clash:
            first, second = clash
            faults.append(
                InputError(
                    f"{file}: {name} is given twice at {second.start / 60:g} h "
                    f"({first.text} and {second.text}); end the first before the second"
                )
            )
