"""Who computes the subjects of an ensemble: this process, more processes, or a Dask cluster."""

from collections.abc import Iterator

import numpy as np

from cahill.cycle.build import CycleModel
from cahill.cycle.members import Member, Study, simulate_members, simulate_members_remotely
from cahill.numerics.crew import portions

# Subjects taken at a time: few, so that progress shows; more where each portion is sent elsewhere.
_HERE, _ELSEWHERE = 8, 40


def simulated(
    model: CycleModel, study: Study, drawn: np.ndarray, jobs: int, cluster: str | None
) -> Iterator[list[Member]]:
    """Yield the subjects in order, a few at a time, as they are finished.

    Parameters
    ----------
    model : CycleModel
        The reference man.
    study : Study
        What every subject goes through.
    drawn : numpy.ndarray
        Of `subjects.draw_subjects`.
    jobs : int
        Processes here; -1 for one per core. Processes, since most of a subject's time is the
        tracer's linear algebra in Python.
    cluster : str, optional
        Address of a Dask scheduler instead.

    Raises
    ------
    InputError
        If the cluster does not answer.
    """
    alone = cluster is None and jobs == 1
    size = _HERE if alone else _ELSEWHERE
    chunks = [(first, drawn[first : first + size]) for first in range(0, len(drawn), size)]
    if alone:
        yield from portions(simulate_members, [(model, study, *chunk) for chunk in chunks])
    else:
        batch = [(model.parameters, study, *chunk) for chunk in chunks]
        yield from portions(simulate_members_remotely, batch, jobs, cluster)
