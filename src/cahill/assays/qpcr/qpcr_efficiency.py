"""Which amplification efficiency each target has, with its error and where it comes from."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from cahill.errors import InputError, UnknownNameError

EfficiencySource = Literal["best", "dilution", "curves", "given"]
DOUBLING = 2.0
PLAUSIBLE = (1.8, 2.1)
"""90 to 110 % of a doubling is what validated assays reach, as the guidelines' authors put it
(Bustin2009); here from 80 % on, because the value is corrected for."""
_GIVEN = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:(?:\+-|\+/-|±)\s*(\d+(?:[.,]\d+)?))?\s*(%?)\s*")
_WORDS = {"dilution": "dilution series", "curves": "window of linearity"}


@dataclass(frozen=True)
class Efficiency:
    """Fold per cycle of one target.

    Parameters
    ----------
    value : float
        Fold per cycle; 2 is a doubling.
    sd : float
        Standard error; 0 where it is not known.
    source : str
        "given", "dilution series", "window of linearity" or "assumed".
    """

    value: float
    sd: float
    source: str

    @property
    def log2(self) -> float:
        """log2 of the fold per cycle."""
        return math.log2(self.value)

    @property
    def log2_sd(self) -> float:
        """Standard error of it, by the delta method."""
        return self.sd / (self.value * math.log(2))


def parse_efficiency(text: str) -> tuple[str, Efficiency]:
    """Read "GPT=1.95+-0.02" (fold per cycle) or "GPT=95+-2%" (percent of a doubling).

    Raises
    ------
    InputError
        If it is neither.
    """
    target, _, written = text.rpartition("=")
    found = _GIVEN.fullmatch(written)
    if not target.strip() or found is None:
        raise InputError(f'--efficiency "{text}": write TARGET=1.95 or TARGET=1.95+-0.02')
    value, sd = (float((part or "0").replace(",", ".")) for part in found.group(1, 2))
    if found[3]:
        value, sd = 1 + value / 100, sd / 100
    if not 1.0 < value <= 2.5:
        raise InputError(
            f'--efficiency "{text}": the fold per cycle lies above 1 and is 2 for a doubling; '
            "write percents with their sign: 95%"
        )
    return target.strip(), Efficiency(value, sd, "given")


def choose_efficiencies(
    targets: tuple[str, ...],
    given: Mapping[str, Efficiency],
    estimated: pd.DataFrame,
    source: EfficiencySource = "best",
) -> dict[str, Efficiency]:
    """Return one efficiency for every target.

    A given one goes before all others. Then, as `source` says: "dilution" series, "curves" (the
    window of linearity, averaged over the assay), "best" (the dilution series where there is one,
    else the curves), or "given" (none else). A target without any is taken to double.

    Parameters
    ----------
    targets : tuple of str
    given : mapping of str to Efficiency
    estimated : pandas.DataFrame
        Columns target, source, efficiency, sd (see
        `cahill.assays.amplification.amplification_columns`).
    source : {"best", "dilution", "curves", "given"}

    Raises
    ------
    UnknownNameError
        If an efficiency is given for no target.
    InputError
        If dilution series are asked for and there is none.
    """
    for name in given:
        if name not in targets:
            raise UnknownNameError("target", name, targets, "--efficiency")
    wanted = {"best": ("dilution", "curves"), "given": ()}.get(source, (source,))
    chosen = {}
    for target in targets:
        found = [
            own for one in wanted if (own := _estimate(estimated, target, _WORDS[one])) is not None
        ]
        chosen[target] = given.get(target) or (
            found[0] if found else Efficiency(DOUBLING, 0.0, "assumed")
        )
    if source in _WORDS and all(one.source == "assumed" for one in chosen.values()):
        need = (
            "a dilution series (role standard with quantities)"
            if source == "dilution"
            else ("amplification curves")
        )
        raise InputError(f"--efficiency-from {source}: no target has {need}")
    return chosen


def _estimate(estimated: pd.DataFrame, target: str, source: str) -> Efficiency | None:
    rows = estimated[(estimated["target"] == target) & (estimated["source"] == source)]
    rows = rows[rows["efficiency"].between(1.0, 2.5, inclusive="neither")]
    if rows.empty:
        return None
    value, sd = (float(rows[name].iloc[0]) for name in ("efficiency", "sd"))
    return Efficiency(value, sd if math.isfinite(sd) else 0.0, source)


def efficiency_notes(chosen: Mapping[str, Efficiency]) -> tuple[str, ...]:
    """Return what a reader must know of the efficiencies."""
    notes = []
    assumed = [name for name, one in chosen.items() if one.source == "assumed"]
    if assumed:
        notes.append(
            f"{', '.join(assumed)}: every cycle is taken to double, without error, because no "
            "efficiency is known; intervals do not allow for it"
        )
    blind = [name for name, one in chosen.items() if one.source != "assumed" and one.sd == 0]
    if blind:
        notes.append(f"{', '.join(blind)}: the efficiency has no error, so intervals ignore it")
    low, high = PLAUSIBLE
    odd = [
        f"{name} {one.value:.2f}" for name, one in chosen.items() if not low <= one.value <= high
    ]
    if odd:
        notes.append(
            f"Efficiency outside {low:g} to {high:g} per cycle: {', '.join(odd)}; inhibitors, a "
            "poor dilution series or a wrong baseline do this"
        )
    return tuple(notes)
