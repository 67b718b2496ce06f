"""Fit the fluxes of a labelling study."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cahill.tracing.flux_estimates import FluxEstimates


def fit_fluxes(
    study: Path,
    *,
    condition: str | None = None,
    configuration: str | None = None,
    starts: int = 20,
    seed: int = 1,
    jobs: int = -1,
    cluster: str | None = None,
    intervals: Literal["profile", "linear", "bootstrap", "posterior"] = "profile",
    level: float = 0.95,
    flux: tuple[str, ...] = (),
    mid_floor: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "FluxEstimates":
    """Fit net and exchange fluxes, pool sizes and mixtures to a labelling study, with intervals.

    Parameters
    ----------
    study : Path
        FluxML file, folder or workbook of tidy tables, or folder of equation tables.
    condition : str, optional
        Condition of equation tables with several.
    configuration : str, optional
        Configuration of a FluxML file with several.
    starts : int
        Searches, each from another point of the flux space.
    seed : int
        The same seed gives the same starts and draws.
    jobs : int
        Processes on this machine; -1 takes all cores.
    cluster : str, optional
        Address of a Dask scheduler, instead of this machine.
    intervals : str
        profile (likelihood), linear (approximation, quick), bootstrap (parametric) or posterior
        (Markov chain Monte Carlo).
    level : float
        Level of the intervals.
    flux : tuple of str
        Reaction, "ALT exchange" or pool whose interval is wanted; may be repeated. All net fluxes
        if absent.
    mid_floor : float, optional
        Smallest standard deviation of an isotopologue fraction that comes from replicates; 0.01 if
        absent.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.io.studies import read_study, study_files
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.estimate_fluxes import estimate_fluxes

    read = read_study(study, condition, configuration, mid_floor)
    options = {
        "condition": condition,
        "configuration": configuration,
        "starts": starts,
        "seed": seed,
        "intervals": intervals,
        "level": level,
        "flux": flux or None,
        "mid_floor": mid_floor,
    }
    given = {name: value for name, value in options.items() if value is not None}
    provenance = collect_provenance({path.name: path for path in study_files(study)}, given)
    return estimate_fluxes(
        read,
        starts=starts,
        seed=seed,
        intervals=intervals,
        level=level,
        wanted=flux,
        jobs=jobs,
        cluster=cluster,
        progress=progress,
        provenance=provenance,
    )
