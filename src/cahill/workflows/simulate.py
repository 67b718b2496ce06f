"""Follow the cycle through a scenario."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.simulate import Simulation


def simulate(
    scenario: str,
    *,
    parameters: Path | None = None,
    set: tuple[str, ...] = (),
    hours: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "Simulation":
    """Simulate a scenario: time courses, fluxes and carbon transfers.

    Parameters
    ----------
    scenario : str
        Name of a scenario (see `cahill scenarios`) or path of a TOML file.
    parameters : Path, optional
        Table of parameters (TSV) that replace those of the model.
    set : tuple of str
        One parameter that replaces that of the model, as name=value; may be repeated.
    hours : float, optional
        Length of the simulation in h, instead of the scenario's own.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.scenarios import load_scenario

    # A bad scenario is refused before the engine is loaded.
    chosen = load_scenario(scenario)
    if hours is not None:
        chosen = chosen.lasting(hours)
    from cahill.cycle.simulate import simulate as run
    from cahill.workflows._choices import choose_model

    return run(chosen, model=choose_model(parameters, set), progress=progress)
