"""Verdicts on a ChIP-qPCR experiment: replicates, inputs, late Cq, blanks, IgG, negative region.

The limits are assumed: they are rules of thumb of the bench, not measured properties of an assay.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pandas as pd

from cahill.assays.chip.chip_measures import FOLD, PERCENT
from cahill.assays.chip.chip_sets import TechnicalSet
from cahill.io.chip_tables import ChipRun

WATCHED_SD, BAD_SD = 0.3, 0.5
"""Standard deviation of Cq among technical replicates: worth a look, and too much; cycles."""
INPUT_SPREAD = 1.0
"""Range of the inputs' adjusted Cq at a target, cycles: chromatins differ by more than twofold."""
LATE = 35.0
"""Cq of an antibody's reaction beyond which single molecules decide."""
NTC_MARGIN = 5.0
"""Cycles by which a blank must come after every sample of its target: 3 % of it or less."""
NEGATIVE_FOLD = 2.0
"""Fold over IgG that a negative region should not exceed."""
_LISTED = 6


def check_frame(run: ChipRun, sets: Sequence[TechnicalSet], groups: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts: check, met (None where there is nothing to judge), detail.

    Parameters
    ----------
    run : ChipRun
    sets : sequence of TechnicalSet
    groups : pandas.DataFrame
        As `cahill.assays.chip.chip_groups.group_frames` gives it.
    """
    checks = (
        ("technical replicates agree", _spread(sets)),
        ("inputs agree", _inputs(sets)),
        ("antibody reactions come early enough", _late(sets)),
        ("every antibody reaction amplified", _silent(sets)),
        ("blanks stay blank", _blanks(run, sets)),
        ("antibody is above IgG", _above_igg(groups)),
        ("negative region is not enriched", _negative(groups)),
        ("percent input is possible", _possible(groups)),
    )
    rows = [{"check": name, "met": met, "detail": detail} for name, (met, detail) in checks]
    return pd.DataFrame(rows).astype({"met": object})


def label(one: TechnicalSet) -> str:
    """Return what a set is, in words."""
    words = (one.antibody or one.role, one.target, one.group, one.sample, one.replicate)
    return " ".join(dict.fromkeys(word for word in words if word))


def _listed(names: Iterable[str]) -> str:
    """Return the first few names."""
    names = list(names)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return "; ".join(names[:_LISTED]) + more


def _spread(sets: Sequence[TechnicalSet]) -> tuple[bool | None, str]:
    known = sorted((one for one in sets if np.isfinite(one.sd)), key=lambda one: -one.sd)
    if not known:
        return None, "no set has two reactions with a Cq"
    bad = [one for one in known if one.sd > BAD_SD]
    watched = [one for one in known if WATCHED_SD < one.sd <= BAD_SD]
    parts = [
        f"sd above {limit:g}: " + _listed(f"{label(one)} ({one.sd:.2f})" for one in chosen)
        for limit, chosen in ((BAD_SD, bad), (WATCHED_SD, watched))
        if chosen
    ]
    return not bad, ". ".join(parts) or f"largest sd {known[0].sd:.2f} cycles"


def _inputs(sets: Sequence[TechnicalSet]) -> tuple[bool | None, str]:
    by_target: dict[str, list[float]] = {}
    for one in sets:
        if one.role == "input" and not one.missing:
            by_target.setdefault(one.target, []).append(one.adjusted)
    ranges = {name: max(own) - min(own) for name, own in by_target.items() if len(own) > 1}
    if not ranges:
        return None, "one input a target"
    wide = [
        f"{name or 'input'} {width:.2f}" for name, width in ranges.items() if width > INPUT_SPREAD
    ]
    if wide:
        return False, f"range above {INPUT_SPREAD:g} cycle: {_listed(wide)}"
    return True, f"largest range {max(ranges.values()):.2f} cycles"


def _late(sets: Sequence[TechnicalSet]) -> tuple[bool | None, str]:
    own = [one for one in sets if one.role == "ip" and one.missing < one.n]
    late = [f"{label(one)} ({one.cq:.1f})" for one in own if one.cq > LATE]
    if not own:
        return None, "no antibody reaction amplified"
    latest = max(one.cq for one in own)
    return not late, f"Cq above {LATE:g}: {_listed(late)}" if late else f"latest Cq {latest:.1f}"


def _silent(sets: Sequence[TechnicalSet]) -> tuple[bool | None, str]:
    silent = [one for one in sets if one.role == "ip" and one.missing]
    if not silent:
        return True, "all"
    return False, _listed(f"{label(one)} ({one.missing} of {one.n} without Cq)" for one in silent)


def _blanks(run: ChipRun, sets: Sequence[TechnicalSet]) -> tuple[bool | None, str]:
    blanks = [one for one in run.reactions if one.role == "ntc"]
    if not blanks:
        return None, "no reaction without template"
    positive = [one for one in blanks if one.cq is not None]
    if not positive:
        return True, f"none of {len(blanks)} amplified"
    close = [one for one in positive if one.cq is not None and _is_close(one.cq, one.target, sets)]
    words = _listed(f"{one.well or one.where} (Cq {one.cq:.1f})" for one in close or positive)
    if close:
        return False, f"within {NTC_MARGIN:g} cycles of the samples: {words}"
    return True, f"amplified late, more than {NTC_MARGIN:g} cycles after the samples: {words}"


def _is_close(cq: float, target: str, sets: Sequence[TechnicalSet]) -> bool:
    """Tell whether a blank comes too soon after the antibodies' reactions of its target."""
    own = [
        one.cq
        for one in sets
        if one.role == "ip" and not one.missing and target in ("", one.target)
    ]
    return not own or cq < max(own) + NTC_MARGIN


def _above_igg(groups: pd.DataFrame) -> tuple[bool | None, str]:
    own = groups[(groups["quantity"] == FOLD) & (groups["region"] != "negative")]
    own = own[own["value"].notna()]
    if own.empty:
        return None, "no IgG to compare with"
    low = own["low"].where(own["low"].notna(), own["value"])
    below = own[(low <= 1) | (own["bound"] == "<=")]
    if below.empty:
        return True, f"all {len(own)}"
    return False, "not shown for " + _listed(_rows(below))


def _negative(groups: pd.DataFrame) -> tuple[bool | None, str]:
    own = groups[(groups["quantity"] == FOLD) & (groups["region"] == "negative")]
    own = own[own["value"].notna()]
    if own.empty:
        return None, "no negative region named, or no IgG there"
    high = own[own["value"] > NEGATIVE_FOLD]
    if high.empty:
        return True, f"at most {own['value'].max():.2g} fold over IgG"
    return False, f"above {NEGATIVE_FOLD:g} fold over IgG: " + _listed(_rows(high))


def _possible(groups: pd.DataFrame) -> tuple[bool | None, str]:
    own = groups[(groups["quantity"] == PERCENT) & groups["value"].notna()]
    if own.empty:
        return None, "no input"
    high = own[own["value"] > 100]
    if high.empty:
        return True, f"at most {own['value'].max():.2g} %"
    return False, "above 100 %, look at input fraction and dilutions: " + _listed(_rows(high))


def _rows(frame: pd.DataFrame) -> Iterator[str]:
    for _, row in frame.iterrows():
        name = " ".join(word for word in (row["antibody"], row["target"], row["group"]) if word)
        yield f"{name} ({row['bound']}{row['value']:.2g} {row['unit']})"
