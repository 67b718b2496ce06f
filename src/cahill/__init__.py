"""The glucose-alanine (Cahill) cycle and alanine aminotransferase, executable.

The verbs of the command line are functions here, loaded when first used:

>>> import cahill
>>> cahill.simulate("overnight-fast").to_frame()  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.core.study_check import check_study
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
    from cahill.io.enrichment_tables import read_infusion_study
    from cahill.io.fluxml_write import write_fluxml
    from cahill.io.intensity_tables import read_intensities
    from cahill.io.studies import read_study
    from cahill.tracing.compare_fits import compare_fits
    from cahill.tracing.correct_mids import correct_mids
    from cahill.tracing.estimate_fluxes import estimate_fluxes as fit_fluxes
    from cahill.tracing.fit_files import load_fit
    from cahill.tracing.simulate_labels import simulate_labels
    from cahill.tracing.tracer_design import design_tracer
    from cahill.tracing.tracer_kinetics import tracer_kinetics

    __version__: str

__all__ = [
    "__version__",
    "build_model",
    "calibrate",
    "check_model",
    "check_study",
    "compare_fits",
    "control",
    "correct_mids",
    "design_tracer",
    "ensemble",
    "fit_fluxes",
    "load_fit",
    "load_scenario",
    "read_infusion_study",
    "read_intensities",
    "read_study",
    "scan",
    "scenario_names",
    "simulate",
    "simulate_labels",
    "steady_state",
    "tracer_kinetics",
    "validate",
    "write_fluxml",
]

_HOMES = {
    "build_model": ("cycle.build", "build_model"),
    "calibrate": ("cycle.calibrate", "calibrate"),
    "check_model": ("cycle.check", "check_model"),
    "check_study": ("core.study_check", "check_study"),
    "compare_fits": ("tracing.compare_fits", "compare_fits"),
    "control": ("cycle.control", "control"),
    "correct_mids": ("tracing.correct_mids", "correct_mids"),
    "design_tracer": ("tracing.tracer_design", "design_tracer"),
    "ensemble": ("cycle.ensemble", "ensemble"),
    "fit_fluxes": ("tracing.estimate_fluxes", "estimate_fluxes"),
    "load_fit": ("tracing.fit_files", "load_fit"),
    "load_scenario": ("cycle.scenarios", "load_scenario"),
    "read_infusion_study": ("io.enrichment_tables", "read_infusion_study"),
    "read_intensities": ("io.intensity_tables", "read_intensities"),
    "read_study": ("io.studies", "read_study"),
    "scan": ("cycle.scan", "scan"),
    "scenario_names": ("cycle.scenarios", "scenario_names"),
    "simulate": ("cycle.simulate", "simulate"),
    "simulate_labels": ("tracing.simulate_labels", "simulate_labels"),
    "steady_state": ("cycle.steady_state", "steady_state"),
    "tracer_kinetics": ("tracing.tracer_kinetics", "tracer_kinetics"),
    "validate": ("cycle.validate", "validate"),
    "write_fluxml": ("io.fluxml_write", "write_fluxml"),
}
"""Module and name of each verb."""


def __getattr__(name: str) -> object:
    """Load a verb when it is first used, so that importing the package costs nothing."""
    if name == "__version__":
        from importlib.metadata import version

        return version("cahill")
    if name in _HOMES:
        module, verb = _HOMES[name]
        return getattr(import_module(f"cahill.{module}"), verb)
    raise AttributeError(f"module 'cahill' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
