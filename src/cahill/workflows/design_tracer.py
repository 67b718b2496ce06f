"""Find the tracer that would determine a flux best."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    import numpy as np

    from cahill.core.labelling import TracingStudy
    from cahill.tracing.tracer_candidates import Candidate
    from cahill.tracing.tracer_ranking import TracerDesign


def design_tracer(
    study: Path,
    *,
    flux: tuple[str, ...],
    candidate: tuple[str, ...] = (),
    feed: str | None = None,
    mixtures: int = 0,
    best_mixture: bool = False,
    parallel: bool = False,
    fluxes: tuple[Path, ...] = (),
    states: int = 10,
    condition: str | None = None,
    configuration: str | None = None,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "TracerDesign":
    """Rank tracers, mixtures and sampling times by how well they would determine fluxes.

    Parameters
    ----------
    study : Path
        FluxML file, folder or workbook of tidy tables, or folder of equation tables; it says what
        would be measured, with which errors.
    flux : tuple of str
        Reaction or pool that is to be known; may be repeated.
    candidate : tuple of str
        Design to judge, such as "Glc=50% [1-13C] + 50% [U-13C]", several species parted by
        semicolons, times after @; may be repeated. The usual tracers of one molecule if absent.
    feed : str, optional
        Molecule whose usual tracers are judged; the labelled one with most atoms if absent.
    mixtures : int
        Steps of a grid of mixtures of two of the usual tracers; 4 for 25, 50 and 75 %.
    best_mixture : bool
        Search the best mixture of all candidates, which then are forms of one molecule.
    parallel : bool
        Judge each design as one more experiment beside those of the study.
    fluxes : tuple of Path
        Table of fluxes to judge at, such as the fluxes.csv that `fit-fluxes` writes; may be
        repeated. The study's own point if absent, or else random states.
    states : int
        Random flux states, if there are no others.
    condition : str, optional
        Condition of equation tables with several.
    configuration : str, optional
        Configuration of a FluxML file with several.
    seed : int
        Of random flux states.
    jobs : int
        Processes on this machine; -1 takes all cores.
    cluster : str, optional
        Address of a Dask scheduler, instead of this machine.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.io.studies import read_study, study_files
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.tracer_design import best_mixture as search
    from cahill.tracing.tracer_design import design_tracer as run

    if not flux:
        raise InputError("design: say which flux is to be known, such as --flux ALT")
    read = read_study(study, condition, configuration)
    chosen = _candidates(read, candidate, feed, mixtures)
    points = _points(read, fluxes)
    judged = {"points": points, "parallel": parallel, "seed": seed}
    if best_mixture:
        chosen = (*chosen, search(read, flux, chosen, random=min(states, 5), **judged))
    files = [*study_files(study), *fluxes]
    options = {
        "flux": flux,
        "candidate": candidate or None,
        "feed": feed,
        "mixtures": mixtures or None,
        "best_mixture": best_mixture or None,
        "parallel": parallel or None,
        "states": states,
        "condition": condition,
        "configuration": configuration,
        "seed": seed,
    }
    given = {name: value for name, value in options.items() if value is not None}
    return run(
        read,
        flux,
        chosen,
        random=states,
        jobs=jobs,
        cluster=cluster,
        progress=progress,
        provenance=collect_provenance({path.name: path for path in files}, given),
        **judged,
    )


def _candidates(
    study: "TracingStudy", texts: tuple[str, ...], feed: str | None, mixtures: int
) -> tuple["Candidate", ...]:
    from cahill.tracing.tracer_candidates import parse_candidate, standard_candidates

    if texts and (feed or mixtures):
        raise InputError("design: give candidates, or a feed and mixtures of its usual tracers")
    if texts:
        return tuple(parse_candidate(text, study) for text in texts)
    return standard_candidates(study, feed, mixtures=mixtures)


def _points(study: "TracingStudy", tables: tuple[Path, ...]) -> "np.ndarray | None":
    """Return the parameters of the flux states in tables, shape (n, n_parameters)."""
    import numpy as np

    from cahill.io.flux_tables import read_fluxes
    from cahill.tracing.flux_space import flux_space
    from cahill.tracing.simulate_labels import state_at

    if not tables:
        return None
    space = flux_space(study)
    return np.array([space.theta(state_at(space, *read_fluxes(path))) for path in tables])
