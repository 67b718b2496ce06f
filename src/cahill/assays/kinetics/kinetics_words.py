"""Kinetic fits in words, for a summary of one sentence."""

from collections.abc import Sequence

from cahill.assays.kinetics.kinetic_analysis import Analysis
from cahill.results.tables import format_number, format_range

HEADLINES = ("vmax", "km_ala", "km_akg")


def sentences(analyses: Sequence[Analysis]) -> list[str]:
    """Return every analysis in words, many inhibition curves in one."""
    plain = [_sentence(item) for item in analyses if item.kind != "dose"]
    return [*plain, *_dose_sentences([item for item in analyses if item.kind == "dose"])]


def _sentence(analysis: Analysis) -> str:
    """Return one analysis in words."""
    rows = analysis.results.set_index("parameter")
    wanted = [name for name in rows.index if not name.startswith(("vmax_over", "top", "slope"))]
    wanted = [name for name in wanted if name != "floor"]
    if analysis.kind == "inhibition":
        wanted = [name for name in wanted if name not in HEADLINES]
    parts = []
    for name in wanted:
        row = rows.loc[name]
        if row["status"] == "determined" or row["status"] == "no interval":
            value = format_number(row["value"])
            ends = f" ({format_range(row['low'], row['high'])})"
            text = f"{value}{ends if row['status'] == 'determined' else ''} {row['unit']}"
        else:
            bound = row["status"] == "lower bound only"
            limit = f"at least {format_number(row['low'])} {row['unit']}"
            text = f"not determined{f' ({limit})' if bound else ''}"
        parts.append(f"{name} {text}")
    return f"{analysis.name}: {analysis.best.law.name}, {', '.join(parts)}"


def _dose_sentences(doses: list[Analysis]) -> list[str]:
    """Return the IC50s in words: one with its interval, several as a range."""
    if len(doses) < 3:
        return [_sentence(item) for item in doses]
    sentences = []
    for inhibitor in dict.fromkeys(item.inhibitor for item in doses):
        own = [item for item in doses if item.inhibitor == inhibitor]
        parameters = ("ic50", "ki_apparent")
        values = [
            item.best.values[name]
            for item in own
            for name in parameters
            if name in item.best.values
        ]
        ends = format_range(min(values), max(values))
        sentences.append(f"half inhibition by {inhibitor} at {ends} umol/L ({len(own)} curves)")
    return sentences
