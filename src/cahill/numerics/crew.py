"""Who computes a batch: this process, more processes, or a Dask cluster.

The portions of a batch do not know of each other, so who computes them does not change a bit of
the answer (on processors of one kind: code is compiled for the processor it runs on).
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from joblib import Parallel, delayed, parallel_config
from threadpoolctl import threadpool_limits

from cahill.errors import InputError

_PATIENCE = "10s"


def portions(
    work: Callable[..., Any],
    batch: Iterable[tuple[Any, ...]],
    jobs: int = 1,
    cluster: str | None = None,
) -> Iterator[Any]:
    """Yield `work(*arguments)` for each member of a batch, in order, as they are finished.

    Parameters
    ----------
    work : callable
        Importable, as are its arguments (both are sent to other processes).
    batch : iterable of tuple
        Arguments of each portion.
    jobs : int
        Processes here; -1 for one per core.
    cluster : str, optional
        Address of a Dask scheduler instead.

    Raises
    ------
    InputError
        If the cluster does not answer.
    """
    if cluster is None and jobs == 1:
        for arguments in batch:
            yield single_threaded(work, *arguments)
        return
    runs = (delayed(single_threaded)(work, *arguments) for arguments in batch)
    if cluster is not None:
        with _connected(cluster), parallel_config(backend="dask"):
            yield from Parallel(n_jobs=-1, return_as="generator")(runs)  # pyright: ignore
    else:
        yield from Parallel(n_jobs=jobs, backend="loky", return_as="generator")(runs)  # pyright: ignore


def single_threaded(work: Callable[..., Any], *arguments: Any) -> Any:
    """Return `work(*arguments)` with linear algebra kept to one thread.

    Matrices here are small: threads of the linear algebra library cost ten times what they bring,
    most of all where several of us work side by side.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return work(*arguments)


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
