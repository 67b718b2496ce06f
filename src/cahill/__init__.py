"""The glucose-alanine (Cahill) cycle and alanine aminotransferase, executable.

The verbs of the command line are functions here, loaded when first used:

>>> import cahill
>>> cahill.simulate("overnight-fast").to_frame()  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.assays.activity.activity_settings import Settings as ActivitySettings
    from cahill.assays.activity.alt_activity import alt_activity
    from cahill.assays.activity.progress_curve import initial_rates
    from cahill.assays.amplification.analysis import analyse_curves
    from cahill.assays.chip.enrichment import chip
    from cahill.assays.handover.vmax_parameters import vmax_parameters
    from cahill.assays.kinetics.enzyme_kinetics import fit_kinetics
    from cahill.assays.qpcr.study import analyse_qpcr
    from cahill.assays.western.blot import analyse_western, read_western
    from cahill.assays.western.blot_layout import read_blot_layout
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
    from cahill.io.chip_tables import read_chip
    from cahill.io.enrichment_tables import read_infusion_study
    from cahill.io.fluxml_write import write_fluxml
    from cahill.io.intensity_tables import read_intensities
    from cahill.io.lab import read_lab
    from cahill.io.lab_write import write_findings
    from cahill.io.layouts import read_layout
    from cahill.io.plates import read_plates
    from cahill.io.qpcr_files import read_qpcr
    from cahill.io.rdml_write import write_rdml
    from cahill.io.studies import read_study
    from cahill.serum.cohort import screen_cohort
    from cahill.serum.evaluate import evaluate as evaluate_rule
    from cahill.serum.read_value import read_value as read_serum
    from cahill.serum.rules import load_rules as serum_rules
    from cahill.serum.series_read import serum_series
    from cahill.tracing.compare_fits import compare_fits
    from cahill.tracing.correct_mids import correct_mids
    from cahill.tracing.estimate_fluxes import estimate_fluxes as fit_fluxes
    from cahill.tracing.fit_files import load_fit
    from cahill.tracing.simulate_labels import simulate_labels
    from cahill.tracing.tracer_design import design_tracer
    from cahill.tracing.tracer_kinetics import tracer_kinetics

    __version__: str

__all__ = [
    "ActivitySettings",
    "__version__",
    "alt_activity",
    "analyse_curves",
    "analyse_qpcr",
    "analyse_western",
    "build_model",
    "calibrate",
    "check_model",
    "check_study",
    "chip",
    "compare_fits",
    "control",
    "correct_mids",
    "design_tracer",
    "ensemble",
    "evaluate_rule",
    "fit_fluxes",
    "fit_kinetics",
    "initial_rates",
    "load_fit",
    "load_scenario",
    "read_blot_layout",
    "read_chip",
    "read_infusion_study",
    "read_intensities",
    "read_lab",
    "read_layout",
    "read_plates",
    "read_qpcr",
    "read_serum",
    "read_study",
    "read_western",
    "scan",
    "scenario_names",
    "screen_cohort",
    "serum_rules",
    "serum_series",
    "simulate",
    "simulate_labels",
    "steady_state",
    "tracer_kinetics",
    "validate",
    "vmax_parameters",
    "write_findings",
    "write_fluxml",
    "write_rdml",
]

_HOMES = {
    "ActivitySettings": ("assays.activity.activity_settings", "Settings"),
    "alt_activity": ("assays.activity.alt_activity", "alt_activity"),
    "analyse_curves": ("assays.amplification.analysis", "analyse_curves"),
    "analyse_qpcr": ("assays.qpcr.study", "analyse_qpcr"),
    "analyse_western": ("assays.western.blot", "analyse_western"),
    "build_model": ("cycle.build", "build_model"),
    "calibrate": ("cycle.calibrate", "calibrate"),
    "check_model": ("cycle.check", "check_model"),
    "check_study": ("core.study_check", "check_study"),
    "chip": ("assays.chip.enrichment", "chip"),
    "compare_fits": ("tracing.compare_fits", "compare_fits"),
    "control": ("cycle.control", "control"),
    "correct_mids": ("tracing.correct_mids", "correct_mids"),
    "design_tracer": ("tracing.tracer_design", "design_tracer"),
    "ensemble": ("cycle.ensemble", "ensemble"),
    "evaluate_rule": ("serum.evaluate", "evaluate"),
    "fit_fluxes": ("tracing.estimate_fluxes", "estimate_fluxes"),
    "fit_kinetics": ("assays.kinetics.enzyme_kinetics", "fit_kinetics"),
    "initial_rates": ("assays.activity.progress_curve", "initial_rates"),
    "load_fit": ("tracing.fit_files", "load_fit"),
    "load_scenario": ("cycle.scenarios", "load_scenario"),
    "read_blot_layout": ("assays.western.blot_layout", "read_blot_layout"),
    "read_chip": ("io.chip_tables", "read_chip"),
    "read_infusion_study": ("io.enrichment_tables", "read_infusion_study"),
    "read_intensities": ("io.intensity_tables", "read_intensities"),
    "read_lab": ("io.lab", "read_lab"),
    "read_layout": ("io.layouts", "read_layout"),
    "read_plates": ("io.plates", "read_plates"),
    "read_qpcr": ("io.qpcr_files", "read_qpcr"),
    "read_serum": ("serum.read_value", "read_value"),
    "read_study": ("io.studies", "read_study"),
    "read_western": ("assays.western.blot", "read_western"),
    "scan": ("cycle.scan", "scan"),
    "scenario_names": ("cycle.scenarios", "scenario_names"),
    "screen_cohort": ("serum.cohort", "screen_cohort"),
    "serum_rules": ("serum.rules", "load_rules"),
    "serum_series": ("serum.series_read", "serum_series"),
    "simulate": ("cycle.simulate", "simulate"),
    "simulate_labels": ("tracing.simulate_labels", "simulate_labels"),
    "steady_state": ("cycle.steady_state", "steady_state"),
    "tracer_kinetics": ("tracing.tracer_kinetics", "tracer_kinetics"),
    "validate": ("cycle.validate", "validate"),
    "vmax_parameters": ("assays.handover.vmax_parameters", "vmax_parameters"),
    "write_findings": ("io.lab_write", "write_findings"),
    "write_fluxml": ("io.fluxml_write", "write_fluxml"),
    "write_rdml": ("io.rdml_write", "write_rdml"),
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
