"""The true fluxes that a virtual tracer study looks for, from the model's gross fluxes.

A carbon transfer is what carbon does on its first way: the carbon that leaves plasma glucose and
enters plasma alanine without coming by plasma glucose or alanine again in between, and likewise
back. It is computed with the enrichment of the one pool held at 1 and that of the other at 0, so
nothing is counted twice, whatever is infused and however long.
"""

from dataclasses import dataclass

from cahill.core.units import whole_body_to_per_kg
from cahill.cycle.atom_flows import atom_flows
from cahill.cycle.carbon_transfer import cycle_exchange
from cahill.cycle.enrichment import Enrichment, TracerInput, atom_enrichment
from cahill.cycle.quantities import StateView
from cahill.tracing.in_vivo import ALANINE_CARBONS

GLUCOSE, ALANINE = "Glc_blood", "Ala_blood"
CARBONS = {GLUCOSE: 6, ALANINE: 3}


@dataclass(frozen=True)
class TrueFluxes:
    """What the virtual man's fluxes are, umol/kg/min; transfers in molecules of alanine.

    Attributes
    ----------
    alanine_ra : float
        All that enters plasma alanine.
    glucose_ra : float
        Glucose that enters plasma, less what only passes through glucose 6-phosphate.
    glucose_to_alanine : float
        Carbon on its first way, over three.
    alanine_to_glucose : float
        Likewise, with the carbon that the TCA cycle exchanged given back.
    exchange : float
        Share of label that alanine labelled in carbon 3 loses in the TCA cycle.
    """

    alanine_ra: float
    glucose_ra: float
    glucose_to_alanine: float
    alanine_to_glucose: float
    exchange: float


def true_fluxes(view: StateView) -> TrueFluxes:
    """Read the true fluxes off a state.

    Raises
    ------
    ModelError
        If a gross flux runs against the direction of its atom map, or no carbon passes.
    """
    steps, gross = view.model.network.steps, view.gross
    weight = float(view.parameters[view.system.parameter_index("body_weight")])
    entering = atom_flows(steps, *gross).inflow[ALANINE]
    made, _ = _first_way(view, GLUCOSE, ALANINE)
    back, enrichment = _first_way(view, ALANINE, GLUCOSE)
    unlabelled = view.model.network.of_kind("slow", "boundary")
    tracer = [TracerInput(ALANINE, 1.0, (3,))]
    infused = atom_enrichment(steps, *gross, tracer, unlabelled)
    return TrueFluxes(
        alanine_ra=whole_body_to_per_kg(entering, weight),
        glucose_ra=view.flux("G6Pase_liver", "glucose_supply") - view.flux("glucokinase_liver"),
        glucose_to_alanine=whole_body_to_per_kg(made, weight),
        alanine_to_glucose=whole_body_to_per_kg(back, weight)
        / (1.0 - cycle_exchange(steps, *gross, enrichment)),
        exchange=cycle_exchange(steps, *gross, infused),
    )


def _first_way(view: StateView, source: str, target: str) -> tuple[float, Enrichment]:
    """Return the carbon that passes from one pool to another, mmol/min of three carbons."""
    steps, gross = view.model.network.steps, view.gross
    held = view.model.network.of_kind("slow", "boundary")
    fixed = {
        source: {"C": [1.0] * CARBONS[source]},
        target: {"C": [0.0] * CARBONS[target]},
    }
    enrichment = atom_enrichment(steps, *gross, (), held, fixed)
    carbon = sum(
        rate * enrichment.values[origin]
        for (origin, atom), rate in atom_flows(steps, *gross).atoms.items()
        if atom.species == target and atom.element == "C"
    )
    return carbon / ALANINE_CARBONS, enrichment
