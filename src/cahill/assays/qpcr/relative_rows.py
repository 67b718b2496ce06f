"""The tables of relative quantities, row by row, with what a reader must know of each."""

import numpy as np
import pandas as pd

from cahill.assays.qpcr.relative_study import Study
from cahill.numerics.group_comparison import GroupComparison

GROUP_COLUMNS = (
    "target",
    "group",
    "control",
    "n",
    "not_detected",
    "fold",
    "low",
    "high",
    "log2_fold",
    "log2_low",
    "log2_high",
    "log2_sd",
    "log2_sd_efficiency",
    "p",
    "p_adjusted",
    "test",
    "note",
)


def group_row(
    study: Study,
    target: str,
    code: int,
    found: GroupComparison,
    shared: float,
    lost: np.ndarray,
    bounds: np.ndarray,
) -> tuple:
    """Return one row of the table of groups."""
    log2 = [
        float(part[code])
        for part in (found.difference, found.difference_low, found.difference_high)
    ]
    missing, notes = int(lost.sum()), [found.reason[code]] if found.reason[code] else []
    if found.n[0] == 0:
        log2, notes = [np.nan] * 3, ["not measured in the control"]
    elif code == 0:
        log2[1] = log2[2] = np.nan
    if missing and found.n[code]:
        notes.append(
            f"not detected in {missing} of {lost.size} replicates, which are left out: the truth "
            "lies lower"
        )
    elif missing:
        top = bounds[lost & np.isfinite(bounds)]
        log2 = [np.nan, -np.inf, float(top.mean()) if top.size else np.nan]
        notes = ["not detected in any replicate" + ("; below high" if top.size else "")]
    fold = np.exp2(log2)
    return (
        target,
        study.groups[code],
        study.wanted.control,
        int(found.n[code]),
        missing,
        *fold,
        *log2,
        float(found.difference_sd[code]),
        float(shared) if code else 0.0,
        float(found.p[code]),
        np.nan,
        found.method[code],
        "; ".join(notes),
    )


def sample_rows(study: Study, target: int, relative: np.ndarray, bound: np.ndarray) -> pd.DataFrame:
    """Return the table of samples of one target, those in which it was looked for."""
    measured = study.measured
    wells, undetermined = measured.wells[:, target], measured.undetermined[:, target]
    notes = []
    for k in range(len(wells)):
        words = []
        if wells[k] and undetermined[k]:
            words.append(
                f"{undetermined[k]} of {wells[k] + undetermined[k]} wells without a Cq: the mean "
                "of the others is biased upwards"
            )
        if not wells[k]:
            words.append("not detected")
        elif np.isnan(relative[k]):
            lacking = [measured.targets[r] for r in study.references if np.isnan(measured.cq[k, r])]
            words.append(
                f"reference {', '.join(lacking)} not measured" if lacking else "no control"
            )
        notes.append("; ".join(words))
    frame = measured.samples[["group", "replicate", "sample", "role"]].assign(
        cq=measured.cq[:, target],
        cq_sd=measured.sd[:, target],
        wells=wells,
        undetermined=undetermined,
        log2_relative=relative,
        relative=np.exp2(relative),
        below=np.exp2(bound),
        note=notes,
    )
    frame.insert(0, "target", measured.targets[target])
    return frame[(wells + undetermined) > 0]


def study_notes(study: Study, anchor: np.ndarray) -> tuple[str, ...]:
    """Return what a reader must know of the comparison."""
    measured, wanted = study.measured, study.wanted
    notes = []
    if not wanted.references:
        notes.append(
            "Quantities are not normalised: name the reference genes (--reference), else a "
            "difference in the amount of cDNA passes for one in expression"
        )
    elif len(wanted.references) == 1:
        notes.append(
            f"One reference gene ({wanted.references[0]}): whether the treatment moves it cannot "
            "be seen; three or more are better"
        )
    lacking = measured.samples.loc[
        np.isnan(anchor) & (measured.samples["role"] == "sample").to_numpy(), "sample"
    ]
    if len(lacking):
        notes.append(f"Left out for want of a reference gene: {', '.join(lacking[:8])}")
    if not study.groups and (measured.samples["group"] != "").any():
        notes.append("Groups are not compared: name the control group (--control)")
    return tuple(notes)
