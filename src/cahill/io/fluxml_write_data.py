"""A configuration of a FluxML file: inputs, measurements and the state to simulate."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from xml.etree.ElementTree import Element, SubElement

import numpy as np

from cahill.core.labelling import Experiment, Feed, LabelMeasurement, Tracer, TracingStudy
from cahill.core.network import Species
from cahill.errors import InputError
from cahill.io.fluxml_common import BEFORE, NATURAL, NATURAL_BEFORE, atoms_in_order, natural_feed
from cahill.io.fluxml_labels import write_notation
from cahill.io.fluxml_write_names import Names, flux_text, linear_text

MAX_MIXED_ATOMS = 10
"""Most atoms of unequal label in one form; it is written as 2 to this power isotopomers."""

Form = tuple[str, str]
"""An isotopomer in the file: cfg and purity, blank if pure."""


def add_configuration(
    root: Element, experiment: Experiment, study: TracingStudy, names: Names
) -> None:
    """Add an experiment as a configuration, with the study's measured fluxes and state."""
    configuration = SubElement(root, "configuration", name=experiment.name)
    configuration.set("stationary", "true" if experiment.stationary else "false")
    by_species: dict[str, list[Feed]] = {}
    for feed in experiment.feeds:
        if feed.start >= 0:
            by_species.setdefault(feed.species, []).append(feed)
        elif feed != _before(study.network.species[feed.species]):
            names.lost.append(f"FluxML has no word for the label of {feed.species} before time 0.")
    if not experiment.stationary and all(feed.start >= 0 for feed in experiment.feeds):
        names.lost.append(
            f"{experiment.name} begins unlabelled; readers of FluxML let it begin at natural "
            "abundance."
        )
    for name in sorted(names.inputs - by_species.keys()):
        # 13CFLUX wants every input said; a blank one it would take as natural.
        by_species[name] = [Feed(name, (Tracer(1.0),))]
    for name, feeds in by_species.items():
        if name in names.inputs:
            _input(configuration, study.network.species[name], feeds, names)
        else:
            names.lost.append(f"FluxML cannot feed {name}, which a reaction makes.")
    _measurement(configuration, experiment, study, names)
    _simulation(configuration, study, names)


def _before(species: Species) -> Feed:
    """Return the label of an input before time 0 as a reader of FluxML takes it."""
    return natural_feed(species, NATURAL_BEFORE, BEFORE)


def _input(configuration: Element, species: Species, feeds: Sequence[Feed], names: Names) -> None:
    element = SubElement(configuration, "input", pool=names.pools[species.id], type="isotopomer")
    if not species.atoms:
        return
    periods = sorted(feeds, key=lambda feed: feed.start)
    atoms = atoms_in_order(species)
    starts = [feed.start for feed in periods]
    if starts[0] > 0:  # unlabelled until then
        starts = [0.0, *starts]
    shares: dict[Form, list[float]] = {}
    if len(starts) > len(periods):
        shares["0" * len(atoms), ""] = [1.0] + [0.0] * len(periods)
    for k, feed in enumerate(periods, start=len(starts) - len(periods)):
        for tracer in feed.tracers:
            for form, share in _forms(tracer, species):
                shares.setdefault(form, [0.0] * len(starts))[k] += share
    if len(starts) > 1:
        element.set("profile", ",".join(repr(float(start)) for start in starts[1:]))
    for (cfg, purity), values in shares.items():
        label = SubElement(element, "label", cfg=cfg)
        if purity:
            label.set("purity", purity)
        text = ";".join(repr(float(value)) for value in values)
        if len(starts) > 1:
            SubElement(label, "textual").text = text
        else:
            label.text = text


def _forms(tracer: Tracer, species: Species) -> Iterator[tuple[Form, float]]:
    """Yield a labelled form as isotopomers: one with a purity if its labels are alike."""
    atoms = atoms_in_order(species)
    chances = [tracer.heavy.get(e, (0.0,) * k)[k - 1] for e, k in atoms]
    marked = {e: _marked(tracer.heavy.get(e, (0.0,) * n), e) for e, n in species.atoms.items()}
    if all(one is not None for one in marked.values()) and not set(chances) <= {0.0, 1.0}:
        pairs = [one for one in marked.values() if one is not None]
        purity = " ".join(repr(float(value)) for _, value in pairs)
        yield ("".join(cfg for cfg, _ in pairs), purity), tracer.fraction
        return
    mixed = [k for k, chance in enumerate(chances) if 0 < chance < 1]
    if len(mixed) > MAX_MIXED_ATOMS:
        raise InputError(f"the label of {species.id} has too many unequal atoms for FluxML")
    for state in product((0, 1), repeat=len(mixed)):
        heavy = [float(chance == 1) for chance in chances]
        share = tracer.fraction
        for k, one in zip(mixed, state):
            heavy[k] = one
            share *= chances[k] if one else 1 - chances[k]
        yield ("".join("1" if one else "0" for one in heavy), ""), share


