"""Read FluxML, the format of 13CFLUX: network, constraints and one configuration as a study.

Specification: Beyss et al. 2019, doi:10.3389/fmicb.2019.01022. Files are read offline; namespaces
and schema locations are ignored, and so is the order of elements. Legacy files may say `netto` and
`exchange` for `net` and `xch`. What has no counterpart here (flux ratios, MathML, inputs given as
cumomers or EMUs, gradual input profiles) is refused by name, never skipped.
"""

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from cahill.core.labelling import (
    Constraint,
    Flux,
    FluxKind,
    FluxMeasurement,
    FluxPoint,
    PoolMeasurement,
    Relation,
    TracingStudy,
)
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml_common import Place, children, line_of, number
from cahill.io.fluxml_experiment import pool_species, read_experiment, stddev, textual
from cahill.io.fluxml_network import FluxmlNetwork, read_network
from cahill.io.linear_text import parse_relation, parse_sum, relations
from cahill.io.xml_tree import read_xml

_KINDS: dict[str, FluxKind] = {
    "net": "net",
    "netto": "net",
    "xch": "exchange",
    "exchange": "exchange",
}

_LIMITS: tuple[tuple[str, Relation], ...] = (("lo", ">="), ("hi", "<="))


def configuration_names(path: str | Path) -> tuple[str, ...]:
    """Return the names of the configurations of a FluxML file, in its order.

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    root = read_xml(Path(path))
    return tuple(element.get("name", "") for element in root.iterfind("configuration"))


def read_fluxml(path: str | Path, configuration: str | None = None) -> TracingStudy:
    """Read a network and one configuration.

    Parameters
    ----------
    path : str or Path
        A FluxML file (levels 1 to 3, and legacy ones).
    configuration : str, optional
        Which; needed if the file has several. A file without any is read as a bare network.

    Returns
    -------
    TracingStudy
        With one experiment, named like the configuration. As in 13CFLUX, a pool that no reaction
        is written to make is an input, and reactions from inputs or without products run one way;
        a pool that is never used is a sink. `point` holds the simulation's values.

    Raises
    ------
    InputError
        Naming file and line: what cannot be read, what contradicts itself.
    UnknownNameError
        If the configuration, a pool or a reaction is unknown.
    """
    path = Path(path)
    root = read_xml(path)
    place = line_of(path.name)
    model = read_network(root, place)
    chosen = _configuration(root, configuration, path.name)
    notes = list(model.notes)
    experiments, fluxes, pools, point = (), (), (), FluxPoint()
    constraints = list(_constraints(root, model, place))
    units = {"fluxunit": "", "timeunit": ""}
    if chosen is not None:
        experiments = (read_experiment(chosen, model, place, notes),)
        constraints += _constraints(chosen, model, place)
        fluxes, pools = _measurements(chosen, model, place, notes)
        point, limits = _simulation(chosen, model, place, notes)
        constraints += limits
        for unit in units:
            units[unit] = (chosen.findtext(f"measurement/mlabel/{unit}") or "").strip()
    return TracingStudy(
        name=(root.findtext("info/name") or "").strip() or path.stem,
        network=model.network,
        experiments=experiments,
        fluxes=fluxes,
        pools=pools,
        constraints=tuple(constraints),
        point=point,
        flux_unit=units["fluxunit"],
        time_unit=units["timeunit"],
        notes=tuple(notes),
    )


def _configuration(root: Element, name: str | None, file: str) -> Element | None:
    found = {element.get("name", ""): element for element in root.iterfind("configuration")}
    if name is not None:
        if name not in found:
            raise UnknownNameError("configuration", name, found, file)
        return found[name]
    if len(found) > 1:
        raise InputError(f"{file} has several configurations; choose one of {', '.join(found)}")
    return next(iter(found.values()), None)


def _constraints(parent: Element, model: FluxmlNetwork, place: Place) -> Iterator[Constraint]:
    for block in parent.iterfind("constraints"):
        for element in block:
            if element.tag == "psize":
                yield from _pool_constraints(element, model, place)
            elif element.tag in _KINDS:
                yield from _flux_constraints(element, model, place)
            else:
                raise InputError(f"{place(element)}: <{element.tag}> is no kind of constraint")


def _flux_constraints(element: Element, model: FluxmlNetwork, place: Place) -> Iterator[Constraint]:
    where = place(element)
    for text in relations(textual(element, place)):
        terms, relation, value = parse_relation(text, model.fluxes, "flux", where)
        fluxes: dict[Flux | str, float] = {**_flux_terms(terms, _KINDS[element.tag], model)}
        if fluxes:
            yield Constraint(fluxes, relation, value, f"{where}: {text}")


def _flux_terms(terms: dict[str, float], kind: FluxKind, model: FluxmlNetwork) -> dict[Flux, float]:
    """Return a sum over the file's names as one over fluxes here; zero terms vanish."""
    fluxes: dict[Flux, float] = {}
    for name, factor in terms.items():
        flux, part = model.fluxes[name].flux(kind)
        fluxes[flux] = fluxes.get(flux, 0.0) + factor * part
    return {flux: factor for flux, factor in fluxes.items() if factor}


