"""The experiment of a FluxML configuration: what is fed and what label was measured."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from math import isinf
from xml.etree.ElementTree import Element

import numpy as np

from cahill.core.labelling import Experiment, Feed, LabelMeasurement, Tracer
from cahill.core.network import Species
from cahill.errors import InputError, UnknownNameError
from cahill.io.fluxml_common import (
    BEFORE,
    NATURAL,
    NATURAL_BEFORE,
    Place,
    atoms_in_order,
    natural_feed,
    number,
)
from cahill.io.fluxml_labels import Notation, parse_notation
from cahill.io.fluxml_network import FluxmlNetwork
from cahill.io.linear_text import parse_sum

SUM_TOLERANCE = 1e-5
"""How far the fractions of an input may add up from 1; libFluxML's own."""


def read_experiment(
    configuration: Element, model: FluxmlNetwork, place: Place, notes: list[str]
) -> Experiment:
    """Read the inputs and label measurements of a configuration.

    Parameters
    ----------
    configuration : Element
        The element.
    model : FluxmlNetwork
        The file's network.
    place : callable
        Returns file and line of an element.
    notes : list of str
        What was assumed is added here.

    Raises
    ------
    InputError, UnknownNameError
        Naming file and line.
    """
    text = configuration.get("stationary", "true").strip()
    if text not in ("true", "false", "1", "0"):
        raise InputError(f'{place(configuration)}: stationary="{text}" is neither true nor false')
    stationary = text in ("true", "1")
    feeds = [
        feed
        for element in configuration.iterfind("input")
        for feed in _feeds(element, model, place, notes)
    ]
    if not stationary and feeds:
        # 13CFLUX begins at natural abundance; a feed before time 0 says so.
        first = {feed.species: feed.where for feed in reversed(feeds)}
        feeds = [
            natural_feed(model.network.species[name], NATURAL_BEFORE, BEFORE, where)
            for name, where in first.items()
        ] + feeds
        notes.append("Before time 0 all label is natural (13C 1.109 %), as in 13CFLUX.")
    data = _data(configuration, place)
    labels = tuple(
        _label(element, data, model, stationary, place, notes)
        for element in configuration.iterfind("measurement/model/labelingmeasurement/group")
    )
    name = configuration.get("name", "")
    return Experiment(name, tuple(feeds), labels, stationary)


def _data(configuration: Element, place: Place) -> dict[str, list[Element]]:
    data: dict[str, list[Element]] = {}
    for datum in configuration.iterfind("measurement/data/datum"):
        if not datum.get("id"):
            raise InputError(f"{place(datum)}: <datum> has no id")
        data.setdefault(datum.get("id", ""), []).append(datum)
    return data


def pool_species(name: str, model: FluxmlNetwork, where: str = "") -> Species:
    """Return the species of the file's pool id, or raise UnknownNameError."""
    if name not in model.pools:
        raise UnknownNameError("pool", name, model.pools, where)
    return model.network.species[model.pools[name]]


def _feeds(
    element: Element, model: FluxmlNetwork, place: Place, notes: list[str]
) -> Iterator[Feed]:
    """Yield the feeds of one input: one, or one for every period of its profile."""
    where = place(element)
    species = pool_species(element.get("pool", ""), model, where)
    if not species.boundary:
        raise InputError(f'{where}: input pool "{species.id}" has an inflow in the network')
    if (kind := element.get("type", "isotopomer")) != "isotopomer":
        raise InputError(
            f'{where}: input of type "{kind}" cannot be read; give the isotopomers of the mixture'
        )
    labels = list(element.iterfind("label"))
    if not labels:
        if species.atoms:
            notes.append(f"{where}: input {species.id} has no label and is taken as natural.")
            yield natural_feed(species, NATURAL, 0.0, where)
        return
    if any(label.get("purity") for label in labels):
        note = (
            "Atoms that inputs with a purity leave unlabelled are heavy by nature, as in 13CFLUX."
        )
        if note not in notes:
            notes.append(note)
    starts = _periods(element.get("profile"), where)
    shares = [_fractions(label, len(starts), place(label)) for label in labels]
    heavy = [_heavy(label, species, place(label)) for label in labels]
    for k, start in enumerate(starts):
        total = sum(share[k] for share in shares)
        if abs(total - 1) > SUM_TOLERANCE:
            raise InputError(
                f'{where}: the fractions of input "{species.id}" add up to {total:g}, not 1'
            )
        tracers = [Tracer(share[k], chances) for share, chances in zip(shares, heavy) if share[k]]
        yield Feed(species.id, tuple(tracers), start, where)


def _periods(profile: str | None, where: str) -> list[float]:
    """Return when each period of an input profile begins."""
    ends = [part.strip() for part in (profile or "").split(",") if part.strip()]
    times = [number(end, "profile time", where) for end in ends if end.lower() != "inf"]
    starts = [0.0, *(time for time in times if time != 0)]
    if any(b <= a for a, b in pairwise(starts)):
        raise InputError(f'{where}: the times of profile="{profile}" do not rise from 0')
    return starts


def _fractions(label: Element, periods: int, where: str) -> list[float]:
    if label.find("math") is not None:
        raise InputError(f"{where}: MathML cannot be read; write the profile as text")
    text = label.findtext("textual") or label.text or ""
    parts = [part.rpartition(":")[2].strip() for part in text.split(";") if part.strip()]
    values = []
    for part in parts:
        try:
            total = parse_sum(part, ["t"], "name", where)
        except (InputError, UnknownNameError):
            raise InputError(f'{where}: "{part}" is no fraction') from None
        if total.terms:
            raise InputError(
                f'{where}: the fraction "{part}" changes gradually; only steps can be read'
            )
        values.append(total.constant)
    if len(values) != periods or not all(0 <= value <= 1 for value in values):
        wanted = "a fraction" if periods == 1 else f"{periods} fractions separated by ;"
        raise InputError(f'{where}: "{text.strip()}" is not {wanted} between 0 and 1')
    return values


