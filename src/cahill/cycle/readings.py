"""Readings of one state for tables and maps: fluxes of every reaction, levels, the cycle map."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from cahill.cycle.build import CycleModel
from cahill.cycle.quantities import FLUX, QUANTITIES, QuantityRule, StateView, view_of
from cahill.errors import ModelError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.theme import ThemeName

_ENGINE_TIME = re.compile(r"\bt = ([\d.]+(?:e[+-]?\d+)?)")


def flux_frame(view: StateView) -> pd.DataFrame:
    """Return the flux of every reaction.

    Forward and backward are the gross fluxes of a reversible step; a transaminase has two steps,
    of which the first, that of its amino acid, stands here. A reaction that runs one way has its
    net flux and none back.

    Returns
    -------
    pandas.DataFrame
        Columns reaction, net, forward, backward, unit (umol/kg/min); one reaction a row, in the
        order of the model.
    """
    two_way = gross_fluxes(view)
    rows = []
    for reaction in view.system.reaction_names:
        net = view.flux(reaction)
        forward, backward = two_way.get(reaction, (net, 0.0))
        rows.append((reaction, net, forward, backward, FLUX))
    return pd.DataFrame(rows, columns=["reaction", "net", "forward", "backward", "unit"])


def gross_fluxes(view: StateView) -> dict[str, tuple[float, float]]:
    """Return forward and backward flux of every reversible reaction, umol/kg/min, by its id."""
    known = set(view.system.observable_names)
    gross: dict[str, tuple[float, float]] = {}
    for step in view.model.network.steps:
        names = f"{step.id}_forward", f"{step.id}_backward"
        if step.reaction not in gross and known.issuperset(names):
            gross[step.reaction] = view.flux(names[0]), view.flux(names[1])
    return gross


def concentrations(view: StateView) -> dict[str, float]:
    """Return the concentration of every species that the model balances, mmol/L."""
    return {
        name: view.level(name)
        for name, species in view.model.species.items()
        if not (species.boundary or species.enzyme_bound)
    }


def quantity_values(view: StateView, names: Iterable[str] = QUANTITIES) -> dict[str, float]:
    """Return reported quantities of a state, each in the unit of its rule.

    One that is not defined there is not a number: a share of nothing, or a carbon transfer where a
    flux runs against the direction of its atom map.
    """
    return {name: _read(QUANTITIES[name], view) for name in names}


def _read(rule: QuantityRule, view: StateView) -> float:
    try:
        return float(rule.read(view))
    except (ModelError, ZeroDivisionError):
        return float("nan")


def quantity_frame(values: Mapping[str, float]) -> pd.DataFrame:
    """Return reported quantities with their titles: columns quantity, title, value, unit."""
    rows = [
        (name, QUANTITIES[name].title, value, QUANTITIES[name].unit)
        for name, value in values.items()
    ]
    return pd.DataFrame(rows, columns=["quantity", "title", "value", "unit"])


def cycle_map(view: StateView, title: str, subtitle: str, theme: "ThemeName" = "light") -> "Figure":
    """Draw the three-lane map of a state with net and gross fluxes and concentrations."""
    from cahill.results.drawing import draw_cycle_map

    rates = {reaction: view.flux(reaction) for reaction in view.system.reaction_names}
    return draw_cycle_map(
        rates,
        gross=gross_fluxes(view),
        concentrations=concentrations(view),
        title=title,
        subtitle=subtitle,
        theme=theme,
    )


def tracer_quantities(model: CycleModel) -> tuple[str, ...]:
    """Return the reported quantities that a tracer study measures (a linear solve each)."""
    view = view_of(model, model.system.default_state, model.system.default_parameters)
    return tuple(name for name, rule in QUANTITIES.items() if _asks_tracer(rule, view))


def _asks_tracer(rule: QuantityRule, view: StateView) -> bool:
    """Read a quantity with a stand-in for the tracer study, which fills where it is asked."""
    probe = StateView(view.model, view.state, view.parameters, view.observables)
    asked: dict[str, float] = defaultdict(lambda: 1.0)
    vars(probe)["tracer"] = asked
    rule.read(probe)
    return bool(asked)


def gap_reason(view: StateView) -> str:
    """Return why carbon transfers are not defined in a state; empty if they are."""
    try:
        _ = view.tracer
    except ModelError as error:
        return str(error)
    except ZeroDivisionError:
        return "what they are shares of is zero"
    return ""


def readable_times(message: str) -> str:
    """Return a message of the engine, whose times are bare minutes, with times a reader knows."""
    text = _ENGINE_TIME.sub(lambda hit: _time_text(float(hit[1])), message)
    return text.replace("per unit of time", "per min").replace(
        "hold it (free) or balance its supply", "balance its supply and use"
    )


def _time_text(minutes: float) -> str:
    return f"{minutes:.3g} min" if minutes < 60.0 else f"{minutes / 60.0:.3g} h"
