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
    from cahill.tracing.fit_files import FILE, load_fit

    fits = [load_fit(path) for path in (first, second)]
    files = [path / FILE if path.is_dir() else path for path in (first, second)]
    inputs = {f"{name} fit": file for name, file in zip(("first", "second"), files)}
    return compare_fits(*fits, provenance=collect_provenance(inputs))
