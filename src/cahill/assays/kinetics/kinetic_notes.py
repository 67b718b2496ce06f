"""What a reader must doubt of a kinetic fit: laws alike, constants left open, lack of fit."""

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from cahill.assays.kinetics.kinetic_fit import Conditions, LawFit
from cahill.assays.kinetics.law_tests import lack_of_fit_p

NAMES = {
    "vmax": "Vmax",
    "km_ala": "Km of alanine",
    "km_akg": "Km of 2-oxoglutarate",
    "vmax_over_km_ala": "Vmax/Km of alanine",
    "vmax_over_km_akg": "Vmax/Km of 2-oxoglutarate",
    "ksi_ala": "substrate inhibition constant of alanine",
    "ksi_akg": "substrate inhibition constant of 2-oxoglutarate",
    "kia_ala": "dissociation constant of alanine",
}


def extrapolated(parameter: str, value: float, conditions: Conditions) -> str:
    """Say where a constant lies beyond the concentrations it was measured at."""
    levels = {
        "km_ala": conditions.alanine,
        "ksi_ala": conditions.alanine,
        "km_akg": conditions.oxoglutarate,
        "ksi_akg": conditions.oxoglutarate,
        "ic50": conditions.inhibitor,
    }.get(parameter)
    if levels is None:
        return ""
    levels = levels[levels > 0]
    if value > levels.max():
        return f"above the highest concentration measured ({levels.max():g})"
    return (
        f"below the lowest concentration measured ({levels.min():g})"
        if value < levels.min()
        else ""
    )


def doubts(
    name: str,
    fits: Sequence[LawFit],
    best: LawFit,
    results: pd.DataFrame,
    error: str,
) -> tuple[str, ...]:
    """Return what a reader must doubt of an analysis, each one sentence.

    Parameters
    ----------
    name : str
        Of the analysis.
    fits : sequence of LawFit
        Every law tried.
    best : LawFit
        The one that stands.
    results : pandas.DataFrame
        Its constants, as in `cahill.assays.kinetics.kinetic_analysis.Analysis`.
    error : str
        Error model.
    """
    notes = []
    rivals = [fit for fit in fits if fit is not best and fit.aicc <= best.aicc + 2]
    alike = [fit for fit in rivals if not _extends(fit, best)]
    if alike:
        names = ", ".join(fit.law.name for fit in alike)
        notes.append(f"{name}: these rates do not tell {best.law.name} from {names}.")
    notes += _open_constants(name, results)
    outside = results[results["note"] != ""]
    for row in outside.to_dict("records"):
        label = NAMES.get(row["parameter"], row["parameter"])
        notes.append(f"{name}: {label} ({row['value']:.3g} {row['unit']}) lies {row['note']}.")
    p = lack_of_fit_p(best)
    if p < 0.01:
        notes.append(
            f"{name}: {best.law.name} misses the means of replicates by more than they scatter "
            f"(lack of fit, p = {p:.2g}); its intervals are too narrow."
        )
    if not math.isfinite(best.aicc):
        notes.append(f"{name}: too few rates to compare laws; the simplest is shown.")
    if error == "constant" and best.freedom < 3:
        notes.append(f"{name}: only {best.freedom} degrees of freedom; measure more conditions.")
    return tuple(notes)


def _extends(larger: LawFit, smaller: LawFit) -> bool:
    """Whether a law merely adds a term to another: that it fits no worse says nothing."""
    return set(smaller.law.parameters) < set(larger.law.parameters)


def _open_constants(name: str, results: pd.DataFrame) -> list[str]:
    """Say of constants left open what is known of them."""
    notes = []
    rows: list[Mapping[str, object]] = results.to_dict("records")  # pyright: ignore[reportAssignmentType]
    status = {str(row["parameter"]): str(row["status"]) for row in rows}
    for short, substrate in (("ala", "alanine"), ("akg", "2-oxoglutarate")):
        ratio = f"vmax_over_km_{short}"
        if status.get(f"km_{short}") not in ("lower bound only", "not determined"):
            continue
        known = results[results["parameter"] == ratio]
        sentence = f"{name}: the rates do not saturate with {substrate}; Km is not determined"
        if len(known) and known.iloc[0]["status"] == "determined":
            row = known.iloc[0]
            sentence += (
                f" and Vmax neither, but their ratio is: Vmax/Km {row['value']:.4g} "
                f"({row['low']:.4g}-{row['high']:.4g}) {row['unit']}"
            )
        notes.append(f"{sentence}.")
    for row in rows:
        parameter, state = str(row["parameter"]), str(row["status"])
        plain = parameter not in ("vmax", "top", "km_ala", "km_akg") and "over" not in parameter
        if plain and state in ("lower bound only", "upper bound only", "not determined"):
            label = NAMES.get(parameter, parameter)
            bounds = {
                "lower bound only": f"at least {row['low']:.3g} {row['unit']}",
                "upper bound only": f"at most {row['high']:.3g} {row['unit']}",
                "not determined": "open at both ends",
            }
            notes.append(f"{name}: {label} is not determined; it is {bounds[state]}.")
    return notes
