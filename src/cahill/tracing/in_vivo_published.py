"""Published numbers that whole-body tracer studies of alanine and glucose are held against.

All are for healthy men and women at rest after an overnight fast; transfers are in molecules of
alanine or lactate (three carbons).
"""

from dataclasses import dataclass

from cahill.tracing.in_vivo_analysis import APPEARANCE, CORRECTED, TRANSFER


@dataclass(frozen=True)
class Published:
    """One published number.

    Attributes
    ----------
    quantity, analyte : str
        As `Estimate` calls them.
    value : float or None
        Mean, umol/kg/min; None where only a range is given.
    low, high : float
        One standard error to either side, or the range.
    label : str
        How pictures call it.
    source : str
        Key of `references.bib`.
    """

    quantity: str
    analyte: str
    value: float | None
    low: float
    high: float
    label: str
    source: str


def _with_error(
    quantity: str, analyte: str, value: float, error: float, label: str, source: str
) -> Published:
    return Published(quantity, analyte, value, value - error, value + error, label, source)


ALANINE_GLUCOSE, GLUCOSE_ALANINE = "alanine to glucose", "glucose to alanine"
PUBLISHED: tuple[Published, ...] = (
    Published(APPEARANCE, "alanine", None, 4.0, 5.0, "Seed 001, Table 2", "Seed001Cycle"),
    _with_error(APPEARANCE, "alanine", 4.18, 0.31, "Consoli 1990", "Consoli1990"),
    _with_error(APPEARANCE, "alanine", 4.9, 0.5, "Med Sci Sports 1994, 15N", "MedSciSports1994"),
    # 206 +- 13 umol/kg/h
    _with_error(APPEARANCE, "alanine", 206 / 60, 13 / 60, "Fukagawa 1985, 15N", "Fukagawa1985"),
    # 368 +- 28 umol/min, taken as of 70 kg
    _with_error(APPEARANCE, "alanine", 368 / 70, 28 / 70, "Chochinov 1978, 14C", "Chochinov1978"),
    # the mean of twelve studies at 10 to 14 h, and its range
    Published(APPEARANCE, "glucose", 10.9, 9.0, 12.8, "12 studies, Koenig 2012", "Koenig2012"),
    _with_error(APPEARANCE, "lactate", 12.66, 0.77, "Consoli 1990", "Consoli1990"),
    _with_error(TRANSFER, GLUCOSE_ALANINE, 1.89, 0.20, "Seed 001, Table 2", "Seed001Cycle"),
    # 0.52 umol of glucose, twice
    Published(TRANSFER, ALANINE_GLUCOSE, 1.04, 0.94, 1.14, "Am J Physiol 1997", "AmJPhysiol1997"),
    _with_error(CORRECTED, ALANINE_GLUCOSE, 1.48, 0.15, "Seed 001, Table 2", "Seed001Cycle"),
    _with_error(CORRECTED, ALANINE_GLUCOSE, 1.83, 0.20, "Consoli 1990", "Consoli1990"),
    _with_error(CORRECTED, "lactate to glucose", 4.24, 0.44, "Consoli 1990", "Consoli1990"),
)


def published_for(quantity: str, analyte: str) -> tuple[Published, ...]:
    """Return the published numbers of a quantity; case does not count in names of molecules."""
    name = analyte.lower()
    return tuple(one for one in PUBLISHED if (one.quantity, one.analyte) == (quantity, name))
