"""Write a study as FluxML, which 13CFLUX and this package read.

FluxML lacks some of what a study can say: mixtures of pools in one measurement, average
enrichments, gross fluxes, relations between net and exchange fluxes, names beyond letters, digits
and underscores. Names are replaced and kept in an annotation; the rest is left out and told.
"""

from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from cahill.core.labelling import Constraint, Experiment, Flux, TracingStudy
from cahill.core.network import Network, Species, Step
from cahill.errors import InputError
from cahill.io.fluxml_network import (
    COMPARTMENT,
    KIND,
    ORIGINAL_ID,
    REACTION,
    REVERSED,
    SINK,
    outside_species,
)
from cahill.io.fluxml_write_atoms import variants
from cahill.io.fluxml_write_data import add_configuration
from cahill.io.fluxml_write_names import Names, flux_text, linear_text, plain_name
from cahill.io.network_build import touched

NAMESPACE = "http://www.13cflux.net/fluxml"


def write_fluxml(study: TracingStudy, path: str | Path, force: bool = False) -> tuple[str, ...]:
    """Write a study as FluxML, one configuration an experiment.

    Parameters
    ----------
    study : TracingStudy
        What to write; its `point` becomes the values of the simulation.
    path : str or Path
        The file.
    force : bool
        Overwrite it if it exists.

    Returns
    -------
    tuple of str
        What FluxML cannot say and was left out, one sentence each.

    Raises
    ------
    InputError
        If the file exists, or the network cannot be written: fractions of molecules, alternatives
        of more than one molecule at once.
    """
    path = Path(path)
    root = Element("fluxml", xmlns=NAMESPACE)
    SubElement(SubElement(root, "info"), "name").text = study.name
    names = _network(root, study)
    constraints = _constraints(study, names)
    if len(constraints):
        root.append(constraints)
    experiments = study.experiments
    if not experiments and (study.fluxes or study.pools or study.point.net):
        experiments = (Experiment("default", (), ()),)
    for experiment in experiments:
        add_configuration(root, experiment, study, names)
    indent(root)
    try:
        with path.open("wb" if force else "xb") as file:
            ElementTree(root).write(file, encoding="utf-8", xml_declaration=True)
    except FileExistsError:
        raise InputError(f"{path} exists; choose another name or force overwriting") from None
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    return tuple(dict.fromkeys(names.lost))


def _annotate(element: Element, name: str, text: str) -> None:
    SubElement(element, "annotation", name=name).text = text


def _network(root: Element, study: TracingStudy) -> Names:
    block = SubElement(root, "reactionnetwork")
    pools = SubElement(block, "metabolitepools")
    network = study.network
    names = Names(backwards=_backwards(network))
    steps = [_turned(step) if step.id in names.backwards else step for step in network.steps]
    names.inputs, sinks = outside_species(steps, network.reversible)
    for species in network.species.values():
        expected = "boundary" if species.id in names.inputs | sinks else "pool"
        _pool(pools, species, names, expected)
    for step in steps:
        names.steps.setdefault(step.reaction, []).append(step.id)
        _reaction(block, step, network, names)
    for name in sorted(sinks):
        _sink(block, network.species[name], names)
    _tell_structure(network, names)
    return names


def _backwards(network: Network) -> set[str]:
    """Return steps to write the other way round, so that reactions are written to make each pool.

    libFluxML takes a pool that is written on the left only as an input, even if the reactions run
    both ways.
    """
    users, makers = touched(network.steps)
    turned: set[str] = set()
    for name in sorted(network.of_kind("pool") & (users.keys() - makers.keys())):
        for step in network.steps:
            left = {part.species for part in step.maps[0].reactants}
            right = {part.species for part in step.maps[0].products}
            free = all(len(makers.get(other, ())) > 1 for other in right)
            if name in left and free and right and step.reaction in network.reversible:
                turned.add(step.id)
                for other in right:
                    makers[other] = makers[other] - {step.id}
                for other in left:
                    makers[other] = makers.get(other, set()) | {step.id}
                break
    return turned


def _turned(step: Step) -> Step:
    return replace(step, maps=tuple(one.reversed() for one in step.maps))


