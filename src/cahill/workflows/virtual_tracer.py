"""Infuse virtual tracers into the cycle and analyse plasma as the published studies did."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.workflows._virtual_result import VirtualStudy


def virtual_tracer(
    scenario: str = "overnight-fast",
    *,
    parameters: Path | None = None,
    set: tuple[str, ...] = (),
    hours: float = 3.0,
    at: float | None = None,
    noise: float = 2.0,
    seed: int = 1,
) -> "VirtualStudy":
    """Infuse virtual tracers, analyse plasma as studies do, and show by how much the method errs.

    Parameters
    ----------
    scenario : str
        Name of a scenario (see `cahill scenarios`) or path of a TOML file.
    parameters : Path, optional
        Table of parameters (TSV) that replace those of the model.
    set : tuple of str
        One parameter that replaces that of the model, as name=value; may be repeated.
    hours : float
        Length of the infusion in h.
    at : float, optional
        When it ends, in h of the scenario; at its last report time if absent.
    noise : float
        Standard deviation of every measurement in per cent of it; 0 for none.
    seed : int
        The same seed gives the same errors of measurement.
    """
    from cahill.cycle.scenarios import load_scenario

    # A bad scenario is refused before the engine is loaded.
    chosen = load_scenario(scenario)
    from cahill.workflows._choices import choose_model
    from cahill.workflows._virtual_study import Design, virtual_study

    end = None if at is None else 60.0 * at
    design = Design(60.0 * hours, end, noise / 100.0, seed)
    return virtual_study(chosen, design, choose_model(parameters, set))
