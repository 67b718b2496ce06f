"""Runs put together into the tables of a study."""

from collections.abc import Mapping

import pandas as pd

from cahill.assays.amplification.analysis import CurveAnalysis
from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.errors import InputError


def join_reactions(analyses: tuple[CurveAnalysis, ...]) -> pd.DataFrame:
    """Return the reactions of all runs, those that name no target left out with their reason."""
    frame = pd.concat([one.reactions for one in analyses], ignore_index=True)
    for name in ("target", "sample", "group", "replicate", "excluded", "role"):
        frame[name] = frame[name].fillna("").astype(str)
    nameless = (frame["target"] == "") & (frame["excluded"] == "")
    frame.loc[nameless, "excluded"] = "no target named"
    if not (frame["excluded"] == "").any():
        names = ", ".join(one.run.name for one in analyses)
        raise InputError(f"{names}: no reaction is left with a target; name targets in a --layout")
    return frame[(frame["target"] != "") | (frame["sample"] != "")].reset_index(drop=True)


def join_melt(analyses: tuple[CurveAnalysis, ...]) -> pd.DataFrame:
    """Return the melt peaks of all runs; empty if nothing was melted."""
    found = [one.melt.peaks.assign(run=one.run.name) for one in analyses if one.melt is not None]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def well_notes(wells: pd.DataFrame, drop_outliers: bool) -> list[str]:
    """Return what a reader must know of wells."""
    notes = []
    odd = wells[wells["flag"].str.startswith("outlier")]
    if len(odd):
        names = ", ".join(f"{row.well} {row.target}" for row in odd.head(6).itertuples())
        more = f" and {len(odd) - 6} more" if len(odd) > 6 else ""
        fate = "left out" if drop_outliers else "kept; --drop-outliers leaves them out"
        notes.append(f"Technical outliers: {names}{more} ({fate})")
    apart = wells[wells["flag"].str.startswith("technical")]
    if len(apart):
        sets = apart[["run", "target", "sample"]].drop_duplicates()
        named = ", ".join(f"{row.target} in {row.sample}" for row in sets.head(4).itertuples())
        more = f" and {len(sets) - 4} more" if len(sets) > 4 else ""
        notes.append(f"Technical replicates differ by more than half a cycle: {named}{more}")
    return notes


def efficiency_table(chosen: Mapping[str, Efficiency], estimated: pd.DataFrame) -> pd.DataFrame:
    """Return what is used and what was estimated, one estimate a row."""
    used = pd.DataFrame(
        [(name, one.value, one.sd, one.source) for name, one in chosen.items()],
        columns=["target", "used", "used_sd", "used_source"],
    )
    return used.merge(estimated, on="target", how="left")