def _marked(chances: Sequence[float], element: str) -> tuple[str, float] | None:
    """Return cfg and purity of an element's atoms, or None if a purity cannot say their labels.

    Beside a purity, FluxML's 0 is the natural chance to be heavy.
    """
    natural = NATURAL.get(element, 0.0)
    others = {chance for chance in chances if chance != natural}
    if len(others) > 1:
        return None
    purity = others.pop() if others else 1.0
    return "".join("0" if chance == natural else "1" for chance in chances), purity


def _measurement(
    configuration: Element, experiment: Experiment, study: TracingStudy, names: Names
) -> None:
    block = Element("measurement")
    units = Element("mlabel")
    for tag, unit in (("fluxunit", study.flux_unit), ("timeunit", study.time_unit)):
        if unit:
            SubElement(units, tag).text = unit
    if len(units):
        block.append(units)
    model, data = Element("model"), Element("data")
    labels = Element("labelingmeasurement")
    for label in experiment.labels:
        _label(labels, data, label, study, names)
    fluxes = Element("fluxmeasurement")
    for flux in study.fluxes:
        kind, text = flux_text(flux.terms, names, study.network)
        if not kind:
            names.lost.append(f"The measured flux {flux.id} has no form in FluxML.")
            continue
        tag = "netflux" if kind == "net" else "xchflux"
        SubElement(SubElement(fluxes, tag, id=flux.id), "textual").text = text
        _datum(data, flux.id, flux.value, flux.sd)
    pools = Element("poolsizemeasurement")
    for pool in study.pools:
        text = linear_text({names.pools[name]: 1.0 for name in pool.species})
        SubElement(SubElement(pools, "poolsize", id=pool.id), "textual").text = text
        _datum(data, pool.id, pool.value, pool.sd)
    model.extend(part for part in (labels, fluxes, pools) if len(part))
    if len(model) or len(units):
        block.extend((model, data))
        configuration.append(block)


def _datum(data: Element, name: str, value: float, sd: float) -> Element:
    element = SubElement(data, "datum", id=name, stddev=repr(float(sd)))
    element.text = repr(float(value))
    return element


def _label(
    labels: Element, data: Element, label: LabelMeasurement, study: TracingStudy, names: Names
) -> None:
    species = study.network.species[label.species[0]]
    said = write_notation(label, names.pools[species.id], species)
    if len(label.species) > 1 or said is None:
        what = "mixture of pools" if len(label.species) > 1 else "kind of signal"
        names.lost.append(f"The measurement {label.id} is a {what} that FluxML cannot say.")
        return
    text, notation = said
    group = SubElement(labels, "group", id=label.id, scale="auto" if label.free_scale else "one")
    if label.times:
        group.set("times", ",".join(repr(float(time)) for time in label.times))
    SubElement(group, "textual").text = text
    for row, column in np.argwhere(label.measured):
        value, sd = float(label.values[row, column]), float(label.sd[row, column])
        datum = _datum(data, label.id, value, sd)
        if label.times:
            datum.set("time", repr(float(label.times[row])))
        for attribute, value in _address(text, notation.keys[column], int(column)).items():
            datum.set(attribute, value)


def _address(text: str, key: str, column: int) -> Mapping[str, str]:
    """Return the attributes that say which signal of its group a value is."""
    if "#M" in text:
        return {"weight": key}
    kind = key.rstrip("0123456789")
    if kind or "#P" in text:
        return {"pos": key.removeprefix(kind)} | ({"type": kind} if kind else {})
    return {"row": str(column + 1)}


def _simulation(configuration: Element, study: TracingStudy, names: Names) -> None:
    variables = Element("variables")
    weights = {step.id: step.weights for step in study.network.steps}
    values = [("net", names.steps[name][0], value) for name, value in study.point.net.items()]
    values += [("xch", name, value) for name, value in study.point.exchange.items()]
    for kind, step, value in values:
        ids = names.fluxes[step]
        # The first variant's part; the file's own constraints give the others.
        part = weights[step][0] if len(ids) > 1 else 1.0
        part = -part if kind == "net" and step in names.backwards else part
        element = SubElement(variables, "fluxvalue", flux=ids[0], type=kind)
        element.text = repr(float(value * part))
    for name, value in study.point.pools.items():
        element = SubElement(variables, "poolsizevalue", pool=names.pools[name])
        element.text = repr(float(value))
    if len(variables):
        SubElement(configuration, "simulation", type="auto", method="auto").append(variables)
