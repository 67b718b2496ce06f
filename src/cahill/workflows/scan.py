"""Vary one parameter and watch the fluxes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from cahill.cycle.scan import Scan


def scan(
    parameter: str,
    *,
    low: Annotated[float, Parameter(name="--from")],
    high: Annotated[float, Parameter(name="--to")],
    steps: int = 11,
    log: bool = False,
    scenario: str = "overnight-fast",
    progress: Callable[[int, int], None] | None = None,
) -> "Scan":
    """Vary one parameter or input over a range and report the fluxes of a scenario.

    Parameters
    ----------
    parameter : str
        Name of a parameter or input of the model.
    low : float
        First value, in the parameter's own unit.
    high : float
        Last value.
    steps : int
        Number of values.
    log : bool
        Space the values evenly on a logarithmic scale.
    scenario : str
        Name of a scenario or path of a TOML file.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.scan import scan as run

    return run(parameter, low, high, steps, log=log, scenario=scenario, progress=progress)
