"""Simulate many virtual subjects."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.ensemble import Ensemble


def ensemble(
    scenario: str,
    *,
    members: int = 200,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "Ensemble":
    """Simulate a scenario in virtual subjects drawn from the ranges of the parameters.

    Parameters
    ----------
    scenario : str
        Name of a scenario or path of a TOML file.
    members : int
        Number of subjects.
    seed : int
        The same seed draws the same subjects, however many processes work.
    jobs : int
        Processes on this machine; -1 takes all cores.
    cluster : str, optional
        Address of a Dask scheduler, instead of this machine.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.ensemble import ensemble as run

    return run(scenario, members, seed=seed, jobs=jobs, cluster=cluster, progress=progress)
