"""Correct mass spectra for natural isotopes."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.tracing.correct_mids import CorrectedMids


def correct_mids(
    table: Path,
    *,
    tracer: tuple[str, ...] = (),
    purity: tuple[str, ...] = (),
    resolution: float | None = None,
    at_mz: float | None = None,
    instrument: Literal["orbitrap", "ft-icr", "constant"] = "orbitrap",
    keep_natural_tracer: bool = False,
    keep_empty: bool = False,
    metabolites: Path | None = None,
    derivatives: Path | None = None,
    isotopes: Path | None = None,
) -> "CorrectedMids":
    """Correct isotopologue intensities for natural isotopes and tracer purity.

    Parameters
    ----------
    table : Path
        Intensities, a peak a row (CSV, TSV or XLSX): sample, metabolite, formula, derivative,
        charge, isotopologue, intensity.
    tracer : tuple of str
        Labelling isotope, such as 15N; may be repeated. 13C if absent.
    purity : tuple of str
        Share of the tracer isotope in a labelled position, such as 0.99, or of every isotope from
        the lightest on, such as 0.01,0.01,0.98; one for each tracer.
    resolution : float, optional
        Resolution, m/z over the peak's width at half height; inf tells all masses apart. Unit mass
        if absent.
    at_mz : float, optional
        m/z at which the instrument has this resolution.
    instrument : str
        How resolution falls: orbitrap with the root of m/z, ft-icr with m/z, constant not.
    keep_natural_tracer : bool
        Leave natural isotopes in unlabelled positions of the traced element in the answer.
    keep_empty : bool
        Keep distributions without any signal, uncorrected, instead of refusing them.
    metabolites : Path, optional
        Table with name, formula and charge, if these are not columns of the intensities.
    derivatives : Path, optional
        Table with name and formula; the derivative column then holds names.
    isotopes : Path, optional
        Table with element, mass and abundance, instead of the package's own.
    """
    from cahill.io.intensity_tables import read_intensities
    from cahill.io.isotopes import read_isotopes
    from cahill.tracing.correct_mids import correct_mids as run
    from cahill.tracing.natural_abundance_method import Instrument

    shares = [_shares(text) for text in purity]
    measured = Instrument(resolution, at_mz, instrument)
    known = None if isotopes is None else read_isotopes(isotopes)
    return run(
        read_intensities(table, metabolites, derivatives),
        tracer or ("13C",),
        purity=shares,
        instrument=measured,
        correct_natural_tracer=not keep_natural_tracer,
        keep_empty=keep_empty,
        isotopes=known,
    )


def _shares(text: str) -> list[float]:
    """Read one share or several separated by commas."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f'--purity "{text}": write a share such as 0.99') from None
