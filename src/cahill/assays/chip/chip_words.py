"""What is said of a ChIP-qPCR in words: notes, and a sentence a group."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from cahill.assays.chip.chip_groups import BIOLOGICAL, TECHNICAL
from cahill.assays.chip.chip_measures import FOLD, PERCENT, Measure
from cahill.assays.chip.chip_sets import Efficiency
from cahill.io.chip_tables import ChipRun
from cahill.results.tables import format_number, format_range


def notes_of(
    run: ChipRun,
    efficiencies: Mapping[str, Efficiency],
    groups: pd.DataFrame,
    found: Sequence[Measure],
    control: str,
) -> tuple[str, ...]:
    """Return the doubts and remarks; `control` is the one that was taken unasked."""
    notes = list(run.notes)
    assumed = [name or "the locus" for name, one in efficiencies.items() if one.assumed]
    if assumed:
        notes.append(
            f"Doubling in every cycle is assumed at {', '.join(assumed)}; give the measured "
            "efficiency with --efficiency."
        )
    if control:
        notes.append(f"{control}, the first group, is the control; choose another with --control.")
    if (groups["interval"] == TECHNICAL).any():
        notes.append(
            "Groups of one chromatin have intervals from technical replicates only, which say "
            "nothing of how experiments differ."
        )
    elif not (groups["interval"] == BIOLOGICAL).any():
        notes.append("There are no replicates of either kind: no number has an interval.")
    if (groups["bound"] != "").any():
        notes.append(
            f"Reactions without Cq count as cycle {run.cycles:g}, the least their Cq can be; what "
            'rests on them is a bound (">=" or "<=") without interval.'
        )
    reasons = dict.fromkeys(one.reason for one in found if one.reason)
    for reason in reasons:
        count = sum(one.reason == reason for one in found)
        notes.append(f"{count} number{'' if count == 1 else 's'} left out: {reason}.")
    return tuple(notes)


def group_sentence(groups: pd.DataFrame, key: tuple[str, ...]) -> str:
    """Return percent input and fold of one antibody, target and group."""
    own = groups[(groups[["antibody", "target", "group"]] == list(key)).all(axis=1)]
    parts = []
    for quantity, words in ((PERCENT, "% of input"), (FOLD, "fold over IgG")):
        for _, row in own[own["quantity"] == quantity].iterrows():
            if math.isnan(row["value"]):
                continue
            bound = {">=": "≥ ", "<=": "≤ "}.get(row["bound"], "")
            interval = format_range(row["low"], row["high"])
            interval = f" ({interval})" if row["interval"] else ""
            parts.append(f"{bound}{format_number(row['value'])} {words}{interval}")
    name = ", ".join(word for word in key if word)
    return f"{name}: {', '.join(parts) or 'no number'}"