def _pool(pools: Element, species: Species, names: Names, expected: str) -> None:
    plain = plain_name(species.id, names.pools.values())
    names.pools[species.id] = plain
    element = SubElement(pools, "pool", id=plain)
    atoms = dict(species.atoms)
    if atoms:
        element.set("atoms", str(sum(atoms.values())))
    if atoms.keys() - {"C"}:
        element.set("cfg", "".join(f"{symbol}{count}" for symbol, count in atoms.items()))
    if plain != species.id:
        _annotate(element, ORIGINAL_ID, species.id)
    if species.name != species.id:
        _annotate(element, "name", species.name)
    if species.compartment:
        _annotate(element, COMPARTMENT, species.compartment)
    if species.kind != expected:
        _annotate(element, KIND, species.kind)
        names.lost.append(
            f"{species.id} is {species.kind} here; other programs will take it as {expected}."
        )


def _reaction(block: Element, step: Step, network: Network, names: Names) -> None:
    element = SubElement(block, "reaction")
    molecules, count = variants(step, network.species)
    plain = plain_name(step.id, (one for ids in names.fluxes.values() for one in ids))
    ids = [plain] if count == 1 else [f"{plain}___{k + 1}" for k in range(count)]
    names.fluxes[step.id] = ids
    element.set("id", " ".join(ids))
    both = step.reaction in network.reversible
    element.set("bidirectional", "true" if both else "false")
    if ids != [step.id]:
        _annotate(element, ORIGINAL_ID, step.id)
    if step.reaction != step.id:
        _annotate(element, REACTION, step.reaction)
    if step.id in names.backwards:
        _annotate(element, REVERSED, "yes")
    for molecule in molecules:
        part = SubElement(element, molecule.tag, id=names.pools[molecule.species])
        if len(molecule.cfgs) == 1 and molecule.cfgs[0][0]:
            part.set("cfg", molecule.cfgs[0][0])
        elif len(molecule.cfgs) > 1:
            for cfg, ratio in molecule.cfgs:
                SubElement(part, "variant", cfg=cfg, ratio=repr(ratio))
    if both and names.inputs & {part.species for part in step.maps[0].reactants}:
        names.lost.append(f"FluxML lets {step.id} run one way only: it comes from an input.")


def _sink(block: Element, species: Species, names: Names) -> None:
    """Empty a pool outside the balance, which 13CFLUX would otherwise hold still."""
    taken = [one for ids in names.fluxes.values() for one in ids]
    plain = plain_name(f"{names.pools[species.id]}_sink", taken)
    names.fluxes[f"sink {species.id}"] = [plain]
    element = SubElement(block, "reaction", id=plain, bidirectional="false")
    _annotate(element, SINK, species.id)
    part = SubElement(element, "reduct", id=names.pools[species.id])
    if species.atoms:
        atoms = enumerate((e for e, count in species.atoms.items() for _ in range(count)), start=1)
        part.set("cfg", " ".join(f"{element}#{k}@1" for k, element in atoms))


def _tell_structure(network: Network, names: Names) -> None:
    """Note what a reader of the file will see otherwise than it is."""
    several = [reaction for reaction, steps in names.steps.items() if len(steps) > 1]
    if several:
        names.lost.append(
            f"The steps of {', '.join(several)} are reactions of their own in the file."
        )
    bare = sorted(network.reactions.keys() - names.steps.keys())
    if bare:
        raise InputError(f"reaction {bare[0]} has no step; FluxML needs one for each reaction")


def _constraints(study: TracingStudy, names: Names) -> Element:
    found: dict[str, list[str]] = {"net": [], "xch": [], "psize": []}
    for constraint in study.constraints:
        kind, text = _constraint_text(constraint, names, study.network)
        if kind:
            found[kind].append(f"{text}{constraint.relation}{float(constraint.value)!r}")
        else:
            names.lost.append(f"The constraint {constraint} has no form in FluxML.")
    block = Element("constraints")
    for kind, texts in found.items():
        if texts:
            SubElement(SubElement(block, kind), "textual").text = ";\n".join(texts)
    return block


def _constraint_text(constraint: Constraint, names: Names, network: Network) -> tuple[str, str]:
    fluxes = {term: value for term, value in constraint.terms.items() if isinstance(term, Flux)}
    if fluxes:
        return flux_text(fluxes, names, network)
    sizes = {
        names.pools[term]: value
        for term, value in constraint.terms.items()
        if not isinstance(term, Flux)
    }
    return "psize", linear_text(sizes)
