"""A FluxML study in FreeFlux's notation, written by our environment for FreeFlux's own.

FreeFlux knows no linear constraints between fluxes. Those that tie a drain to the growth rate
(`0.488 R67 = bmAla`) are carried by one growth reaction that uses the pools in these proportions;
the network is the same. Its names may not hold an underscore.
"""

import json
from pathlib import Path

import numpy as np

from cahill.core.labelling import Feed, Flux, FluxMeasurement, LabelMeasurement, TracingStudy
from cahill.core.network import AtomMap, Step
from cahill.tracing.flux_space import FluxSpace, FluxState


def write_model(
    study: TracingStudy,
    in_time: TracingStudy,
    space: FluxSpace,
    state: FluxState,
    values: np.ndarray,
    folder: Path,
) -> None:
    """Write `freeflux.tsv` and `freeflux.json`.

    Parameters
    ----------
    study, in_time : TracingStudy
        Read from FluxML, each with one experiment: at isotopic steady state, and not.
    space, state : FluxSpace, FluxState
        The fluxes to simulate.
    values : numpy.ndarray
        Predicted values of all channels at steady state, to serve as data of a fit.
    folder : Path
        Where to.
    """
    growth, drains = _growth(study)
    lines = ["#reaction_ID\tsubstrate_IDs(atom)\tproduct_IDs(atom)\treversibility"]
    for step in study.network.steps:
        if step.id in drains:
            continue
        if step.id == growth:
            lines.append(_growth_line(study, growth, drains))
        elif step.maps[0].products:
            lines.append(_line(step, step.id in study.network.reversible))
        else:
            lines.append(f"{_plain(step.id)}\t{_side(step, 'reactants')}\t{_plain(step.id)}x\t0")
    (folder / "freeflux.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    gross = dict(zip(space.gross, state.gross))
    kept = [step for step in study.network.steps if step.id not in drains]
    fluxes: dict[str, float] = {}
    for step in kept:
        name = _plain(step.id)
        if step.id in study.network.reversible:
            fluxes[f"{name}_f"] = float(gross[Flux(step.id, "forward")])
            fluxes[f"{name}_b"] = float(gross[Flux(step.id, "backward")])
        else:
            fluxes[name] = float(gross[Flux(step.id, "forward")])
    (experiment,) = study.experiments
    setting = {
        "tracers": [tracer for feed in experiment.feeds if (tracer := _tracer(feed))],
        "fluxes": fluxes,
        "measured": {
            _plain(name): [one.value, one.sd]
            for name, one in _single_fluxes(study).items()
            if name not in drains
        },
        "fragments": _fragments(study, values),
        "pools": {_plain(name): size for name, size in in_time.point.pools.items()},
        "times": in_time.experiments[0].labels[0].times,
        "fragments_in_time": {name: one.id for name, one in _whole_fragments(in_time).items()},
    }
    (folder / "freeflux.json").write_text(json.dumps(setting), encoding="utf-8")


def _plain(name: str) -> str:
    return name.replace("_", "")


def _single_fluxes(study: TracingStudy) -> dict[str, FluxMeasurement]:
    """Return measurements of one flux each; FreeFlux knows no sums."""
    return {next(iter(one.terms)).of: one for one in study.fluxes if len(one.terms) == 1}


def _growth(study: TracingStudy) -> tuple[str, dict[str, float]]:
    """Return the growth reaction and the drains tied to it, with their proportions."""
    drains: dict[str, float] = {}
    growth = set()
    for constraint in study.constraints:
        terms = {flux.of: c for flux, c in constraint.terms.items() if isinstance(flux, Flux)}
        if constraint.relation != "=" or constraint.value or len(terms) != 2:
            continue
        (drain, part), (rate, factor) = sorted(terms.items(), key=lambda item: item[1])
        drains[drain] = -factor / part
        growth.add(rate)
    (one,) = growth
    return one, drains


def _growth_line(study: TracingStudy, growth: str, drains: dict[str, float]) -> str:
    used = [
        f"{factor:g}{_plain(part.species)}"  # its atoms leave the network
        for drain, factor in drains.items()
        for part in study.network.step(drain).maps[0].reactants
    ]
    return f"{_plain(growth)}\t{'+'.join(used)}\tBiomass\t0"


def _line(step: Step, reversible: bool) -> str:
    sides = f"{_side(step, 'reactants')}\t{_side(step, 'products')}"
    return f"{_plain(step.id)}\t{sides}\t{int(reversible)}"


def _side(step: Step, side: str) -> str:
    """Return one side; orientations that differ between the alternatives stand side by side."""

    def participants(of: AtomMap):
        return of.reactants if side == "reactants" else of.products

    words = []
    for place, first in enumerate(participants(step.maps[0])):
        letters = dict.fromkeys(participants(one)[place].letters.get("C", "") for one in step.maps)
        words.append(
            f"{_plain(first.species)}({','.join(letters)})"
            if any(letters)
            else _plain(first.species)
        )
    return "+".join(words)


def _tracer(feed: Feed) -> dict | None:
    patterns, shares = [], []
    for tracer in feed.tracers:
        pattern = "".join("1" if chance > 0.5 else "0" for chance in tracer.heavy.get("C", ()))
        if "1" in pattern:
            patterns.append(pattern)
            shares.append(tracer.fraction)
    if not patterns:
        return None
    return {"substrate": _plain(feed.species), "patterns": patterns, "shares": shares}


def _fragments(study: TracingStudy, values: np.ndarray) -> dict[str, list]:
    """Return the first measurement of each fragment and its data."""
    sizes = [len(one.channels) for one in study.experiments[0].labels]
    parts = np.split(values, np.cumsum(sizes)[:-1])
    data = {one.id: part.tolist() for one, part in zip(study.experiments[0].labels, parts)}
    return {name: [one.id, data[one.id]] for name, one in _whole_fragments(study).items()}


def _whole_fragments(study: TracingStudy) -> dict[str, LabelMeasurement]:
    """Return the first measurement of each fragment, if all its isotopologues are measured."""
    found: dict[str, LabelMeasurement] = {}
    for one in study.experiments[0].labels:
        atoms = "".join(str(position) for _, position in one.groups[0])
        if len(one.channels) == len(one.groups[0]) + 1:
            found.setdefault(f"{_plain(one.species[0])}_{atoms}", one)
    return found
