"""Glucose made from other tracers than alanine's and lactate's."""

from cahill.cycle.enrichment import TracerInput, atom_enrichment
from cahill.cycle.quantities import StateView

CARBONS = {"Ala_blood": 3, "Gln_blood": 5}


def to_glucose(view: StateView, species: str) -> float:
    """Return the plasma glucose made from a uniformly labelled tracer, umol/kg/min of glucose.

    Rate of appearance of glucose times the ratio of enrichment per carbon, not corrected for
    exchange in the TCA cycle.

    Parameters
    ----------
    view : StateView
        The metabolic state.
    species : str
        Plasma pool the tracer is infused into.
    """
    steps, (forward, backward) = view.model.network.steps, view.gross
    tracer = TracerInput(species, 1.0, tuple(range(1, CARBONS[species] + 1)))
    held = view.model.network.of_kind("slow", "boundary")
    enrichment = atom_enrichment(steps, forward, backward, [tracer], held)
    appearing = view.flux("G6Pase_liver", "glucose_supply") - view.flux("glucokinase_liver")
    return appearing * enrichment.mean("Glc_blood") / enrichment.mean(species)
