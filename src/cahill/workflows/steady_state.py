"""Find the state in which nothing changes any more."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.steady_state import SteadyStateResult


def steady_state(
    *, parameters: Path | None = None, set: tuple[str, ...] = ()
) -> "SteadyStateResult":
    """Find the steady state of the cycle at given glycogen, and its fluxes.

    Parameters
    ----------
    parameters : Path, optional
        Table of parameters (TSV) that replace those of the model.
    set : tuple of str
        One parameter that replaces that of the model, as name=value; may be repeated.
    """
    from cahill.cycle.steady_state import steady_state as run
    from cahill.workflows._choices import choose_model

    return run(model=choose_model(parameters, set))
