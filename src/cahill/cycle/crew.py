"""Who computes the subjects of an ensemble: this process, more processes, or a Dask cluster.

Subjects do not know of each other, so who computes them does not change a bit of the answer (on
processors of one kind: code is compiled for the processor it runs on).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from joblib import Parallel, delayed, parallel_config

from cahill.cycle.build import CycleModel
from cahill.cycle.members import Member, Study, simulate_members, simulate_members_remotely
from cahill.errors import InputError

# Subjects taken at a time: few, so that progress shows; more where each portion is sent elsewhere.
_HERE, _ELSEWHERE = 8, 40
_PATIENCE = "10s"


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
        Processes here; -1 for one per core.
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
        for chunk in chunks:
            yield simulate_members(model, study, *chunk)
        return
    runs = (delayed(simulate_members_remotely)(model.parameters, study, *chunk) for chunk in chunks)
    if cluster is not None:
        with _connected(cluster), parallel_config(backend="dask"):
            yield from Parallel(n_jobs=-1, return_as="generator")(runs)  # pyright: ignore
    else:
        # Processes, since most of a subject's time is the tracer's linear algebra in Python.
        yield from Parallel(n_jobs=jobs, backend="loky", return_as="generator")(runs)  # pyright: ignore


@contextmanager
def _connected(address: str) -> Iterator[None]:
    """Hold a connection to a Dask scheduler, which joblib then finds."""
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            'cluster: Dask is not installed; install it with pip install "cahill[cluster]"'
        ) from None
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, ValueError):
        raise InputError(
            f'cluster: no Dask scheduler answers at "{address}"; '
            "give its address, such as tcp://127.0.0.1:8786"
        ) from None
    with client:
        yield
