"""A table of intensities sorted into batches: all distributions of one compound together."""

from dataclasses import dataclass
from math import isinf

import numpy as np
import pandas as pd

from cahill.errors import InputError
from cahill.io.intensity_tables import SHOWN_FAULTS, IntensityTable, raise_faults
from cahill.tracing.natural_abundance import Compound, Correction, correction
from cahill.tracing.natural_abundance_method import Method

SAME_READING = 1e-6
"""Relative difference up to which two intensities are one peak read twice; tables hold six or more
digits."""


@dataclass(frozen=True, eq=False)
class Batch:
    """All distributions of one compound.

    Parameters
    ----------
    metabolite, derivative : str
        As the table has them.
    compound : Compound
    correction : Correction
    intensities : numpy.ndarray
        Shape (distributions, peaks), in the unit of the table.
    records : numpy.ndarray
        Record of the table that each came from, same shape.
    """

    metabolite: str
    derivative: str
    compound: Compound
    correction: Correction
    intensities: np.ndarray
    records: np.ndarray


def sort_into_batches(table: IntensityTable, method: Method, keep_empty: bool) -> list[Batch]:
    """Sort a table by compound and fill in the peaks of every sample.

    Parameters
    ----------
    table : IntensityTable
    method : Method
    keep_empty : bool
        Whether distributions without any signal are let through.

    Raises
    ------
    InputError
        Naming file and row of every fault: formula or tracer wrong, unknown isotopologue, a peak
        missing or given twice, no signal.
    """
    frame = table.frame
    pairs = _codes(frame["metabolite"]) * (len(frame) + 1) + _codes(frame["derivative"])
    compound_of, unique = pd.factorize(pairs)
    raise_faults(_contradictions(table, compound_of, _first_records(compound_of, len(unique))))
    sample_of = _codes(frame["sample"])
    names = pd.factorize(frame["isotopologue"])
    order = np.argsort(compound_of, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(compound_of[order])) + 1)
    faults: list[str] = []
    batches = []
    for records in groups:
        row = frame.iloc[int(records[0])]
        compound = Compound(
            row["formula"], row["derivative"], int(row["charge"]) or None, row["tracer_atoms"]
        )
        try:
            found = correction(compound, method)
        except InputError as error:
            faults.append(f"{table.where(int(records[0]))}: {row['metabolite']}: {error}")
            continue
        filled = _fill(table, records, sample_of, names, found, faults)
        if filled is None:
            continue
        if not keep_empty:
            faults += _empty(table, *filled)
        batches.append(Batch(row["metabolite"], row["derivative"], compound, found, *filled))
    raise_faults(faults)
    return batches


