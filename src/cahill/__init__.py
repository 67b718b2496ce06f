"""The glucose-alanine (Cahill) cycle and alanine aminotransferase, executable.

The verbs of the command line are functions here, loaded when first used:

>>> import cahill
>>> cahill.simulate("overnight-fast").to_frame()  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.build import build_model
    from cahill.cycle.calibrate import calibrate
    from cahill.cycle.check import check_model
    from cahill.cycle.control import control
    from cahill.cycle.ensemble import ensemble
    from cahill.cycle.scan import scan
    from cahill.cycle.scenarios import load_scenario, scenario_names
    from cahill.cycle.simulate import simulate
    from cahill.cycle.steady_state import steady_state
    from cahill.cycle.validate import validate

    __version__: str

__all__ = [
    "__version__",
    "build_model",
    "calibrate",
    "check_model",
    "control",
    "ensemble",
    "load_scenario",
    "scan",
    "scenario_names",
    "simulate",
    "steady_state",
    "validate",
]

_HOMES = {
    "build_model": "build",
    "calibrate": "calibrate",
    "check_model": "check",
    "control": "control",
    "ensemble": "ensemble",
    "load_scenario": "scenarios",
    "scan": "scan",
    "scenario_names": "scenarios",
    "simulate": "simulate",
    "steady_state": "steady_state",
    "validate": "validate",
}


def __getattr__(name: str) -> object:
    """Load a verb when it is first used, so that importing the package costs nothing."""
    if name == "__version__":
        from importlib.metadata import version

        return version("cahill")
    if name in _HOMES:
        return getattr(import_module(f"cahill.cycle.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'cahill' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
