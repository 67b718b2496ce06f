"""Controls without template and without reverse transcriptase: how much of the signal they are."""

import numpy as np
import pandas as pd

from cahill.assays.qpcr.qpcr_efficiency import Efficiency

NTC_SHARE = 0.03
"""Assumed: a blank worth more than 3 % of the weakest sample is told; at a doubling that is the
five cycles between blank and samples that laboratories ask for, and less than pipetting error."""
NRT_SHARE = 0.01
"""Assumed: genomic DNA of more than 1 % of a sample's signal is told; at a doubling it is seven
cycles."""
CONTROL_COLUMNS = ("kind", "target", "sample", "well", "cq", "distance", "share", "verdict")


def control_table(wells: pd.DataFrame, efficiencies: dict[str, Efficiency]) -> pd.DataFrame:
    """Return every blank and every control without reverse transcriptase, judged.

    Parameters
    ----------
    wells : pandas.DataFrame
        As `cahill.assays.qpcr.qpcr_samples.flag_wells` returns them.
    efficiencies : mapping of str to Efficiency

    Returns
    -------
    pandas.DataFrame
        kind (ntc, nac, nrt), target, sample, well, cq, distance (cycles later than the weakest
        sample of the target, or than the very sample for nrt), share (of that sample's signal),
        verdict.
    """
    rows = []
    for _, own in wells[wells["excluded"] == ""].groupby("target", sort=False):
        target = str(own["target"].iloc[0])
        seen = own[(own["role"] == "sample") & own["used"]]
        worst = float(seen["cq"].max()) if len(seen) else np.nan
        for _, well in own[own["role"].isin(("ntc", "nac", "nrt"))].iterrows():
            against = worst
            if well["role"] == "nrt":
                same = seen.loc[(seen["sample"] == well["sample"]) & (well["sample"] != ""), "cq"]
                against = float(same.mean()) if len(same) else np.nan
            rows.append(_judged(well, target, against, efficiencies[target].value))
    return pd.DataFrame(rows, columns=list(CONTROL_COLUMNS))


def _judged(well: pd.Series, target: str, against: float, efficiency: float) -> tuple:
    cq, kind = float(well["cq"]), str(well["role"])
    distance = cq - against
    share = float(efficiency**-distance)
    limit = NRT_SHARE if kind == "nrt" else NTC_SHARE
    if np.isnan(cq):
        verdict = "clean"
    elif np.isnan(share):
        verdict = "amplifies, and no sample to compare with"
    else:
        verdict = "amplifies" + (", negligible" if share <= limit else "")
    return kind, target, well["sample"], well["well"], cq, distance, share, verdict


def control_notes(controls: pd.DataFrame, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a reader must know of the controls."""
    notes = []
    words = {
        "ntc": "without template",
        "nac": "without amplification",
        "nrt": "without reverse transcriptase",
    }
    for (kind, target), own in controls.groupby(["kind", "target"], sort=False):
        bad = own[~own["verdict"].isin(("clean", "amplifies, negligible"))]
        if bad.empty:
            continue
        wells = ", ".join(bad["well"].head(6))
        share = bad["share"].max()
        told = (
            ""
            if np.isnan(share)
            else (
                f": up to {100 * share:.2g} % of the "
                + ("sample's signal is genomic DNA" if kind == "nrt" else "weakest sample's signal")
            )
        )
        notes.append(f"{target}: the control {words[str(kind)]} amplifies in {wells}{told}")
    bare = [name for name in targets if not (controls["target"] == name).any()]
    if bare and len(bare) < len(targets):
        notes.append(f"No control without template for {', '.join(bare)}")
    elif bare:
        notes.append("No control without template is in the file")
    return tuple(notes)
