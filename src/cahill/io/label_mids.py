"""Values of isotopologues gathered into label measurements: replicates, errors, completeness."""

import math
from collections.abc import Mapping, Sequence
from itertools import product
from math import prod

import numpy as np

from cahill.core.labelling import Channel, LabelMeasurement, average_channel, mass_channels
from cahill.errors import CahillError, InputError
from cahill.io.equation_data import MID_SUM_TOLERANCE
from cahill.io.label_readings import Reading

Cells = Mapping[tuple[int, int], Mapping[str, Reading]]
"""Readings by (time, channel), then by replicate."""


def build_labels(
    readings: Sequence[Reading], floor: float, faults: list[str], notes: list[str]
) -> tuple[LabelMeasurement, ...]:
    """Gather the readings of one experiment into measurements.

    Parameters
    ----------
    readings : sequence of Reading
        In the order of the table.
    floor : float
        Smallest standard deviation that comes from replicates, or from nothing.
    faults, notes : list of str
        What is wrong, and what was assumed, is added here.
    """
    found: dict[str, list[Reading]] = {}
    for reading in readings:
        found.setdefault(reading.measurement, []).append(reading)
    labels, bare = [], 0
    for rows in found.values():
        try:
            label, without = _label(rows, floor)
        except CahillError as error:
            faults.append(str(error))
            continue
        labels.append(label)
        bare += without
    if bare:
        notes.append(
            f"{bare} values have neither sd nor replicates; their error is assumed to be {floor:g}."
        )
    return tuple(labels)


def _label(rows: Sequence[Reading], floor: float) -> tuple[LabelMeasurement, int]:
    """Return a measurement, and how many of its values have no error of their own."""
    first = rows[0]
    for row in rows:
        if row.frame != first.frame:
            raise InputError(
                f"{row.where}: {row.measurement} has other species, atoms, mixture or scale than "
                f"in {first.where}"
            )
    channels, shifts = _channels(rows)
    times = sorted({row.time for row in rows if row.time is not None})
    shape = (max(len(times), 1), len(shifts))
    cells = _cells(rows, times, shifts)
    _check_sums(first, cells, shape)
    values, sd = np.full(shape, np.nan), np.full(shape, np.nan)
    bare = 0
    for at, replicates in cells.items():
        measured = [one.value for one in replicates.values() if not math.isnan(one.value)]
        given = [one.sd for one in replicates.values() if not math.isnan(one.sd)]
        if not measured:
            continue
        values[at] = float(np.mean(measured))
        scatter = float(np.std(measured, ddof=1)) if len(measured) > 1 else 0.0
        sd[at] = max(given) if given else max(scatter, floor)
        bare += not given and len(measured) == 1
    label = LabelMeasurement(
        id=first.measurement,
        species=first.species,
        groups=first.groups,
        channels=channels,
        values=values,
        sd=sd,
        times=tuple(times),
        mix=first.mix,
        shares=first.shares,
        free_scale=first.free_scale,
        where=first.where,
    )
    return label, bare


def _cells(
    rows: Sequence[Reading], times: list[float], shifts: list[tuple[int, ...] | None]
) -> Cells:
    cells: dict[tuple[int, int], dict[str, Reading]] = {}
    for row in rows:
        at = (0 if row.time is None else times.index(row.time), shifts.index(row.shift))
        before = cells.setdefault(at, {}).setdefault(row.replicate, row)
        if before is not row:
            raise InputError(
                f"{row.where}: this isotopologue stands already in {before.where}; name the "
                "replicates apart"
            )
    return cells


def _channels(
    rows: Sequence[Reading],
) -> tuple[tuple[Channel, ...], list[tuple[int, ...] | None]]:
    """Return the signals of a measurement, complete from M+0 on."""
    first = rows[0]
    sizes = [len(group) for group in first.groups]
    seen = {row.shift for row in rows}
    if None in seen:
        if len(seen) > 1:
            raise InputError(f"{first.where}: {first.measurement} has isotopologues and a mean")
        return average_channel(sizes[0]), [None]
    shifts = sorted(shift for shift in seen if shift is not None)
    if len(sizes) == 1 and sizes[0] > 1:
        missing = sorted(set(range(shifts[-1][0])) - {shift[0] for shift in shifts})
        if missing:
            raise InputError(
                f"{first.where}: {first.measurement} lacks M+{missing[0]}; add its row, with a "
                "blank value if it was not measured"
            )
    return mass_channels(sizes, shifts), list(shifts)


def _check_sums(first: Reading, cells: Cells, shape: tuple[int, int]) -> None:
    """Refuse a complete distribution that does not add up to 1, or a part of one beyond it."""
    if first.free_scale or first.shift is None:
        return
    every = prod(len(group) + 1 for group in first.groups)
    replicates = sorted({name for cell in cells.values() for name in cell})
    for time, replicate in product(range(shape[0]), replicates):
        found = [cells.get((time, k), {}).get(replicate) for k in range(shape[1])]
        seen = [one for one in found if one is not None and not math.isnan(one.value)]
        total = sum(one.value for one in seen)
        complete = len(seen) == every
        if total > 1 + MID_SUM_TOLERANCE or (complete and total < 1 - MID_SUM_TOLERANCE):
            name = f"{first.measurement}, replicate {replicate}" if replicate else first.measurement
            raise InputError(
                f"{seen[0].where}: the isotopologues of {name} add up to {total:.3g}, not 1; "
                "correct them, or write free under scale"
            )
