"""Glucose -> alanine and alanine -> glucose carbon transfer as tracer studies compute them.

Both are tracer quantities, not net fluxes: they follow from enrichments in blood during the
infusion of labelled glucose or alanine, and differ from the fluxes they are named after by exchange
of label in the tissues. They are in units of alanine (C3).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cahill.core.network import Atom, Step
from cahill.core.units import whole_body_to_per_kg
from cahill.cycle.enrichment import Enrichment, TracerInput, atom_enrichment
from cahill.errors import ModelError, UnknownNameError


@dataclass(frozen=True)
class TracerStudy:
    """What is infused, what is measured, and where the liver exchanges label.

    Parameters
    ----------
    glucose, alanine : str
        The two pools infused and measured. Another three-carbon pool may take alanine's place:
        with lactate the results are lactate's.
    alanine_positions : tuple of int
        Labelled carbons of the alanine infused: (3,) is [3-13C]alanine.
    pyruvate, oxaloacetate : str
        Mitochondrial pools of the liver on either side of pyruvate carboxylase.
    carboxylase, carboxykinase : str
        Steps pyruvate -> oxaloacetate and oxaloacetate -> phosphoenolpyruvate.
    cycle_steps : tuple of str
        Steps that carry oxaloacetate once round the TCA cycle.
    cycle_pools : tuple of str
        Pools besides oxaloacetate through which label of the cycle passes and may return.
    """

    glucose: str = "Glc_blood"
    alanine: str = "Ala_blood"
    alanine_positions: tuple[int, ...] = (3,)
    pyruvate: str = "Pyr_liver_mito"
    oxaloacetate: str = "OAA_liver_mito"
    carboxylase: str = "PC_liver"
    carboxykinase: str = "PEPCK_liver"
    cycle_steps: tuple[str, ...] = ("citrate_synthase_liver", "aKGDH_liver")
    cycle_pools: tuple[str, ...] = ("aKG_liver", "Glu_liver", "AcCoA_liver_mito")


@dataclass(frozen=True)
class CarbonTransfer:
    """The carbon transfers between glucose and alanine, umol/kg/min of alanine.

    Parameters
    ----------
    glucose_to_alanine : float
        Alanine made from plasma glucose.
    alanine_to_glucose : float
        Alanine carbon found in plasma glucose, as measured.
    alanine_to_glucose_corrected : float
        The same divided by (1 - exchange).
    exchange : float
        Share of the label lost by passage of oxaloacetate through the TCA cycle.
    alanine_ra, glucose_ra : float
        Rates of appearance used, umol/kg/min.
    notes : tuple of str
        Doubts about the fluxes they were computed from.
    """

    glucose_to_alanine: float
    alanine_to_glucose: float
    alanine_to_glucose_corrected: float
    exchange: float
    alanine_ra: float
    glucose_ra: float
    notes: tuple[str, ...] = ()


def tracer_ra(enrichment: Enrichment, tracer: TracerInput) -> float:
    """Return the rate of appearance that an infused tracer shows, mmol/min.

    Ra = infusion / enrichment - infusion; for a vanishing infusion the second term vanishes. Label
    that recycles into the pool makes it smaller than the true inflow.

    Parameters
    ----------
    enrichment : Enrichment
        Solved with this tracer as the only input.
    tracer : TracerInput
        What was infused; the mean over its labelled positions is what is measured.
    """
    atoms = [Atom(tracer.species, tracer.element, position) for position in tracer.positions]
    measured = sum(enrichment.values[atom] for atom in atoms) / len(atoms)
    if not measured > 0:
        raise ModelError(f'the tracer infused into "{tracer.species}" does not label it')
    return tracer.rate / measured


def carbon_transfer(
    steps: Sequence[Step],
    forward: Mapping[str, float],
    backward: Mapping[str, float],
    unlabelled: Collection[str],
    body_weight: float = 70.0,
    study: TracerStudy | None = None,
) -> CarbonTransfer:
    """Compute both carbon transfers from the gross fluxes of a steady state.

    With [U-13C]glucose, per carbon: J(Glc -> Ala) = Ra_Ala * mean(Ala) / mean(Glc).
    With labelled alanine, all carbons of each: J(Ala -> Glc) = Ra_Glc * sum(Glc) / sum(Ala), in
    alanine units because label per molecule is compared; see `cycle_exchange` for the correction.
    Ra_Ala is what the labelled alanine shows (`tracer_ra`). Ra_Glc is the inflow to the glucose
    pool, as a tracer that does not recycle ([6-3H]glucose) shows it.

    Parameters
    ----------
    steps : sequence of Step
        Steps with atom maps.
    forward, backward : mapping of str to float
        Gross fluxes by step id, mmol/min.
    unlabelled : collection of str
        Boundary and slow species.
    body_weight : float
        Body weight, kg.
    study : TracerStudy, optional
        Pools, steps and tracers; by default those of the whole-body model.

    Returns
    -------
    CarbonTransfer
        In umol/kg/min.

    Raises
    ------
    ModelError
        If a flux is missing or negative, or a tracer does not label its pool.
    """
    study = study or TracerStudy()
    glucose_size = _carbons(steps, study.glucose)
    glucose = TracerInput(study.glucose, 1.0, tuple(range(1, glucose_size + 1)))
    alanine = TracerInput(study.alanine, 1.0, study.alanine_positions)
    from_glucose = atom_enrichment(steps, forward, backward, [glucose], unlabelled)
    from_alanine = atom_enrichment(steps, forward, backward, [alanine], unlabelled)

    alanine_ra = whole_body_to_per_kg(tracer_ra(from_alanine, alanine), body_weight)
    glucose_ra = whole_body_to_per_kg(from_alanine.inflow[study.glucose], body_weight)
    made = from_glucose.mean(study.alanine) / from_glucose.mean(study.glucose)
    returned = from_alanine.total(study.glucose) / from_alanine.total(study.alanine)
    exchange = cycle_exchange(steps, forward, backward, from_alanine, study)
    return CarbonTransfer(
        glucose_to_alanine=alanine_ra * made,
        alanine_to_glucose=glucose_ra * returned,
        alanine_to_glucose_corrected=glucose_ra * returned / (1.0 - exchange),
        exchange=exchange,
        alanine_ra=alanine_ra,
        glucose_ra=glucose_ra,
        notes=from_alanine.notes,
    )


def cycle_exchange(
    steps: Sequence[Step],
    forward: Mapping[str, float],
    backward: Mapping[str, float],
    enrichment: Enrichment,
    study: TracerStudy | None = None,
) -> float:
    """Compute the share of label lost when oxaloacetate passes through the TCA cycle.

    Labelled pyruvate that becomes oxaloacetate may go round the cycle before it becomes
    phosphoenolpyruvate (PEP): its carbons leave as CO2 or are scrambled, unlabelled acetyl carbons
    and CO2 take their places, and glucose carries less label than its carbon from alanine deserves.
    Tracer studies divide by (1 - exchange) for this, with an estimate of it (corrections of the
    kind of Katz, Hetenyi and Consoli). Here it is computed exactly. Pyruvate in the liver's
    mitochondria is held at the enrichment it has in the study, all that is not a pool of the cycle
    is held unlabelled, and the label that oxaloacetate hands to PEP is solved twice:

    - with the fluxes as they are;
    - with the flux that circulates (the smallest net flux of the cycle's steps) taken out of every
      step of the cycle, and pyruvate carboxylated without scrambling. What the cycle's steps carry
      beyond that is anaplerosis (glutamate, glutamine): it stays, so it dilutes both alike.

    exchange = 1 - label of PEP as it is / label of PEP without circulation. Oxaloacetate stays in
    balance without circulation, since that flux enters and leaves it by the same amount.

    Parameters
    ----------
    steps, forward, backward
        As for `carbon_transfer`.
    enrichment : Enrichment
        Of the study with labelled alanine.
    study : TracerStudy, optional
        Names the pools and steps.

    Returns
    -------
    float
        The share lost: 0 if none is, or if pyruvate is not labelled; at most 1. It is negative
        where the cycle brings more label to oxaloacetate than it takes away, as when much of
        pyruvate's label enters through acetyl-CoA (fed and insulin-clamped states); dividing by
        (1 - exchange) then lowers the transfer.
    """
    study = study or TracerStudy()
    pattern = list(enrichment.of(study.pyruvate))
    if not any(pattern):
        return 0.0
    known = {atom.species for atom in enrichment.values}
    held = known - {study.oxaloacetate, study.pyruvate, *study.cycle_pools}
    pyruvate = {study.pyruvate: {"C": pattern}}
    by_id = {step.id: step for step in steps}
    for name in (study.carboxylase, study.carboxykinase, *study.cycle_steps):
        if name not in by_id:
            raise UnknownNameError("step", name, by_id)
    net = {name: forward[name] - backward.get(name, 0.0) for name in study.cycle_steps}
    circulating = max(0.0, min(net.values()))

    straight = [
        replace(step, maps=step.maps[:1], weights=()) if step.id == study.carboxylase else step
        for step in steps
    ]
    # What is left must be written one way, or a reversible step would still exchange label.
    remaining = {name: flux - circulating for name, flux in net.items()}
    one_way = {name: max(0.0, flux) for name, flux in remaining.items()}
    other_way = {name: max(0.0, -flux) for name, flux in remaining.items()}

    as_is = atom_enrichment(steps, forward, backward, (), held, pyruvate)
    without = atom_enrichment(
        straight, {**forward, **one_way}, {**backward, **other_way}, (), held, pyruvate
    )
    carboxykinase = by_id[study.carboxykinase]
    undiluted = _handed_on(without, carboxykinase, study.oxaloacetate)
    if not undiluted > 0:
        raise ModelError(f'no label passes from "{study.pyruvate}" to "{study.oxaloacetate}"')
    return 1.0 - _handed_on(as_is, carboxykinase, study.oxaloacetate) / undiluted


def _handed_on(enrichment: Enrichment, step: Step, source: str) -> float:
    """Return the label a step's product takes from one reactant, CO2 apart, per molecule."""
    total = 0.0
    for atom_map, share in step.shares():
        largest = max(atom_map.products, key=lambda part: len(part.letters.get("C", "")))
        for origin, target in atom_map.transfers():
            if (
                origin.species == source
                and origin.element == "C"
                and target.species == largest.species
            ):
                total += share * enrichment.values[origin]
    return total


def _carbons(steps: Sequence[Step], species: str) -> int:
    for step in steps:
        for atom_map in step.maps:
            for part in (*atom_map.reactants, *atom_map.products):
                if part.species == species and "C" in part.letters:
                    return len(part.letters["C"])
    raise ModelError(f'no atom map traces the carbon of "{species}"')
