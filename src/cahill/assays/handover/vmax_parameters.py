"""From the bench to the cycle: measured ALT activity as Vmax parameters of the model.

U/g wet weight times the mass of the tissue is the capacity of the whole tissue in mmol/min. It is
divided by the saturation of the assay (the model's ping-pong law and Km's at the assay's
concentrations), and into ALT1 and ALT2 by what was measured of them: fractions of the cell, shares
of a calibrated blot, folds of a blot or of mRNA, or, with none of these, the model's own shares.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cahill.assays.handover.isoform_shares import ISOFORMS, read_isoforms, split_of
from cahill.assays.handover.model_alt import UNIT, model_vmax, saturation
from cahill.assays.handover.vmax_activity import (
    MeanActivity,
    mean_activity,
    per_gram_of,
    tissue_rows,
)
from cahill.core.evidence import OWN, Evidence
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.core.units import parse_quantity_text, to
from cahill.errors import InputError, UnitError
from cahill.io.tables import write_parameters

TISSUE_MASS: Mapping[str, float] = {"liver": 1.5, "muscle": 28.0}
"""Mass of the model's tissues, kg: those its own vmax_ALT rows are scaled by (literature.tsv)."""


@dataclass(frozen=True)
class HandOver:
    """Parameters for the cycle, and what to know of them.

    Parameters
    ----------
    parameters : ParameterSet
    notes : tuple of str
        What was left out, and doubts that hold for the whole table.
    """

    parameters: ParameterSet
    notes: tuple[str, ...]


def vmax_parameters(
    activity: pd.DataFrame | None,
    *,
    isoforms: pd.DataFrame | None = None,
    source: str = "measured activities",
    group: str = "",
    tissue: str = "",
    protein_per_gram: float | None = None,
    tissue_mass: Mapping[str, float] | None = None,
) -> ParameterSet:
    """Return vmax_ALT1 and vmax_ALT2 of every tissue measured, ready for the cycle.

    The arguments are those of `hand_over`, which also tells what was left out.
    """
    return hand_over(
        activity,
        isoforms=isoforms,
        source=source,
        group=group,
        tissue=tissue,
        protein_per_gram=protein_per_gram,
        tissue_mass=tissue_mass,
    ).parameters


def hand_over(
    activity: pd.DataFrame | None,
    *,
    isoforms: pd.DataFrame | None = None,
    source: str = "measured activities",
    group: str = "",
    tissue: str = "",
    protein_per_gram: float | None = None,
    tissue_mass: Mapping[str, float] | None = None,
) -> HandOver:
    """Turn activities and isoforms into parameters of the cycle.

    Parameters
    ----------
    activity : pandas.DataFrame, optional
        As `AltActivity.to_frame` gives it: sample, group, tissue, fraction, plp, alanine and
        oxoglutarate (mmol/L), activity_u_per_g or activity_u_per_mg, each with _sd. Without it the
        folds of `isoforms` act on the model's own Vmax.
    isoforms : pandas.DataFrame, optional
        As `cahill.assays.handover.isoform_shares.read_isoforms` gives it.
    source : str
        What the reader's bench work is called in the table's evidence.
    group : str
        Which group of the samples to take, if there are several.
    tissue : str
        Tissue of samples that name none, and of folds without activities.
    protein_per_gram : float, optional
        mg protein in a gram of wet tissue, where activity is known per mg only.
    tissue_mass : mapping of str to float, optional
        kg by tissue, instead of `TISSUE_MASS`.

    Raises
    ------
    InputError
        If no tissue of the model was measured, groups must be chosen, or a unit cannot be reached.
    """
    masses = {**TISSUE_MASS, **(tissue_mass or {})}
    label = " ".join(source.replace(";", ",").split())
    if activity is None:
        return _folds_alone(isoforms, tissue, group, label)
    rows, notes = tissue_rows(activity, tissue, group, masses)
    found: list[Parameter] = []
    for name, own in rows.groupby("tissue", sort=False):
        measured = per_gram_of(own, protein_per_gram)
        parts = {
            kind: mean_activity(part) for kind, part in measured.groupby("fraction", sort=False)
        }
        found += _tissue(str(name), parts, isoforms, group, masses[str(name)], label)
    return HandOver(ParameterSet(tuple(found), label), tuple(notes))