def _heavy(label: Element, species: Species, where: str) -> dict[str, tuple[float, ...]]:
    """Return each atom's chance to be heavy: the purity at labelled positions.

    The others are light if no purity is given; with one they carry the natural label.
    """
    cfg = label.get("cfg", "").strip()
    atoms = atoms_in_order(species)
    if len(cfg) != len(atoms) or cfg.strip("01"):
        raise InputError(
            f'{where}: cfg="{cfg}" needs a 0 or 1 for each of the {len(atoms)} atoms of '
            f"{species.id}"
        )
    texts = label.get("purity", "").split() or ["1"]
    purities = [number(text, "purity", where) for text in texts]
    if not all(0 <= purity <= 1 for purity in purities):
        raise InputError(f'{where}: purity="{label.get("purity")}" is not between 0 and 1')
    if len(purities) not in (1, len(species.atoms)):
        raise InputError(f"{where}: give one purity for each of {', '.join(species.atoms)}")
    if len(purities) == 1:
        purities *= len(species.atoms)
    purity = dict(zip(species.atoms, purities))
    heavy: dict[str, list[float]] = {}
    for (element, _), mark in zip(atoms, cfg):
        light = NATURAL.get(element, 0.0) if label.get("purity") else 0.0
        heavy.setdefault(element, []).append(purity[element] if mark == "1" else light)
    return {element: tuple(values) for element, values in heavy.items() if any(values)}


def _label(
    group: Element,
    data: Mapping[str, Sequence[Element]],
    model: FluxmlNetwork,
    stationary: bool,
    place: Place,
    notes: list[str],
) -> LabelMeasurement:
    where = place(group)
    name = group.get("id", "")
    if group.find("errormodel") is not None:
        notes.append(f"{where}: the error model of {name} is not used; each value has its stddev.")
    said = parse_notation(textual(group, place), lambda pool: pool_species(pool, model), where)
    scale = group.get("scale", "auto")
    if scale not in ("auto", "one"):
        raise InputError(f'{where}: scale="{scale}" is neither "auto" nor "one"')
    times = _times(group, data.get(name, ()), stationary, place)
    values, sd = _values(said, data.get(name, ()), times, place)
    return LabelMeasurement(
        id=name,
        species=(model.pools[said.pool],),
        groups=said.groups,
        channels=said.channels,
        values=values,
        sd=sd,
        times=times,
        free_scale=scale == "auto",
        where=where,
    )


def textual(element: Element, place: Place) -> str:
    """Return the text of <textual>, or raise InputError if there is none."""
    if element.find("math") is not None:
        raise InputError(f"{place(element)}: MathML cannot be read; write it in <textual>")
    text = element.findtext("textual")
    if text is None:
        raise InputError(f"{place(element)}: <{element.tag}> has no <textual>")
    return text


def _times(
    group: Element, data: Sequence[Element], stationary: bool, place: Place
) -> tuple[float, ...]:
    texts = [part for part in group.get("times", "").split(",") if part.strip()]
    if not texts:
        texts = sorted({datum.get("time", "") for datum in data} - {""})
    if stationary:
        return ()
    if any(isinf(float(text)) for text in texts if text.strip().lstrip("+").lower() == "inf"):
        raise InputError(
            f'{place(group)}: time "inf" is a stationary value; '
            "put it into a stationary configuration"
        )
    times = tuple(sorted({number(text, "time", place(group)) for text in texts}))
    if not times or times[0] < 0:
        raise InputError(f"{place(group)}: give times, from 0 on, or a stationary configuration")
    return times


def _values(
    said: Notation, data: Sequence[Element], times: tuple[float, ...], place: Place
) -> tuple[np.ndarray, np.ndarray]:
    shape = (max(len(times), 1), len(said.channels))
    values, sd = np.full(shape, np.nan), np.full(shape, np.nan)
    for datum in data:
        where = place(datum)
        row = 0
        if times:
            time = number(datum.get("time", ""), "time", where)
            if time not in times:
                raise InputError(f"{where}: time {time:g} is none of its group's times")
            row = times.index(time)
        column = _column(said, datum, where)
        if not np.isnan(values[row, column]):
            raise InputError(f"{where}: this value of {datum.get('id')} stands twice")
        values[row, column] = number(datum.text or "", "value", where)
        sd[row, column] = stddev(datum, where)
    return values, sd


def stddev(datum: Element, where: str) -> float:
    """Return the standard deviation of a datum, or raise InputError if it is not positive."""
    value = number(datum.get("stddev", ""), "stddev", where)
    if value <= 0:
        raise InputError(f"{where}: stddev {value:g} is not positive")
    return value


def _column(said: Notation, datum: Element, where: str) -> int:
    """Return which signal of its group a datum is."""
    weight = datum.get("weight")
    if weight is not None:
        key = ",".join(part.strip() for part in weight.split(","))
    elif datum.get("pos") is not None:
        key = datum.get("type", "") + datum.get("pos", "").strip()
    else:
        row = datum.get("row", "1").strip()
        index = int(row) if row.isdecimal() else 0
        if not 1 <= index <= len(said.keys):
            raise InputError(f'{where}: row "{row}" is none of 1 to {len(said.keys)}')
        return index - 1
    if key not in said.keys:
        raise InputError(f"{where}: {key} is none of the group's {', '.join(said.keys)}")
    return said.keys.index(key)
