"""What is reported of a state: fluxes, carbon transfers and levels, defined once for all uses.

Reports, targets, ensembles and scans name the same quantities. Fluxes are per kg of body weight.
Rates of appearance and carbon transfers are tracer quantities: they follow from the enrichment of
every atom during an infusion of label, as the studies measured them, not from a net flux.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cahill.cycle.build import CycleModel
from cahill.cycle.carbon_transfer import TracerStudy
from cahill.cycle.transfer_solver import transfer_solver
from cahill.errors import UnknownNameError
from cahill.numerics.system import OdeSystem


@dataclass(frozen=True, eq=False)
class StateView:
    """One state of the model, seen as fluxes and levels.

    Parameters
    ----------
    model : CycleModel
        Names, atom maps and kinds of species.
    state, parameters, observables : numpy.ndarray
        Of the model's system, shapes (n_states,), (n_parameters,), (n_observables,).
    """

    model: CycleModel
    state: np.ndarray
    parameters: np.ndarray
    observables: np.ndarray

    @property
    def system(self) -> OdeSystem:
        """The model's differential equations."""
        return self.model.system

    def level(self, name: str) -> float:
        """Return a state in the model's unit (mmol/L, pmol/L, ...)."""
        return float(self.state[self.system.state_index(name)])

    def value(self, name: str) -> float:
        """Return an assignment-rule variable in the model's unit."""
        return float(self.observables[self.system.observable_index(name)])

    def flux(self, *names: str) -> float:
        """Return the sum of reaction rates or gross fluxes, umol/kg/min."""
        weight = float(self.parameters[self.system.parameter_index("body_weight")])
        return sum(self.value(name) for name in names) * 1000.0 / weight

    @cached_property
    def gross(self) -> tuple[dict[str, float], dict[str, float]]:
        """Forward and backward flux of every step, mmol/min."""
        known = dict(zip(self.system.observable_names, self.observables))
        forward, backward = {}, {}
        for step in self.model.network.steps:
            two_way = f"{step.id}_forward" in known
            forward[step.id] = known[f"{step.id}_forward" if two_way else step.reaction]
            backward[step.id] = known[f"{step.id}_backward"] if two_way else 0.0
        return forward, backward

    @cached_property
    def tracer(self) -> Mapping[str, float]:
        """Rates of appearance and carbon transfers, umol/kg/min, by [3-13C] and [U-13C] tracers."""
        weight = float(self.parameters[self.system.parameter_index("body_weight")])
        alanine = transfer_solver(self.model).solve(*self.gross, weight)
        lactate = transfer_solver(self.model, TracerStudy(alanine="Lac_blood")).solve(
            *self.gross, weight
        )
        # Glucose that only cycles through glucose 6-phosphate does not appear in a tracer's Ra.
        appearing = self.flux("G6Pase_liver", "glucose_supply") - self.flux("glucokinase_liver")
        seen = appearing / alanine.glucose_ra
        return {
            "alanine_ra": alanine.alanine_ra,
            "glucose_to_alanine": alanine.glucose_to_alanine,
            "alanine_to_glucose": seen * alanine.alanine_to_glucose_corrected,
            "alanine_to_glucose_uncorrected": seen * alanine.alanine_to_glucose,
            "tca_exchange": alanine.exchange,
            "alanine_over_lactate": alanine.glucose_to_alanine
            / alanine.alanine_ra
            / (lactate.glucose_to_alanine / lactate.alanine_ra),
            "lactate_ra": lactate.alanine_ra,
            "lactate_to_glucose": seen * lactate.alanine_to_glucose_corrected,
        }


@dataclass(frozen=True)
class QuantityRule:
    """How one reported quantity is read off a state.

    Parameters
    ----------
    title : str
        In words.
    unit : str
        Unit of the number.
    read : callable
        From a StateView to the number.
    """

    title: str
    unit: str
    read: Callable[[StateView], float]


FLUX = "umol/kg/min"
# The leucine that tracers measure is this share of branched-chain amino acids.
LEUCINE_SHARE = 0.43


def _tracer(name: str) -> Callable[[StateView], float]:
    return lambda view: view.tracer[name]


def _flux(*names: str) -> Callable[[StateView], float]:
    return lambda view: view.flux(*names)


def _level(name: str) -> Callable[[StateView], float]:
    return lambda view: view.level(name)


def _value(name: str) -> Callable[[StateView], float]:
    return lambda view: view.value(name)


def _gluconeogenesis(view: StateView) -> float:
    made = view.flux("gluconeogenesis_liver", "glycerol_uptake_liver")
    return made - view.flux("glycolysis_liver")