def save_parameters(
    path: str | Path,
    activity: pd.DataFrame | None,
    *,
    isoforms: Path | None = None,
    source: str = "measured activities",
    group: str = "",
    tissue: str = "",
    protein_per_gram: str = "",
    force: bool = False,
) -> HandOver:
    """Write the parameter table that `cahill simulate --parameters` reads.

    Parameters
    ----------
    path : str or Path
    activity : pandas.DataFrame, optional
        See `hand_over`.
    isoforms : Path, optional
        Table of shares or folds (`read_isoforms`).
    source, group, tissue : str
        See `hand_over`.
    protein_per_gram : str
        With its unit, such as "180 mg/g".
    force : bool
        Replace the file if it exists.

    Returns
    -------
    HandOver
        What was written, and its notes.

    Raises
    ------
    InputError, UnitError
        As `hand_over`; or the file exists.
    """
    protein = None
    if protein_per_gram:
        value, unit = parse_quantity_text(protein_per_gram)
        try:
            protein = to(value, unit, "mg/g")
        except UnitError:
            raise UnitError(
                f'protein per gram "{protein_per_gram}" is not mass per mass; write "180 mg/g"'
            ) from None
        if protein <= 0:
            raise InputError(f'protein per gram "{protein_per_gram}" is not positive')
    result = hand_over(
        activity,
        isoforms=None if isoforms is None else read_isoforms(isoforms),
        source=source,
        group=group,
        tissue=tissue,
        protein_per_gram=protein,
    )
    write_parameters(path, result.parameters, force)
    return result


# --- a tissue ---
def _tissue(
    name: str,
    parts: Mapping[Any, MeanActivity],
    isoforms: pd.DataFrame | None,
    group: str,
    mass: float,
    source: str,
) -> list[Parameter]:
    whole = parts.get("whole")
    cytosol, mitochondria = parts.get("cytosol"), parts.get("mitochondria")
    if cytosol and mitochondria and (isoforms is None or whole is None):
        return _fractions(name, cytosol, mitochondria, whole, mass, source)
    if whole is None:
        measured = ", ".join(map(str, parts))
        raise InputError(
            f"{name}: only {measured} was measured; give whole tissue, or cytosol and mitochondria"
        )
    split = split_of(isoforms, name, group, model_vmax(name))
    factors = [saturation(isoform, whole.alanine, whole.oxoglutarate) for isoform in ISOFORMS]
    mean = sum(share * factor for share, factor in zip(split.shares, factors))
    rows = []
    for k, isoform in enumerate(ISOFORMS):
        share, other = split.shares[k], factors[1 - k]
        value = whole.value * mass * share / mean
        # With the share the mean saturation moves too.
        slope = 1 - share * (factors[k] - other) / mean
        spread = _joint((whole.log_sd, whole.df), (slope * split.log_sd[k], math.inf))
        note = f"{whole.text} x {mass:g} kg{_corrected(mean, whole)}; {split.how}"
        note = "; ".join((note, *whole.doubts))
        rows.append(_parameter(isoform, name, value, spread, "derived", source, note))
    return rows


