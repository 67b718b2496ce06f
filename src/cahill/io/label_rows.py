"""Rows of a tidy study's tables: feeds, measured fluxes and pools, constraints, a flux state."""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import groupby

from cahill.core.labelling import (
    Constraint,
    Feed,
    Flux,
    FluxMeasurement,
    PoolMeasurement,
    Tracer,
)
from cahill.core.network import Network, Species
from cahill.core.units import to
from cahill.errors import InputError, UnknownNameError
from cahill.io.enrichment_rows import Row
from cahill.io.linear_text import parse_relation, parse_sum
from cahill.io.network_build import flux_names, flux_terms

_LABEL = re.compile(r"([A-Z][a-z]?):(\S+)")


def species_of(name: str, network: Network) -> Species:
    """Return a species by name, or raise UnknownNameError."""
    if name not in network.species:
        raise UnknownNameError("species", name, network.species)
    return network.species[name]


def read_feed(row: Row, network: Network) -> tuple[str, Feed]:
    """Return the experiment (blank for every one) and one labelled form of what is fed.

    Raises
    ------
    InputError
        If labels do not fit the molecule, or a number is none.
    """
    species = species_of(row.needed("species"), network)
    fraction, purity, start = (
        default if math.isnan(row.number(column)) else row.number(column)
        for column, default in (("fraction", 1.0), ("purity", 1.0), ("start", 0.0))
    )
    if not 0 <= purity <= 1 or not 0 <= fraction <= 1 or start < 0:
        raise InputError("fraction and purity lie between 0 and 1, start is not negative")
    heavy = {}
    for word in row.text("labels").split():
        match = _LABEL.fullmatch(word)
        if match is None:
            raise InputError(f'labels "{word}" is no element with its atoms, such as C:100 or C:U')
        element, text = match[1], match[2]
        count = species.atoms.get(element, 0)
        if not count:
            raise InputError(f"labels: {species.id} has no traced {element}")
        chances = tuple(purity * chance for chance in _chances(text, count, species.id))
        if any(chances):
            heavy[element] = chances
    return row.text("experiment"), Feed(species.id, (Tracer(fraction, heavy),), start, row.where)


def _chances(text: str, count: int, species: str) -> list[float]:
    if text == "U":
        return [1.0] * count
    cells = list(text) if re.fullmatch("[01]+", text) and count > 1 else text.split(",")
    try:
        values = [float(cell) for cell in cells]
    except ValueError:
        raise InputError(f'labels "{text}" are neither 0 and 1 nor probabilities') from None
    if len(values) != count or not all(0 <= value <= 1 for value in values):
        raise InputError(
            f'labels "{text}" name {len(values)} atoms between 0 and 1; {species} has {count}'
        )
    return values


def feeds_of(feeds: Sequence[Feed], faults: list[str]) -> tuple[Feed, ...]:
    """Join the labelled forms of a species that begin together; their fractions add up to 1."""
    joined = []
    key = sorted(feeds, key=lambda feed: (feed.species, feed.start))
    for (species, start), group in groupby(key, lambda feed: (feed.species, feed.start)):
        forms = list(group)
        tracers = tuple(tracer for form in forms for tracer in form.tracers)
        total = sum(tracer.fraction for tracer in tracers)
        if abs(total - 1) > 1e-6:
            faults.append(
                f"{forms[0].where}: the fractions of {species} from time {start:g} on add up to "
                f"{total:g}, not 1"
            )
        joined.append(Feed(species, tracers, start, forms[0].where))
    return tuple(joined)


def read_flux(row: Row, network: Network) -> FluxMeasurement:
    """Return a measured sum of fluxes, or raise InputError."""
    names = flux_names(network)
    name, text = row.needed("name"), row.needed("expression")
    total = parse_sum(text, names, "flux", row.where)
    terms = flux_terms(total.terms, names)
    if not terms:
        raise InputError(f'expression "{text}" holds no flux')
    value, sd = _measured(row)
    return FluxMeasurement(name, terms, value - total.constant, sd, row.where)


def _measured(row: Row) -> tuple[float, float]:
    row.needed("value")
    row.needed("sd")
    value, sd = row.number("value"), row.number("sd")
    if not sd > 0:
        raise InputError(f"sd {sd:g} is not positive")
    return value, sd


def read_pool(row: Row, network: Network, units: Mapping[str, str]) -> PoolMeasurement:
    """Return a measured pool size in flux unit times time unit.

    Raises
    ------
    InputError
        If a species is unknown or untraced, or units are missing.
    UnitError
        If the unit is not that of a flux times a time.
    """
    names = [part.strip() for part in row.needed("species").split("+")]
    species = tuple(species_of(name, network).id for name in names)
    if not row.text("unit"):
        raise InputError(f"unit is blank; write the unit of the pool size of {' + '.join(species)}")
    if "flux" not in units or "time" not in units:
        raise InputError("the table units must say the unit of flux and of time")
    wanted = f"{units['flux']}*{units['time']}"
    value, sd = (to(number, row.text("unit"), wanted) for number in _measured(row))
    if not value > 0:
        raise InputError(f"value {value:g} is not positive")
    return PoolMeasurement(" + ".join(species), species, value, sd, row.where)


def read_constraint(row: Row, network: Network) -> Constraint:
    """Return a relation between fluxes or between pool sizes, or raise InputError."""
    text = row.needed("constraint")
    names = flux_names(network)
    both = sorted(names.keys() & network.species)
    known = {*names, *network.species}
    terms, relation, value = parse_relation(text, known, "flux or pool", row.where)
    confused = sorted(terms.keys() & set(both))
    if confused:
        raise InputError(f"{confused[0]} is a reaction and a species; rename one of them")
    where = f"{row.where}: {text}"
    if terms.keys() <= names.keys():
        return Constraint({**flux_terms(terms, names)}, relation, value, where)
    if terms.keys() <= network.species.keys():
        return Constraint({**terms}, relation, value, where)
    raise InputError(f'constraint "{text}" mixes fluxes and pool sizes')


def read_point(row: Row, network: Network) -> tuple[str, str, float]:
    """Return (net, exchange or pool; name; value) of a flux state, or raise InputError."""
    name = row.needed("name")
    row.needed("value")
    value = row.number("value")
    names = flux_names(network)
    if name in names and name in network.species:
        raise InputError(f"{name} is a reaction and a species; rename one of them")
    if name in network.species:
        return "pool", name, value
    if name not in names:
        raise UnknownNameError("flux or pool", name, {*names, *network.species})
    flux: Flux = names[name]
    if flux.kind not in ("net", "exchange"):
        raise InputError(f"{name}: give the net and the exchange flux instead")
    return flux.kind, flux.of, value
