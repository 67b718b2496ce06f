"""Who computes the subjects of an ensemble: this thread, more threads, or a Dask cluster.

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

_CHUNK = 8  # subjects a worker takes at a time
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
        Threads here; -1 for one per core.
    cluster : str, optional
        Address of a Dask scheduler instead.

    Raises
    ------
    InputError
        If the cluster does not answer.
    """
    chunks = [(first, drawn[first : first + _CHUNK]) for first in range(0, len(drawn), _CHUNK)]
    if cluster is not None:
        runs = (
            delayed(simulate_members_remotely)(model.parameters, study, *chunk) for chunk in chunks
        )
        with _connected(cluster), parallel_config(backend="dask"):
            yield from Parallel(n_jobs=-1, return_as="generator")(runs)  # pyright: ignore
    elif jobs == 1:
        for chunk in chunks:
            yield simulate_members(model, study, *chunk)
    else:
        runs = (delayed(simulate_members)(model, study, *chunk) for chunk in chunks)
        yield from Parallel(n_jobs=jobs, backend="threading", return_as="generator")(runs)  # pyright: ignore


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
