"""Which Cq of a reaction is taken, and where ours and the instrument's disagree."""

import numpy as np
import pandas as pd

from cahill.assays.amplification.amplification_verdicts import UNLIKE
from cahill.core.amplification import QpcrRun

OURS = {
    "threshold": "cq_threshold",
    "second-derivative": "cq_second_derivative",
    "cy0": "cy0",
}
"""Column of each of our own methods."""


def choose_cq(run: QpcrRun, frame: pd.DataFrame, method: str, doubts: list[list[str]]) -> str:
    """Fill in Cq by the method wanted, and what the two disagree on; return the method used."""
    reported = np.array([reaction.cq_reported for reaction in run.reactions], dtype=bool)
    printed = frame["instrument_cq"].to_numpy(float)
    ours = frame["amplified"].to_numpy(bool)
    curve = frame["plateau"].notna().to_numpy(bool)
    frame["difference"] = frame["cq_threshold"] - frame["instrument_cq"]
    apart_by_row = frame["difference"].to_numpy(float)
    for k in np.flatnonzero(reported & curve):
        apart = apart_by_row[k]
        if ours[k] and np.isnan(printed[k]):
            doubts[k].append("the instrument printed no Cq")
        elif not ours[k] and np.isfinite(printed[k]):
            reason = frame.at[k, "reason"]
            doubts[k].append(f"the instrument printed Cq {printed[k]:.2f}, but {reason}")
        elif abs(apart) > UNLIKE:
            doubts[k].append(f"our Cq is {apart:+.2f} cycles from the instrument's")
    used = method
    if method == "instrument" and not reported.any() and curve.any():
        used = "threshold"
    name = OURS.get(used)
    if name is None:
        frame["cq"] = printed
        frame["amplified"] = np.isfinite(printed)
        frame["reason"] = np.where(np.isfinite(printed), "", "the instrument printed no Cq")
        name = "cq_threshold"
    else:
        frame["cq"] = frame[name]
        lost = ours & ~np.isfinite(frame["cq"].to_numpy(float))
        frame.loc[lost, "amplified"] = False
        frame.loc[lost, "reason"] = f"amplifies, but no Cq by {used} was found"
        frame.loc[~curve, "reason"] = "no curve"
    if f"{name}_sd" in frame:
        frame["cq_sd"] = frame[f"{name}_sd"].where(np.isfinite(frame["cq"]))
    frame["method"] = used
    return used


def run_notes(run: QpcrRun, frame: pd.DataFrame, method: str, used: str) -> tuple[str, ...]:
    """Return what a reader must know of a whole run: controls that amplify, lost reactions."""
    notes = []
    if used != method:
        notes.append("The file holds no Cq; it was found by threshold.")
    if run.curves == "dRn":
        notes.append("The curves were baselined by the instrument before they were exported.")
    bad = frame[frame["role"].isin(("ntc", "nac", "nrt")) & frame["amplified"]]
    if len(bad):
        wells = ", ".join(
            f"{row.well} {row.target} ({row.cq:.1f})" for row in bad.head(8).itertuples()
        )
        more = f" and {len(bad) - 8} more" if len(bad) > 8 else ""
        notes.append(f"Controls without template amplify: {wells}{more}.")
    lost = frame[frame["verdicts"].str.contains("no Cq with the instrument's")]
    if len(lost):
        notes.append(f"{len(lost)} reactions lose their Cq to the instrument's baseline.")
    return tuple(notes)