def _pool_constraints(element: Element, model: FluxmlNetwork, place: Place) -> Iterator[Constraint]:
    where = place(element)
    for text in relations(textual(element, place)):
        terms, relation, value = parse_relation(text, model.pools, "pool", where)
        sizes: dict[Flux | str, float] = {model.pools[name]: terms[name] for name in terms}
        yield Constraint(sizes, relation, value, f"{where}: {text}")


def _measurements(
    configuration: Element, model: FluxmlNetwork, place: Place, notes: list[str]
) -> tuple[tuple[FluxMeasurement, ...], tuple[PoolMeasurement, ...]]:
    block = configuration.find("measurement/model")
    if block is None:
        return (), ()
    for name in ("fluxratios", "poolsizeratios"):
        element = block.find(name)
        if element is not None and len(element):
            raise InputError(
                f"{place(element)}: measured ratios are not linear and cannot be read; "
                "write a ratio as a constraint"
            )
    data = {
        datum.get("id", ""): datum for datum in configuration.iterfind("measurement/data/datum")
    }
    for error in [
        *block.iterfind("fluxmeasurement/*/errormodel"),
        *block.iterfind("poolsizemeasurement/*/errormodel"),
    ]:
        notes.append(f"{place(error)}: this error model is not used; each value has its stddev.")
    fluxes = []
    for element in children(block.find("fluxmeasurement"), "netflux", "xchflux"):
        where, name = place(element), element.get("id", "")
        total = parse_sum(textual(element, place), model.fluxes, "flux", where)
        terms = _flux_terms(total.terms, "net" if element.tag == "netflux" else "exchange", model)
        if name in data and terms:
            value, sd = _datum(data[name], place)
            fluxes.append(FluxMeasurement(name, terms, value - total.constant, sd, where))
    pools = []
    for element in children(block.find("poolsizemeasurement"), "poolsize"):
        where, name = place(element), element.get("id", "")
        total = parse_sum(textual(element, place), model.pools, "pool", where)
        if total.constant or any(factor != 1 for factor in total.terms.values()):
            raise InputError(f"{where}: a measured pool size must be a plain sum of pools")
        if name in data:
            value, sd = _datum(data[name], place)
            species = tuple(model.pools[pool] for pool in total.terms)
            pools.append(PoolMeasurement(name, species, value, sd, where))
    return tuple(fluxes), tuple(pools)


def _datum(datum: Element, place: Place) -> tuple[float, float]:
    return number(datum.text or "", "value", place(datum)), stddev(datum, place(datum))


def _simulation(
    configuration: Element, model: FluxmlNetwork, place: Place, notes: list[str]
) -> tuple[FluxPoint, list[Constraint]]:
    """Return the values of the free fluxes and pools, and their limits."""
    if configuration.find("simulation/model") is not None:
        notes.append(
            f"{place(configuration)}: what to simulate besides the measurements is not read."
        )
    values: dict[FluxKind, dict[str, float]] = {"net": {}, "exchange": {}}
    sizes: dict[str, float] = {}
    limits: list[Constraint] = []
    for element in configuration.iterfind("simulation/variables/*"):
        where = place(element)
        if element.tag == "poolsizevalue":
            term: Flux | str = pool_species(element.get("pool", ""), model, where).id
            part = 1.0
        elif element.tag == "fluxvalue":
            name, kind = element.get("flux", ""), element.get("type", "")
            if name not in model.fluxes:
                raise UnknownNameError("flux", name, model.fluxes, where)
            if kind not in _KINDS:
                raise InputError(f'{where}: type="{kind}" is neither net nor xch')
            term, part = model.fluxes[name].flux(_KINDS[kind])
        else:
            raise InputError(f"{where}: <{element.tag}> is no variable of a simulation")
        if (element.text or "").strip():
            value = number(element.text or "", "value", where) / part
            if isinstance(term, Flux):
                values[term.kind][term.of] = value
            else:
                sizes[term] = value
        for attribute, relation in _LIMITS:
            if (text := element.get(attribute)) is not None:
                limit = number(text, attribute, where)
                limits.append(Constraint({term: part}, relation, limit, where))
    point = FluxPoint(values["net"], values["exchange"], sizes)
    return point, limits
