"""Allotrope Simple Model of a plate reader: JSON, as converters of vendors' files write it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from warnings import catch_warnings, simplefilter

from cahill.core.plate import (
    SIGNAL_UNITS,
    Plate,
    Signal,
    plate_size,
    smallest_plate,
    well_name,
    well_position,
)
from cahill.errors import InputError
from cahill.io.cell_grids import CellFile
from cahill.io.readers._build import Read, build_reading, from_first_read

NAME = "Allotrope Simple Model (JSON)"

_DOCUMENT = "plate reader aggregate document"
_SIGNALS: tuple[Signal, ...] = ("absorbance", "fluorescence", "luminescence")
_PLACES = ("location identifier", "well location identifier")
_TIMES = {"s": 1.0, "min": 60.0, "h": 3600.0, "ms": 1e-3}

_Series = dict[tuple[str, Signal, float | None, float | None], dict[float, dict[str, Any]]]


def sniff(file: CellFile) -> bool:
    """Tell whether the file is a plate reader's document of the Allotrope Simple Model."""
    text = file.text.lstrip()
    return text.startswith(("{", '"{')) and ("allotrope.org" in text or _DOCUMENT in text)


def read(file: CellFile) -> tuple[Plate, ...]:
    """Read every plate of the document.

    Raises
    ------
    InputError
        If it is no valid JSON, or is a document of another kind of instrument.
    """
    try:
        content = json.loads(file.path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise InputError(f"{file.name} is not valid JSON: {error}") from error
    if _DOCUMENT not in content:
        raise InputError(f'{file.name} has no "{_DOCUMENT}"; it is not of a plate reader')
    return _plates(content, file.name)


def read_by_allotropy(file: CellFile) -> tuple[Plate, ...]:
    """Read a file that no reader of ours knows by the package allotropy, if it is installed.

    Returns
    -------
    tuple of Plate
        None if the package is absent, or if none of its parsers makes a plate of the file.
    """
    if find_spec("allotropy") is None:
        return ()
    convert = import_module("allotropy.to_allotrope").allotrope_from_file
    for vendor in import_module("allotropy.parser_factory").Vendor:
        # A parser that is given another vendor's file fails and warns in whatever way it likes.
        with suppress(Exception), catch_warnings():
            simplefilter("ignore")
            content = convert(str(file.path), vendor)
            if _DOCUMENT in content:
                return _plates(content, file.name)
    return ()


def _plates(content: Mapping[str, Any], where: str) -> tuple[Plate, ...]:
    document = content[_DOCUMENT]
    scale, note = _absorbance_unit(document)
    plates: dict[str, _Series] = {}
    labels: dict[str, dict[str, str]] = {}
    size = None
    for group in document.get("plate reader document", []):
        aggregate = group.get("measurement aggregate document", {})
        count = aggregate.get("plate well count", {}).get("value")
        size = plate_size(int(count), where) if count else size
        for measurement in aggregate.get("measurement document", []):
            sample = measurement.get("sample document", {})
            plate = str(sample.get("well plate identifier", ""))
            well = _well(sample, where)
            if "sample identifier" in sample:
                labels.setdefault(plate, {})[well] = str(sample["sample identifier"])
            _add(plates.setdefault(plate, {}), measurement, well, scale)
    device = document.get("device system document", {})
    facts = {key: str(value) for key, value in device.items() if isinstance(value, str | float)}
    return tuple(
        _plate(f"{where} {name}".strip(), series, labels.get(name, {}), facts, size, note)
        for name, series in plates.items()
    )


def _well(sample: Mapping[str, Any], where: str) -> str:
    text = next((str(sample[place]) for place in _PLACES if place in sample), "")
    return well_name(*well_position(text, where=where))


def _absorbance_unit(document: Mapping[str, Any]) -> tuple[float, tuple[str, ...]]:
    """Return the factor that makes AU of the numbers of absorbance, and what to say of it.

    The converter allotropy writes the reader's AU unchanged and calls them mAU, because the model
    knows no other unit.
    """
    converter = str(document.get("data system document", {}).get("ASM converter name", ""))
    if "allotropy" not in converter:
        return 1e-3, ()
    return 1.0, (f'{converter} calls absorbances "mAU"; its numbers are AU and are read as AU',)


def _add(series: _Series, measurement: Mapping[str, Any], well: str, scale: float) -> None:
    """Add the points of a measurement to the reading they belong to."""
    control = measurement.get("device control aggregate document", {})
    settings = next(iter(control.get("device control document", [])), {})
    main = _number(settings, "excitation wavelength setting", "detector wavelength setting")
    emission = None
    if "excitation wavelength setting" in settings:
        emission = _number(settings, "detector wavelength setting", "emission wavelength setting")
    for signal, seconds, value in _points(measurement, scale):
        waves = "/".join(f"{wave:g}" for wave in (main, emission) if wave)
        key = (waves or signal.capitalize(), signal, main, emission)
        series.setdefault(key, {}).setdefault(seconds, {})[well] = value


def _points(
    measurement: Mapping[str, Any], scale: float
) -> Iterator[tuple[Signal, float, tuple[float, bool]]]:
    """Yield signal, time in s and value of an endpoint, or of every point of a data cube."""
    for signal in _SIGNALS:
        found = measurement.get(signal)
        if isinstance(found, Mapping) and "value" in found:
            factor = scale if found.get("unit") == "mAU" else 1.0
            yield signal, 0.0, _value(found["value"], factor)
    for name, cube in measurement.items():
        # Cubes are called after the detector ("absorption profile"); what they hold, they tell.
        if name.endswith("data cube") and isinstance(cube, Mapping):
            yield from _course(cube, scale)


def _course(
    cube: Mapping[str, Any], scale: float
) -> Iterator[tuple[Signal, float, tuple[float, bool]]]:
    """Yield the points of a data cube that holds one of our signals in time."""
    structure, data = cube.get("cube-structure", {}), cube.get("data", {})
    dimension = structure.get("dimensions", [{}])[0]
    measure = structure.get("measures", [{}])[0]
    concept = measure.get("concept")
    signal: Signal | None = next((known for known in _SIGNALS if known == concept), None)
    if signal is None or dimension.get("concept") != "elapsed time":
        return
    factor = scale if measure.get("unit") == "mAU" else 1.0
    seconds = _TIMES.get(dimension.get("unit", "s"), 1.0)
    for time, value in zip(data["dimensions"][0], data["measures"][0]):
        yield signal, float(time) * seconds, _value(value, factor)


def _value(value: Any, factor: float) -> tuple[float, bool]:
    """Return the number of a value; "+Infinity" and its kin stand for over range."""
    if isinstance(value, int | float):
        return float(value) * factor, False
    return float("nan"), isinstance(value, str) and "inf" in value.lower()


def _number(settings: Mapping[str, Any], *names: str) -> float | None:
    found = next((settings[name] for name in names if name in settings), None)
    value = found.get("value") if isinstance(found, Mapping) else found
    return float(value) if isinstance(value, int | float) else None


def _plate(
    name: str,
    series: _Series,
    labels: dict[str, str],
    facts: dict[str, str],
    size: tuple[int, int] | None,
    notes: tuple[str, ...],
) -> Plate:
    readings = []
    for (title, signal, main, emission), points in series.items():
        reads: list[Read] = sorted(points.items())
        readings.append(build_reading(title, signal, reads, (main, emission)))
    wells = tuple(dict.fromkeys(well for reading in readings for well in reading.wells))
    absorbs = any(reading.unit == SIGNAL_UNITS["absorbance"] for reading in readings)
    shape = size or smallest_plate(wells, name)
    timed = from_first_read(readings)
    return Plate(name, *shape, timed, labels, facts=facts, notes=notes if absorbs else ())
