"""Fit enzyme kinetics to rates."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cahill.assays.kinetics.enzyme_kinetics import KineticsFit


def fit_kinetics(
    rates: Path,
    *,
    sample: str = "",
    enzyme: str = "",
    error: Literal["auto", "constant", "proportional", "given"] = "auto",
    confidence: float = 0.95,
) -> "KineticsFit":
    """Fit Km, Vmax, IC50 and Ki to rates measured at several concentrations.

    Parameters
    ----------
    rates : Path
        Table (CSV, TSV or workbook), a rate a row: rate (U/L), alanine (mmol/L), oxoglutarate
        (mmol/L), inhibitor, inhibitor_concentration (umol/L), rate_sd, sample; units in the
        headings.
    sample : str
        The one to fit, if the table has several.
    enzyme : str
        Concentration of active sites in the assay, such as "0.1 umol/L"; gives kcat, and lets
        tight binding be judged.
    error : str
        How the error of a rate depends on it: constant, proportional, given (column rate_sd), or
        auto (given if stated, else the likelier of the two).
    confidence : float
        Of the intervals.
    """
    from cahill.assays.kinetics.enzyme_kinetics import fit_kinetics as run
    from cahill.assays.kinetics.kinetics_table import read_rates

    return run(
        read_rates(rates),
        sample=sample,
        enzyme=enzyme,
        error=error,
        confidence=confidence,
        name=rates.name,
        path=rates,
    )
