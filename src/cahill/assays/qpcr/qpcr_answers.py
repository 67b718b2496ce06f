"""What an analysis can answer of the checklist of a qPCR study."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.assays.qpcr.inter_run import RunShifts
from cahill.assays.qpcr.miqe import answers_from_facts
from cahill.assays.qpcr.qpcr_samples import OUTLIER

if TYPE_CHECKING:
    from cahill.assays.qpcr.study import QpcrAnalysis


def study_answers(result: "QpcrAnalysis", shifts: RunShifts) -> dict[str, str]:
    """Return answers by the keys of `cahill.assays.qpcr.miqe.ITEMS`.

    Parameters
    ----------
    result : QpcrAnalysis
        All but its checklist.
    shifts : RunShifts
    """
    facts = {name: value for one in result.analyses for name, value in one.run.facts.items()}
    return {
        **answers_from_facts(facts),
        **_design(result),
        **_validation(result),
        **_analysis(result, shifts),
    }


def _design(result: "QpcrAnalysis") -> dict[str, str]:
    wells, groups = result.wells, result.relative.groups
    samples = wells[wells["role"] == "sample"]
    names = [name for name in dict.fromkeys(samples["group"]) if name]
    control = result.comparison.control
    told = [f"{name} (control)" if name == control else name for name in names]
    counts = groups.groupby("group", sort=False)["n"].max() if len(groups) else pd.Series(dtype=int)
    wells_each = samples.groupby(["run", "target", "group", "replicate", "sample"]).size()
    dyes = [dye for dye in dict.fromkeys(samples["dye"].fillna("")) if dye]
    return {
        "groups": ", ".join(told),
        "biological": ", ".join(f"{name} {n}" for name, n in counts.items()),
        "technical": _span(wells_each.to_numpy()) + " wells" if len(wells_each) else "",
        "targets": ", ".join(dict.fromkeys(samples["target"])),
        "dye": ", ".join(dyes),
    }


def _validation(result: "QpcrAnalysis") -> dict[str, str]:
    table, controls = result.efficiencies, result.controls
    used = table.drop_duplicates("target")
    told = [
        f"{row['target']} {row['used']:.3f}"
        + (f" ± {row['used_sd']:.3f}" if row["used_sd"] > 0 else "")
        + f" ({row['used_source']})"
        for row in used.to_dict("records")
    ]
    series = table[table["source"] == "dilution series"]
    ranges = [
        f"{row['target']} {row['lowest']:g} to {row['highest']:g}, r squared {row['r_squared']:.4f}"
        for row in series.to_dict("records")
        if np.isfinite(row["r_squared"])
    ]
    limits = [
        f"{row['target']} {row['lod']:g}"
        for row in series.to_dict("records")
        if np.isfinite(row["lod"])
    ]
    answers = {
        "efficiency": "; ".join(told),
        "range": "; ".join(ranges),
        "lod": ", ".join(limits),
        "melt": "melting curves analysed" if len(result.melt) else "",
    }
    for key, kinds in (("ntc", ("ntc", "nac")), ("nrt", ("nrt",))):
        own = controls[controls["kind"].isin(kinds)]
        if len(own):
            bad = int((own["verdict"] != "clean").sum())
            answers[key] = f"{len(own)} wells, {bad} amplify"
    return answers


def _analysis(result: "QpcrAnalysis", shifts: RunShifts) -> dict[str, str]:
    wells, wanted = result.wells, result.comparison
    methods = ", ".join(dict.fromkeys(one.method for one in result.analyses))
    excluded = wells[wells["excluded"] != ""]
    blank = wells[(wells["excluded"] == "") & wells["cq"].isna() & (wells["role"] == "sample")]
    reasons = excluded["excluded"].value_counts()
    raw = [one for one in result.analyses if len(one.run.cycles)]
    moved = bool(np.any(shifts.shift != 0))
    compared = len(result.relative.groups) > 0
    tests = [test for test in dict.fromkeys(result.relative.groups.get("test", [])) if test]
    version = result.provenance.version if result.provenance else ""
    return {
        "cq_method": methods,
        "excluded": "; ".join(f"{n} {why}" for why, n in reasons.items()) or "none",
        "undetermined": f"{len(blank)} wells; bounds or left out, never set to a number",
        "outliers": f"told from {OUTLIER:g} cycles on; {int((wells['flag'] != '').sum())} wells",
        "references": ", ".join(wanted.references),
        "stability": "; ".join(
            f"{row.gene} M {row.m:.2f}, NormFinder {row.stability:.2f}"
            for row in result.references.itertuples()
        ),
        "normalisation": _normalisation(wanted.references),
        "calibration": "by calibrator samples" if moved else "",
        "corrected": "yes, each target with its own efficiency",
        "test": (
            f"{', '.join(tests)} t test on log2, unit the biological replicate; Holm over all tests"
            if compared and tests
            else ""
        ),
        "interval": (
            f"{100 * wanted.confidence:g} %, of biological replicates, efficiency and calibration"
            if compared
            else ""
        ),
        "analysis_software": f"cahill {version}",
        "raw": f"curves of {len(raw)} of {len(result.analyses)} runs in the files" if raw else "",
    }


def _normalisation(references: tuple[str, ...]) -> str:
    if not references:
        return ""
    if len(references) == 1:
        return references[0]
    return f"geometric mean of {len(references)} reference genes"


def _span(counts: np.ndarray) -> str:
    low, high = int(counts.min()), int(counts.max())
    return str(low) if low == high else f"{low} to {high}"
