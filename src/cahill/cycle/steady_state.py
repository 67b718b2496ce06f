"""The steady state of the cycle at given glycogen: fluxes, levels, stability, time constants."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.linalg import eig

from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.inputs import states
from cahill.cycle.quantities import HEADLINE, QUANTITIES, StateView
from cahill.cycle.readings import cycle_map, flux_frame, gap_reason, quantity_values, readable_times
from cahill.cycle.report_parts import (
    flux_section,
    headline_fact,
    parameter_keys,
    parameters_section,
    quantities_table,
    source_lines,
)
from cahill.cycle.subjects import free_states_at_rest
from cahill.errors import ConvergenceError
from cahill.numerics import steady_state as numerics
from cahill.numerics.compile import compiled
from cahill.results.base import Result
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.provenance import collect_provenance
from cahill.results.tables import format_number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A mode slower than this share of the fastest is a conserved total, not a mode.
_CONSERVED = 1e-12


@dataclass(frozen=True, kw_only=True, eq=False)
class SteadyStateResult(Result):
    """Where the cycle comes to rest.

    Attributes
    ----------
    view : StateView
        The state, to read fluxes and levels off.
    steady : numerics.steady_state.SteadyState
        State, residual, eigenvalues (1/min), stability.
    held : mapping of str to float
        Slow pools and the concentrations at which they are held, mmol/L.
    time_constants : pandas.DataFrame
        How fast disturbances fade: time_constant_h, period_h (missing unless they oscillate), and
        leading, the states that take most part; slowest first.
    """

    view: StateView
    steady: numerics.SteadyState
    held: Mapping[str, float]
    time_constants: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        return "Steady state of the glucose-alanine cycle"

    @cached_property
    def reported(self) -> Mapping[str, float]:
        """The reported quantities, each in the unit of its rule."""
        return quantity_values(self.view)

    def fluxes(self) -> pd.DataFrame:
        """Return net and gross flux of every reaction: reaction, net, forward, backward, unit."""
        return flux_frame(self.view)

    def summary(self) -> str:
        """Return whether it is stable, the alanine flux and the carbon transfers in a sentence."""
        values = {name: format_number(self.reported[name]) for name in HEADLINE}
        kind = "stable" if self.steady.stable else "unstable"
        slowest = self.time_constants.iloc[0]
        return (
            f"The cycle has a {kind} steady state: plasma alanine flux {values['alanine_ra']}, "
            f"glucose → alanine carbon {values['glucose_to_alanine']}, alanine → glucose carbon "
            f"{values['alanine_to_glucose']} µmol/kg/min; the slowest disturbance "
            f"({slowest['leading'].partition(' ')[0]}) fades with a time constant of "
            f"{format_number(slowest['time_constant_h'])} h."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return states, reported quantities and net fluxes: kind, quantity, value, unit."""
        names = self.view.system.state_names
        known = states()
        rows = [
            ("state", name, float(value), known[name].unit)
            for name, value in zip(names, self.view.state)
        ]
        rows += [
            ("reported", name, value, QUANTITIES[name].unit)
            for name, value in self.reported.items()
        ]
        fluxes = self.fluxes()
        rows += [
            ("flux", *row) for row in fluxes[["reaction", "net", "unit"]].itertuples(index=False)
        ]
        return pd.DataFrame(rows, columns=["kind", "quantity", "value", "unit"])

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return levels, fluxes and time constants."""
        return {
            "results": self.to_frame(),
            "fluxes": self.fluxes(),
            "time_constants": self.time_constants,
        }

    def plot(self) -> "Figure":
        """Return the cycle map."""
        held = ", ".join(f"{name} {value:.3g} mmol/L" for name, value in self.held.items())
        return cycle_map(self.view, self.title, f"held: {held}")

    def page(self) -> Page:
        """Return the report."""
        facts = tuple(headline_fact(name, self.reported[name]) for name in HEADLINE)
        picture = Picture(
            self.plot(),
            "Fluxes per kg of body weight, µmol/kg/min. Carbon is blue, nitrogen orange.",
            alt="Map of the glucose-alanine cycle at steady state",
            name="cycle-map",
            min_width=820,
        )
        caption = (
            "Every mode in which a disturbance fades, slowest first: after one time constant 37 % "
            "of it is left. The states that take most part in it lead it."
        )
        headings = {"time_constant_h": "time constant (h)", "period_h": "period (h)"}
        modes = Table(self.time_constants, caption, headings, sortable=True)
        verdict = "stable" if self.steady.stable else "unstable"
        residual = (
            f"The steady state is {verdict}; what is left of the rates of change is at most "
            f"{self.steady.residual:.1g} of a state's size per min."
        )
        return Page(
            title=self.title,
            lead=self.summary(),
            facts=facts,
            sections=(
                Section("The cycle", pictures=(picture,), notes=self.notes),
                Section(
                    "In numbers", tables=(quantities_table({"at steady state": self.reported}),)
                ),
                flux_section(self.view, "at steady state"),
                Section("Stability", (residual,), tables=(modes,)),
                parameters_section(self.view.model.parameters),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def steady_state(*, model: CycleModel | None = None) -> SteadyStateResult:
    """Find the state in which nothing changes, the slow pools (glycogen) being held.

    Parameters
    ----------
    model : CycleModel, optional
        The model of the reference man by default.

    Returns
    -------
    SteadyStateResult
        State, fluxes, quantities, stability, time constants.

    Raises
    ------
    ConvergenceError
        There is none, or it cannot be reached; which state still changes most.
    """
    model = model or build_model()
    system, free = model.system, free_states_at_rest(model)
    try:
        found = numerics.steady_state(system, free=free)
    except ConvergenceError as error:
        raise ConvergenceError(f"steady state: {readable_times(str(error))}") from error
    names = [name for name, may_change in zip(system.state_names, free) if not may_change]
    held = {name: float(found.state[system.state_index(name)]) for name in names}
    view = StateView(model, found.state, system.default_parameters, found.observables)
    return SteadyStateResult(
        view=view,
        steady=found,
        held=held,
        time_constants=_time_constants(model, found.state, free),
        notes=_notes(view, found, held),
        sources=source_lines(parameter_keys(model.parameters)),
        provenance=collect_provenance(
            {"model (Antimony)": model.antimony}, {"parameters": model.parameters.name}
        ),
    )


def _notes(
    view: StateView, found: numerics.SteadyState, held: Mapping[str, float]
) -> tuple[str, ...]:
    notes = [f"{', '.join(held)} held: over days they would change, and the state with them."]
    if not found.stable:
        notes.append(
            "The steady state is unstable: the cycle would leave it after any disturbance."
        )
    if reason := gap_reason(view):
        notes.append(f"Carbon transfers are not defined in this state: {reason}.")
    return tuple(notes)


def _time_constants(model: CycleModel, state: np.ndarray, free: np.ndarray) -> pd.DataFrame:
    """Return the modes of the Jacobian with the states that take part in them.

    The part of a state in a mode is the product of its entries in the left and right eigenvector.
    I. J. Perez-Arriaga et al., IEEE Trans. Power Appar. Syst. 101, 3117 (1982).
    """
    code = compiled(model.system)
    data = code.data_for(model.system.default_parameters, free)
    jacobian = code.jacobian_matrix(0.0, state, data)[np.ix_(free, free)]
    names = np.array(model.system.state_names)[free]
    values, left, right = eig(jacobian, left=True, right=True)  # pyright: ignore[reportAssignmentType]
    decay, turn = -np.real(values), np.imag(values)
    parts = np.abs(left.conj() * right)
    rows = []
    for mode in np.argsort(np.abs(decay)):
        conserved = abs(values[mode]) < _CONSERVED * np.abs(values).max()
        if conserved or turn[mode] < 0:  # an oscillation is a pair of modes, one of them the row
            continue
        share = parts[:, mode] / parts[:, mode].sum()
        leading = [f"{names[k]} {share[k]:.0%}" for k in np.argsort(-share)[:3] if share[k] > 0.05]
        period = 2 * np.pi / turn[mode] / 60.0 if turn[mode] > 0 else np.nan
        rows.append((1.0 / decay[mode] / 60.0, period, ", ".join(leading)))
    return pd.DataFrame(rows, columns=["time_constant_h", "period_h", "leading"])
