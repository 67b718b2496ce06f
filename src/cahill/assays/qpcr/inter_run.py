"""Inter-run calibration: what the same samples read in several runs, and the runs' shift by it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cahill.errors import InputError, UnknownNameError


@dataclass(frozen=True, eq=False)
class RunShifts:
    """How much each run reads above the mean of all runs.

    Parameters
    ----------
    targets, runs : tuple of str
    shift : numpy.ndarray
        Shape (targets, runs), cycles; 0 where a target is in one run only.
    sd : numpy.ndarray
        Standard error of it, from the calibrators' disagreement; NaN with one calibrator.
    notes : tuple of str
    """

    targets: tuple[str, ...]
    runs: tuple[str, ...]
    shift: np.ndarray
    sd: np.ndarray
    notes: tuple[str, ...] = ()


def run_shifts(wells: pd.DataFrame, calibrators: tuple[str, ...] = ()) -> RunShifts:
    """Return the shift of every run and target by the calibrators (Hellemans et al. 2007).

    On the scale of cycles, the geometric mean of calibration factors of that paper is the mean
    over calibrators of their Cq in the run minus their mean over the runs.

    Parameters
    ----------
    wells : pandas.DataFrame
        As `cahill.assays.qpcr.qpcr_samples.flag_wells` returns them.
    calibrators : tuple of str
        Samples that join the runs; those with the role calibrator if empty.

    Raises
    ------
    UnknownNameError
        If a calibrator is no sample.
    InputError
        If a target stands in several runs and no calibrator does.
    """
    for name in calibrators:
        if name not in set(wells["sample"]):
            raise UnknownNameError("calibrator", name, set(wells["sample"]) - {""}, "--calibrator")
    known = wells[wells["used"]]
    chosen = known["sample"].isin(calibrators) if calibrators else known["role"] == "calibrator"
    targets, runs = tuple(dict.fromkeys(wells["target"])), tuple(dict.fromkeys(wells["run"]))
    shift, sd = np.zeros((len(targets), len(runs))), np.zeros((len(targets), len(runs)))
    notes = []
    for k, target in enumerate(targets):
        own = known[known["target"] == target]
        spread_over = [run for run in runs if (own["run"] == run).any()]
        if len(spread_over) < 2:
            continue
        joint = _joint(own[chosen[own.index]], spread_over)
        if joint.empty:
            if chosen.any():
                raise InputError(
                    f"{target}: no calibrator was read in all of {', '.join(spread_over)}; "
                    "name one that was with --calibrator"
                )
            notes.append(
                f"{target} is in {len(spread_over)} runs without a calibrator: a difference "
                "between the runs is taken for one between samples; give --calibrator"
            )
            continue
        rest = joint.sub(joint.mean(axis=1), axis=0)
        at = [runs.index(run) for run in spread_over]
        shift[k, at] = rest.mean(axis=0)
        sd[k, at] = rest.std(axis=0, ddof=1) / np.sqrt(len(joint)) if len(joint) > 1 else np.nan
    if np.isnan(sd).any():
        notes.append("One calibrator joins the runs: the error of the calibration is not known")
    return RunShifts(targets, runs, shift, sd, tuple(notes))


def _joint(own: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    """Return the mean Cq of calibrators by run, those read in every run."""
    means = own.pivot_table(index="sample", columns="run", values="cq", aggfunc="mean")
    return means.reindex(columns=runs).dropna()


def calibrated(wells: pd.DataFrame, shifts: RunShifts) -> pd.DataFrame:
    """Return the wells with the shift of their run taken from the Cq."""
    row = np.array([shifts.targets.index(name) for name in wells["target"]], dtype=int)
    column = np.array([shifts.runs.index(name) for name in wells["run"]], dtype=int)
    return wells.assign(cq=wells["cq"] - shifts.shift[row, column])