def _alanine_from_pyruvate(view: StateView) -> float:
    """Return Ra times the alanine's enrichment over lactate's, which stands for pyruvate's.

    The studies infuse labelled glucose and take lactate or pyruvate of plasma as the precursor.
    """
    return view.tracer["alanine_ra"] * view.tracer["alanine_over_lactate"]


QUANTITIES: Mapping[str, QuantityRule] = {
    "alanine_ra": QuantityRule("plasma alanine flux (Ra)", FLUX, _tracer("alanine_ra")),
    "glucose_to_alanine": QuantityRule(
        "glucose to alanine carbon", FLUX, _tracer("glucose_to_alanine")
    ),
    "alanine_to_glucose": QuantityRule(
        "alanine to glucose carbon", FLUX, _tracer("alanine_to_glucose")
    ),
    "alanine_to_glucose_uncorrected": QuantityRule(
        "alanine to glucose carbon, not corrected for exchange",
        FLUX,
        _tracer("alanine_to_glucose_uncorrected"),
    ),
    "tca_exchange": QuantityRule(
        "label lost in the TCA cycle", "dimensionless", _tracer("tca_exchange")
    ),
    "muscle_alanine_release": QuantityRule(
        "muscle alanine release", FLUX, _flux("alanine_release_muscle")
    ),
    "muscle_alanine_uptake": QuantityRule(
        "muscle alanine uptake", FLUX, _flux("alanine_uptake_muscle")
    ),
    "hepatic_alanine_uptake": QuantityRule(
        "hepatic alanine uptake, net", FLUX, _flux("alanine_uptake_liver")
    ),
    "hepatic_ALT": QuantityRule(
        "hepatic alanine to pyruvate, net", FLUX, _flux("ALT1_liver", "ALT2_liver")
    ),
    "alanine_from_protein": QuantityRule(
        "alanine from protein",
        FLUX,
        lambda view: view.tracer["alanine_ra"] - _alanine_from_pyruvate(view),
    ),
    "alanine_disposal_to_glucose": QuantityRule(
        "share of alanine disposal that goes to glucose",
        "%",
        lambda view: (
            100 * view.tracer["alanine_to_glucose_uncorrected"] / view.tracer["alanine_ra"]
        ),
    ),
    "hepatic_alanine_clearance": QuantityRule(
        "hepatic alanine clearance",
        "mL/kg/min",
        lambda view: view.flux("alanine_uptake_liver_forward") / view.level("Ala_blood"),
    ),
    "alanine_from_pyruvate": QuantityRule("alanine from pyruvate", FLUX, _alanine_from_pyruvate),
    "lactate_ra": QuantityRule("lactate flux (Ra)", FLUX, _tracer("lactate_ra")),
    "lactate_to_glucose": QuantityRule(
        "lactate to glucose carbon", FLUX, _tracer("lactate_to_glucose")
    ),
    "muscle_lactate_release": QuantityRule(
        "muscle lactate release", FLUX, _flux("lactate_exchange_muscle_forward")
    ),
    "muscle_lactate_uptake": QuantityRule(
        "muscle lactate uptake", FLUX, _flux("lactate_exchange_muscle_backward")
    ),
    "glutamine_ra": QuantityRule(
        "glutamine flux (Ra)",
        FLUX,
        _flux(
            "glutamine_release_muscle",
            "glutamine_synthetase_liver",
            "glutamine_synthetase_other",
            "proteolysis_Gln_other",
        ),
    ),
    "glutamine_de_novo": QuantityRule(
        "glutamine de novo",
        FLUX,
        _flux(
            "glutamine_synthetase_muscle",
            "glutamine_synthetase_liver",
            "glutamine_synthetase_other",
        ),
    ),
    "muscle_proteolysis": QuantityRule(
        "muscle protein breakdown, branched-chain residues", FLUX, _flux("proteolysis_BCAA_muscle")
    ),
    "muscle_protein_synthesis": QuantityRule(
        "muscle protein synthesis, branched-chain residues",
        FLUX,
        _flux("protein_synthesis_BCAA_muscle"),
    ),
    "leucine_ra": QuantityRule(
        "leucine flux (Ra), whole-body proteolysis",
        FLUX,
        lambda view: LEUCINE_SHARE * view.flux("proteolysis_BCAA_muscle", "proteolysis_BCAA_other"),
    ),
    "egp": QuantityRule(
        "endogenous glucose production",
        FLUX,
        lambda view: view.flux("G6Pase_liver") - view.flux("glucokinase_liver"),
    ),
    "gluconeogenesis": QuantityRule("gluconeogenesis", FLUX, _gluconeogenesis),
    "gluconeogenesis_share": QuantityRule(
        "share of gluconeogenesis in glucose production",
        "%",
        lambda view: (
            100.0
            * _gluconeogenesis(view)
            / (view.flux("G6Pase_liver") - view.flux("glucokinase_liver"))
        ),
    ),
    "hepatic_glycogenolysis": QuantityRule(
        "hepatic glycogenolysis, net",
        FLUX,
        lambda view: view.flux("glycogen_breakdown_liver") - view.flux("glycogen_synthesis_liver"),
    ),
    "glucose_disposal": QuantityRule(
        "glucose disposal", FLUX, _flux("glucose_uptake_muscle", "glycolysis_other")
    ),
    "glucose_clearance": QuantityRule(
        "glucose clearance",
        "mL/kg/min",
        lambda view: (
            view.flux("glucose_uptake_muscle", "glycolysis_other") / view.level("Glc_blood")
        ),
    ),
    "glucose_oxidation": QuantityRule(
        "carbohydrate oxidation, glucose units",
        FLUX,
        lambda view: view.flux("PDH_muscle", "PDH_other", "PDH_liver") / 2.0,
    ),
    "glucose_storage": QuantityRule(
        "muscle glycogen synthesis", FLUX, _flux("glycogen_synthesis_muscle")
    ),
    "v_pc": QuantityRule("hepatic V_PC", FLUX, _flux("PC_liver")),
    "v_cs": QuantityRule("hepatic V_CS", FLUX, _flux("citrate_synthase_liver")),
    "v_pc_over_v_cs": QuantityRule(
        "hepatic V_PC over V_CS",
        "dimensionless",
        lambda view: view.flux("PC_liver") / view.flux("citrate_synthase_liver"),
    ),
    "urea_nitrogen": QuantityRule(
        "urea-nitrogen synthesis", FLUX, lambda view: 2.0 * view.flux("urea_cycle_liver")
    ),
    "plasma_glucose": QuantityRule("plasma glucose", "mmol/L", _level("Glc_blood")),
    "plasma_alanine": QuantityRule("plasma alanine", "mmol/L", _level("Ala_blood")),
    "plasma_lactate": QuantityRule("plasma lactate", "mmol/L", _level("Lac_blood")),
    "muscle_pyruvate": QuantityRule("muscle pyruvate", "mmol/L", _level("Pyr_muscle")),
    "plasma_amino_acids": QuantityRule(
        "plasma alpha-amino nitrogen",
        "mmol/L",
        lambda view: sum(
            view.level(f"{name}_blood") for name in ("Ala", "Gln", "Glu", "BCAA", "AA")
        ),
    ),
    "insulin": QuantityRule("plasma insulin", "pmol/L", _level("Insulin")),
    "glucagon": QuantityRule("plasma glucagon", "pmol/L", _level("Glucagon")),
    "serum_ALT": QuantityRule("serum ALT", "U/L", _value("ALT_serum")),
    "protein_ALT1_liver": QuantityRule(
        "hepatic ALT1 protein", "relative", _level("protein_ALT1_liver")
    ),
    "protein_ALT2_liver": QuantityRule(
        "hepatic ALT2 protein", "relative", _level("protein_ALT2_liver")
    ),
    "protein_ALT1_muscle": QuantityRule(
        "muscle ALT1 protein", "relative", _level("protein_ALT1_muscle")
    ),
    "protein_ALT2_muscle": QuantityRule(
        "muscle ALT2 protein", "relative", _level("protein_ALT2_muscle")
    ),
    "mRNA_GPT2_liver": QuantityRule("hepatic GPT2 mRNA", "relative", _level("mRNA_GPT2_liver")),
}

# What a sentence or a small table shows of any state.
HEADLINE = (
    "alanine_ra",
    "glucose_to_alanine",
    "alanine_to_glucose",
    "hepatic_alanine_uptake",
    "hepatic_ALT",
    "egp",
    "gluconeogenesis",
    "lactate_ra",
    "urea_nitrogen",
    "serum_ALT",
)


def quantity_rule(name: str) -> QuantityRule:
    """Return how a quantity is read, or raise UnknownNameError with the nearest names."""
    if name not in QUANTITIES:
        raise UnknownNameError("quantity", name, QUANTITIES)
    return QUANTITIES[name]


def view_of(model: CycleModel, state: np.ndarray, parameters: np.ndarray) -> StateView:
    """Return the view of a state, with the observables computed."""
    observables = np.asarray(model.system.observables(0.0, state, parameters)).ravel()
    return StateView(model, state, parameters, observables)
