"""Simulate what a labelling study would measure."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.tracing.simulate_labels import LabelSimulation


def simulate_labels(
    study: Path,
    *,
    configuration: str | None = None,
    condition: str | None = None,
    fluxes: Path | None = None,
) -> "LabelSimulation":
    """Simulate mass isotopologues and other label measurements of a study at a flux state.

    Parameters
    ----------
    study : Path
        FluxML file, folder or workbook of tidy tables, or folder of equation tables.
    configuration : str, optional
        Configuration of a FluxML file with several.
    condition : str, optional
        Condition of equation tables with several.
    fluxes : Path, optional
        Table of fluxes to simulate at (flux, kind, value), such as the fluxes.csv that `fit-fluxes`
        writes, instead of the study's own.
    """
    from cahill.io.flux_tables import read_fluxes
    from cahill.io.studies import read_study, study_files
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.simulate_labels import simulate_labels as run

    read = read_study(study, condition, configuration)
    point, shares = (None, None) if fluxes is None else read_fluxes(fluxes)
    options = {"configuration": configuration, "condition": condition}
    given = {name: value for name, value in options.items() if value is not None}
    files = [*study_files(study), *([fluxes] if fluxes else [])]
    provenance = collect_provenance({path.name: path for path in files}, given)
    return run(read, point, shares=shares, provenance=provenance)