def _fill(
    table: IntensityTable,
    records: np.ndarray,
    sample_of: np.ndarray,
    names: tuple[np.ndarray, "pd.Index"],
    found: Correction,
    faults: list[str],
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return intensity and record of every peak of a compound; None, and faults, if one is amiss.

    `names` holds the code of every record's isotopologue, and the names by code.
    """
    label_of, labels = names
    peaks = _peaks(table, records, label_of, labels, found, faults)
    if peaks is None:
        return None
    mids = pd.factorize(sample_of[records])[0]
    cells = mids * len(found.names) + peaks
    shape = (int(mids.max()) + 1, len(found.names))
    before = len(faults)
    _judge_cells(table, records, cells, label_of, shape, found, faults)
    if len(faults) > before:
        return None
    filled, source = np.empty(shape), np.empty(shape, dtype=np.int64)
    # Backwards, so that the first reading of a peak stays.
    filled.flat[cells[::-1]] = table.frame["intensity"].to_numpy(float)[records][::-1]
    source.flat[cells[::-1]] = records[::-1]
    return filled, source


def _empty(table: IntensityTable, filled: np.ndarray, source: np.ndarray) -> list[str]:
    """Return a fault for each distribution without any signal."""
    return [
        f"{_mid(table, int(source[mid].min()))} has no signal at all; "
        "leave its rows out, or keep it uncorrected (--keep-empty)"
        for mid in np.flatnonzero(filled.sum(axis=1) == 0)[: SHOWN_FAULTS + 1].tolist()
    ]


def _codes(column: pd.Series) -> np.ndarray:
    return pd.factorize(column)[0]


def _first_records(codes: np.ndarray, count: int) -> np.ndarray:
    """Return the first record of each code."""
    firsts = np.empty(count, dtype=np.int64)
    firsts[codes[::-1]] = np.arange(codes.size - 1, -1, -1)
    return firsts


def _mid(table: IntensityTable, record: int) -> str:
    """Name a distribution by a record of it."""
    row = table.frame.iloc[int(record)]
    sample = f", sample {row['sample']}" if row["sample"] else ""
    return f"{table.where(int(record))}: {row['metabolite']}{sample}"


def _contradictions(
    table: IntensityTable, compound_of: np.ndarray, firsts: np.ndarray
) -> list[str]:
    """Return the rows that describe a compound otherwise than its first row does."""
    faults = []
    for column in ("formula", "charge", "tracer_atoms"):
        codes = _codes(table.frame[column])
        differing = np.flatnonzero(codes != codes[firsts][compound_of])
        for record in differing[: SHOWN_FAULTS + 1].tolist():
            first = int(firsts[compound_of[record]])
            one, other = (table.frame[column].iloc[k] for k in (int(record), first))
            faults.append(
                f"{_mid(table, record)} has {column} {one}, but {other} in row "
                f"{table.rows[first]}; give fragments names of their own"
            )
    return faults


def _peaks(
    table: IntensityTable,
    records: np.ndarray,
    label_of: np.ndarray,
    labels: "pd.Index",
    found: Correction,
    faults: list[str],
) -> np.ndarray | None:
    """Return the peak that each record is; None, and faults, if a name means none."""
    peak_of = np.full(len(labels), -1)
    own, first = np.unique(label_of[records], return_index=True)
    before = len(faults)
    for label, place in zip(own, first):
        try:
            peak_of[label] = found.peak(str(labels[label]))
        except InputError as error:
            faults.append(f"{_mid(table, int(records[place]))}: {error}")
    return peak_of[label_of[records]] if len(faults) == before else None


def _judge_cells(
    table: IntensityTable,
    records: np.ndarray,
    cells: np.ndarray,
    label_of: np.ndarray,
    shape: tuple[int, int],
    found: Correction,
    faults: list[str],
) -> None:
    """Add a fault for each peak that is missing, or was given twice."""
    counts = np.bincount(cells, minlength=shape[0] * shape[1])
    firsts = _first_records(cells // shape[1], shape[0])
    for cell in np.flatnonzero(counts == 0)[: SHOWN_FAULTS + 1]:
        mid, peak = divmod(int(cell), shape[1])
        faults.append(
            f"{_mid(table, int(records[firsts[mid]]))}: isotopologue {found.names[peak]} is "
            "missing; write 0 if nothing was seen"
        )
    if counts.max() < 2:
        return
    intensity = table.frame["intensity"].to_numpy(float)[records]
    first = _first_records(cells, counts.size)
    again = np.flatnonzero(first[cells] != np.arange(cells.size))
    for k in again[: SHOWN_FAULTS + 1]:
        origin = int(first[cells[k]])
        row = table.rows[records[origin]]
        if label_of[records[k]] == label_of[records[origin]]:
            label = table.frame["isotopologue"].iloc[records[k]]
            faults.append(
                f"{_mid(table, int(records[k]))}: isotopologue {label} stands already in row {row}"
            )
        elif abs(intensity[k] - intensity[origin]) > SAME_READING * abs(intensity[origin]):
            peak = int(cells[k]) % shape[1]
            names = " and ".join(found.isotopologue_names(peak))
            reach = "unit mass" if isinf(found.limit) else f"what merges up to {found.limit:.2g} u"
            faults.append(
                f"{_mid(table, int(records[k]))}: {names} are one peak at {reach}, "
                f"but row {row} gives it another intensity; give the peak once"
            )
