"""Cq of wells to Cq of samples: technical replicates averaged, outliers and blanks told."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.numerics.group_comparison import replicate_means

OUTLIER = 0.5
"""Cycles by which technical replicates may differ (Hellemans2007)."""
QUANTIFIED = ("sample", "calibrator", "positive")
"""Roles of wells whose quantity is asked for."""
KEYS = ("group", "replicate", "sample")


@dataclass(frozen=True, eq=False)
class SampleCq:
    """Mean Cq of each sample and target, technical replicates averaged.

    Parameters
    ----------
    samples : pandas.DataFrame
        One sample a row: group, replicate, sample, role, unit (code of the biological replicate:
        group and replicate, or the sample where no replicate is named).
    targets : tuple of str
    runs : tuple of str
    cq, sd : numpy.ndarray
        Shape (samples, targets), cycles: mean and spread of the wells; NaN where none amplified.
    wells, undetermined : numpy.ndarray
        Shape (samples, targets): wells with and without a Cq (excluded ones not counted).
    log2_dilution : numpy.ndarray
        Shape (samples, targets): log2 of the factor by which the sample was diluted.
    share : numpy.ndarray
        Shape (samples, targets, runs): part of the wells that a run holds.
    """

    samples: pd.DataFrame
    targets: tuple[str, ...]
    runs: tuple[str, ...]
    cq: np.ndarray
    sd: np.ndarray
    wells: np.ndarray
    undetermined: np.ndarray
    log2_dilution: np.ndarray
    share: np.ndarray


def flag_wells(wells: pd.DataFrame, drop_outliers: bool = False) -> pd.DataFrame:
    """Return the wells with the column flag (why a Cq is in doubt) and used (bool).

    A well is an outlier where three or more technical replicates differ by more than half a cycle
    and come to agree without it; where that cannot be told all of them are flagged. Outliers are
    left out only if asked.

    Parameters
    ----------
    wells : pandas.DataFrame
        One well a row: run, well, target, sample, role, group, replicate, cq, excluded.
    drop_outliers : bool
    """
    wells = wells.reset_index(drop=True)
    flag = np.full(len(wells), "", dtype=object)
    kept = (wells["excluded"] == "").to_numpy()
    dropped = np.zeros(len(wells), dtype=bool)
    live = wells[kept & wells["cq"].notna() & wells["role"].isin(QUANTIFIED)]
    for _, own in live.groupby(["run", "target", *KEYS, "role"], sort=False):
        cq = own["cq"].to_numpy(float)
        reach = float(np.ptp(cq))
        if reach <= OUTLIER:
            continue
        odd = _odd_one_out(cq)
        words = f"technical replicates differ by {reach:.2f} cycles"
        if odd is None:
            flag[own.index] = words
        else:
            at = own.index[odd]
            flag[at] = f"outlier: {words}, without it {np.ptp(np.delete(cq, odd)):.2f}"
            dropped[at] = drop_outliers
    used = kept & ~dropped & wells["cq"].notna().to_numpy()
    return wells.assign(flag=flag, used=used)


def _odd_one_out(cq: np.ndarray) -> int | None:
    """Return the replicate without which the others agree, if there is just one such."""
    if cq.size < 3:
        return None
    rests = np.array([np.ptp(np.delete(cq, k)) for k in range(cq.size)])
    fits = np.flatnonzero(rests <= OUTLIER)
    return int(fits[0]) if fits.size == 1 else None


def sample_cq(wells: pd.DataFrame) -> SampleCq:
    """Average the technical replicates of each sample and target.

    Parameters
    ----------
    wells : pandas.DataFrame
        As `flag_wells` returns them; an optional column dilution.
    """
    own = wells[wells["role"].isin(QUANTIFIED) & (wells["excluded"] == "")]
    own = own[own["used"] | own["cq"].isna()]
    keys = own[[*KEYS, "role"]].drop_duplicates(list(KEYS)).reset_index(drop=True)
    place = {tuple(row[:3]): k for k, row in enumerate(keys.itertuples(index=False))}
    targets = tuple(dict.fromkeys(own["target"]))
    runs = tuple(dict.fromkeys(own["run"]))
    shape = len(keys), len(targets)
    row = np.array([place[key] for key in own[list(KEYS)].itertuples(index=False, name=None)], int)
    column = np.array([targets.index(name) for name in own["target"]], dtype=int)
    run = np.array([runs.index(name) for name in own["run"]], dtype=int)
    cell = row * len(targets) + column
    cq = own["cq"].to_numpy(float)
    found = replicate_means(np.append(cq, np.nan), np.append(cell, np.prod(shape) - 1))
    dilution = own["dilution"].to_numpy(float) if "dilution" in own else np.ones(len(own))
    log2_dilution = np.zeros(shape)
    log2_dilution[row, column] = np.log2(np.where(np.isfinite(dilution), dilution, 1.0))
    share = np.zeros((*shape, len(runs)))
    seen = np.isfinite(cq)
    np.add.at(share, (row[seen], column[seen], run[seen]), 1.0)
    wells_seen = share.sum(axis=2)
    blank = np.zeros(shape)
    np.add.at(blank, (row[~seen], column[~seen]), 1.0)
    return SampleCq(
        samples=keys.assign(unit=_units(keys)),
        targets=targets,
        runs=runs,
        cq=found.mean.reshape(shape),
        sd=found.sd.reshape(shape),
        wells=wells_seen.astype(int),
        undetermined=blank.astype(int),
        log2_dilution=log2_dilution,
        share=share / np.maximum(wells_seen, 1.0)[:, :, None],
    )


def _units(keys: pd.DataFrame) -> np.ndarray:
    """Return the code of each sample's biological replicate."""
    named = keys["replicate"] != ""
    text = np.where(named, "replicate " + keys["replicate"], "sample " + keys["sample"])
    return (keys["group"] + "\n" + text).factorize()[0]
