"""A FluxML study in FreeFlux's notation, written by our environment for FreeFlux's own.

FreeFlux knows no linear constraints between fluxes. Those that tie a drain to the growth rate
(`0.488 R67 = bmAla`) are carried by one growth reaction that uses the pools in these proportions;
the network is the same. Its names may not hold an underscore.
"""

import json
from pathlib import Path

import numpy as np

from cahill.core.labelling import Feed, Flux, TracingStudy
from cahill.core.network import AtomMap, Step
from cahill.tracing.flux_space import FluxSpace, FluxState


def write_model(
    study: TracingStudy, space: FluxSpace, state: FluxState, values: np.ndarray, folder: Path
) -> None:
    """Write `freeflux.tsv` and `freeflux.json`.

    Parameters
    ----------
    study : TracingStudy
        Read from FluxML, with one stationary experiment.
    space, state : FluxSpace, FluxState
        The fluxes to simulate.
    values : numpy.ndarray
        Predicted values of all channels, to serve as data of a fit.
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
            _plain(one.of): [one.value, one.sd]
            for one in _single_fluxes(study)
            if one.of not in drains
        },
        "fragments": _fragments(study, values),
    }
    (folder / "freeflux.json").write_text(json.dumps(setting), encoding="utf-8")


def _plain(name: str) -> str:
    return name.replace("_", "")


class _Measured:
    def __init__(self, of: str, value: float, sd: float) -> None:
        self.of, self.value, self.sd = of, value, sd


def _single_fluxes(study: TracingStudy) -> list[_Measured]:
    """Return the measured single net fluxes; FreeFlux knows no sums."""
    found = []
    for one in study.fluxes:
        if len(one.terms) == 1:
            (flux,) = one.terms
            found.append(_Measured(flux.of, one.value, one.sd))
    return found


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
        letters = dict.fromkeys(
            participants(one)[place].letters.get("C", "") for one in step.maps
        )
        words.append(f"{_plain(first.species)}({','.join(letters)})" if any(letters) else
                     _plain(first.species))
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
    """Return each fragment measured as a whole: first measurement and its data."""
    found: dict[str, list] = {}
    start = 0
    for one in study.experiments[0].labels:
        atoms = "".join(str(position) for _, position in one.groups[0])
        stop = start + len(one.channels)
        if len(one.channels) == len(one.groups[0]) + 1:
            name = f"{_plain(one.species[0])}_{atoms}"
            found.setdefault(name, [one.id, values[start:stop].tolist()])
        start = stop
    return found