def _fractions(
    name: str,
    cytosol: MeanActivity,
    mitochondria: MeanActivity,
    whole: MeanActivity | None,
    mass: float,
    source: str,
) -> list[Parameter]:
    """Return ALT1 from the cytosol and ALT2 from mitochondria, each per gram of whole tissue."""
    pair = (cytosol, mitochondria)
    factors = [saturation(i, part.alanine, part.oxoglutarate) for i, part in zip(ISOFORMS, pair)]
    recovery, scale, extra = "", 1.0, (0.0, math.inf)
    if whole is not None:
        found = cytosol.value + mitochondria.value
        recovery = f"; fractions hold {found / whole.value:.0%} of the whole, scaled to it"
        scale, extra = whole.value / found, (whole.log_sd, whole.df)
    rows = []
    for k, (isoform, part) in enumerate(zip(ISOFORMS, pair)):
        value = part.value * scale * mass / factors[k]
        own = (part.log_sd, part.df)
        if whole is not None:
            own = _of_a_share(pair, k)
        spread = _joint(own, extra)
        kind = "cytosol" if k == 0 else "mitochondria"
        note = f"{kind}: {part.text} x {mass:g} kg{_corrected(factors[k], part)}{recovery}; "
        note += "no marker enzyme corrects for broken mitochondria or carried-over cytosol"
        note = "; ".join((note, *part.doubts))
        rows.append(_parameter(isoform, name, value, spread, "measured", source, note))
    return rows


def _of_a_share(pair: tuple[MeanActivity, MeanActivity], k: int) -> tuple[float, float]:
    """Return the sd of the logarithm of a fraction's share of the two, and its freedom."""
    other = pair[1 - k].value / (pair[0].value + pair[1].value)
    parts = [(other * part.log_sd, part.df) for part in pair]
    return _joint(*parts)


def _joint(*parts: tuple[float, float]) -> tuple[float, float]:
    """Combine sds of logarithms; degrees of freedom after Satterthwaite."""
    total = sum(sd**2 for sd, _ in parts)
    weight = sum(sd**4 / df for sd, df in parts)
    return math.sqrt(total), (total**2 / weight if weight > 0 else math.inf)


def _corrected(factor: float, part: MeanActivity) -> str:
    if factor == 1.0:
        return " (substrates of the assay not stated, taken as saturating)"
    place = f"Ala {part.alanine:g}, 2-OG {part.oxoglutarate:g} mmol/L, the model's Km"
    return f" / {factor:.3f} saturated ({place})"


def _folds_alone(isoforms: pd.DataFrame | None, tissue: str, group: str, source: str) -> HandOver:
    """Return the model's own Vmax times the folds of a blot or of mRNA."""
    if isoforms is None:
        raise InputError("neither activities nor isoforms were given; nothing to hand over")
    name = tissue.lower()
    if name not in TISSUE_MASS:
        raise InputError(f'folds without activities need a tissue, liver or muscle; not "{tissue}"')
    base = model_vmax(name)
    split = split_of(isoforms, name, group, base)
    if not split.folds:
        raise InputError("shares without activities set no Vmax; give activities too")
    rows = []
    for k, isoform in enumerate(ISOFORMS):
        note = (
            f"{split.folds[k]:.3g}-fold of control x the model's {base[k]:g} {UNIT}, which is "
            "assumed of the control; amount of protein or mRNA taken for activity"
        )
        spread = (split.fold_log_sd[k], math.inf)
        value = base[k] * split.folds[k]
        rows.append(_parameter(isoform, name, value, spread, "derived", source, note))
    return HandOver(ParameterSet(tuple(rows), source), ())


def _parameter(
    isoform: str,
    tissue: str,
    value: float,
    spread: tuple[float, float],
    grade: Any,
    source: str,
    note: str,
) -> Parameter:
    from scipy.stats import t

    log_sd, df = spread
    sd = low = high = None
    if math.isfinite(log_sd) and log_sd > 0:
        half = float(t.ppf(0.975, min(df, 1e6))) * log_sd
        sd, low, high = value * log_sd, value * math.exp(-half), value * math.exp(half)
    else:
        note += "; no interval, for want of an sd"
    evidence = Evidence(grade, f"{OWN} {source}", "", note)
    quantity = Quantity(value, UNIT, sd, evidence)
    return Parameter(f"vmax_{isoform}_{tissue}", quantity, low, high, "Vmax")
