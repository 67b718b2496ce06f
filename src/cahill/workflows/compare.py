"""Compare the fluxes of two fits."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.tracing.fit_comparison import FitComparison


def compare(first: Path, second: Path) -> "FitComparison":
    """Say which fluxes differ between two fits, with intervals of the differences.

    Parameters
    ----------
    first : Path
        Folder that `fit-fluxes --out` wrote, or its fit.json.
    second : Path
        The other; differences are second minus first.
    """
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.compare_fits import compare_fits
    from cahill.tracing.fit_files import fit_file, load_fit

    fits = load_fit(first), load_fit(second)
    files = fit_file(first), fit_file(second)
    provenance = collect_provenance({str(path): path for path in files})
    return compare_fits(*fits, provenance=provenance)
