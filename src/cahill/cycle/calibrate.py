"""Fit the parameters that the literature does not give, from calibration targets alone.

1. The published fluxes of the 12-h state are balanced (`flux_map.reconcile`); those marked `tracer`
   move within their sd until the tracer targets are met as well as they can be.
2. ALT's Vmax is measured, so a concentration on its way follows from its flux; every other law's
   Vmax or rate constant follows from its flux (`flux_map.solve_scales`).
3. The gains of hormones and exercise are fitted, group by group, to dose-response and scenario
   targets. Whenever a gain moves, step 2 is repeated, so the 12-h state stays what it is.

Validation targets are never read here.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, least_squares

from cahill.core.evidence import Evidence
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.cycle.build import DATA, build_model
from cahill.cycle.experiments import Laboratory
from cahill.cycle.flux_map import FluxRow, read_flux_map, reconcile, solve_scales
from cahill.cycle.quantities import QUANTITIES, view_of
from cahill.cycle.run import starting_state
from cahill.cycle.scenarios import load_scenario
from cahill.cycle.targets import Target, target_by_id, targets_frame
from cahill.errors import ModelError
from cahill.io.tables import read_parameters
from cahill.numerics.ode import integrate
from cahill.results.base import Result
from cahill.results.comparison import draw_comparison

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]

# The concentration that follows from the flux of an ALT whose Vmax is measured.
ALT_STATES = {
    "aKG_muscle": ("ALT1_muscle", "ALT2_muscle"),
    "Ala_liver": ("ALT1_liver",),
    "Ala_liver_mito": ("ALT2_liver",),
}
ALT_BRACKET = (0.01, 5.0)  # mmol/L
# A tracer target counts as if its range were this many standard errors on each side: five rather
# than two, because these are what the model is for and the fluxes that give way mostly assumed.
TRACER_WEIGHT = 5.0
TRACER_TARGETS = ("01", "02", "03", "05a", "05b", "47")
SECRETION = {
    "insulin_secretion": ("insulin_secretion_max", "Insulin"),
    "glucagon_secretion": ("glucagon_secretion_max", "Glucagon"),
}
GROUPS = ("expression", "proteolysis", "response")
# Pull of a gain towards its start, per natural logarithm: it settles what the targets leave open.
GAIN_PRIOR = 0.05


@dataclass(frozen=True)
class Gain:
    """A parameter fitted to dose-response or scenario targets; see `gains.tsv`."""

    parameter: str
    start: float
    low: float
    high: float
    unit: str
    group: str
    targets: tuple[Target, ...]
    note: str


def read_gains() -> tuple[Gain, ...]:
    """Read `gains.tsv`.

    Raises
    ------
    ModelError
        If a gain is fitted to a validation target.
    """
    text = (DATA / "calibration" / "gains.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    gains = []
    for row in csv.DictReader(lines, dialect="excel-tab"):
        chosen = tuple(target_by_id(name) for name in row["targets"].split(","))
        for target in chosen:
            if target.role != "calibration":
                raise ModelError(
                    f"gains.tsv: {row['parameter']} is fitted to target {target.id}, "
                    "which is kept for validation"
                )
        start, low, high = (float(row[column]) for column in ("start", "low", "high"))
        gains.append(
            Gain(row["parameter"], start, low, high, row["unit"], row["group"], chosen, row["note"])
        )
    return tuple(gains)


@dataclass(frozen=True, kw_only=True)
class Calibration(Result):
    """The outcome of a calibration.

    Attributes
    ----------
    fitted : ParameterSet
        The fitted parameters, for `fitted.tsv`.
    fluxes : mapping of str to float
        The balanced flux map, umol/kg/min.
    rows : tuple of Target
        The targets used.
    predictions : mapping of str to float
        By target id.
    """

    fitted: ParameterSet
    fluxes: Mapping[str, float]
    rows: tuple[Target, ...]
    predictions: Mapping[str, float]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return "Calibration"

    def summary(self) -> str:
        """Return how well the targets used are met, in one sentence."""
        met = int(self.to_frame()["met"].sum())
        return (
            f"{len(self.fitted)} parameters fitted; {met} of the {len(self.rows)} targets used lie "
            "within their range."
        )

    def to_frame(self) -> "pd.DataFrame":
        """Return the targets used beside the fitted model, one a row."""
        return targets_frame(self.rows, self.predictions)

    def tables(self) -> Mapping[str, "pd.DataFrame"]:
        """Return the targets, the balanced flux map and the fitted parameters."""
        import pandas as pd

        fluxes = pd.DataFrame({"flux": list(self.fluxes), "umol_per_kg_min": self.fluxes.values()})
        return {"targets": self.to_frame(), "fluxes": fluxes, "fitted": self.fitted.to_frame()}

    def plot(self) -> "Figure":
        """Return the targets' ranges with the fitted model on them."""
        return draw_comparison(self.to_frame(), title="Targets used to fit")


def calibrate(*, progress: Progress | None = None) -> Calibration:
    """Fit the parameters of the reference man.

    Parameters
    ----------
    progress : callable, optional
        Called with (stages done, all stages).

    Returns
    -------
    Calibration
    """
    return Calibrator(progress or (lambda done, total: None)).run()


class Calibrator:
    """Holds the model with provisional numbers while they are found."""

    def __init__(self, progress: Progress) -> None:
        self.rows = read_flux_map(DATA / "calibration" / "flux_map.tsv")
        self.gains = read_gains()
        self.model = build_model(_provisional(self.rows, self.gains))
        self.system = self.model.system
        self.state = self.system.default_state.copy()
        self.parameters = self.system.default_parameters.copy()
        self.progress = progress

    def run(self) -> Calibration:
        """Run the three stages and collect what they found."""
        stages = 2 + len(GROUPS)
        self.progress(0, stages)
        self.fluxes = self._fit_fluxes()
        self.progress(1, stages)
        for number, group in enumerate(GROUPS, start=2):
            self._fit_gains(group)
            self.progress(number, stages)
        self._settle_serum()
        self.progress(stages, stages)
        used = {name: target_by_id(name) for name in TRACER_TARGETS}
        used |= {row.id: row for gain in self.gains for row in gain.targets}
        rows = tuple(used.values())
        laboratory = Laboratory(self.model, rows, self.parameters, self.state)
        return Calibration(
            fitted=self._table(),
            fluxes=self.fluxes,
            rows=rows,
            predictions={row.id: float(laboratory.predict(row)) for row in rows},
        )

    # -- the flux map ---------------------------------------------------------------------------

    def _fit_fluxes(self) -> dict[str, float]:
        """Balance the flux map so that it meets the tracer targets within the fluxes' sd."""
        movable = [row for row in self.rows if row.tracer]
        wanted = [target_by_id(name) for name in TRACER_TARGETS]

        def balanced(shift: np.ndarray) -> dict[str, float]:
            moved = {row.flux: row.value + row.sd * z for row, z in zip(movable, shift)}
            # A moved flux is meant, so the balance may not undo it.
            rows = [
                replace(row, value=moved[row.flux], sd=0.1 * row.sd) if row.tracer else row
                for row in self.rows
            ]
            return reconcile(rows, self.model.network)

        def residuals(shift: np.ndarray) -> np.ndarray:
            self._settle(balanced(shift))
            view = view_of(self.model, self.state, self.parameters)
            misses = [
                TRACER_WEIGHT
                * (QUANTITIES[row.measure].read(view) - float(row.target))
                / row.halfwidth
                for row in wanted
            ]
            return np.concatenate([shift, misses])

        fit = least_squares(residuals, np.zeros(len(movable)), diff_step=1e-3, max_nfev=20)
        fluxes = balanced(fit.x)
        self._settle(fluxes)
        return fluxes

    def _settle(self, fluxes: Mapping[str, float]) -> None:
        """Make the 12-h state carry these fluxes: concentrations around ALT, then the scales."""
        weight = self.parameters[self.system.parameter_index("body_weight")]
        whole = {name: flux * weight / 1000.0 for name, flux in fluxes.items()}
        for name, reactions in ALT_STATES.items():
            self._solve_concentration(name, reactions, sum(whole[r] for r in reactions))
        targets = {row.flux: (row.scale, whole[row.flux]) for row in self.rows if row.scale}
        for observable, (scale, hormone) in SECRETION.items():
            targets[observable] = (scale, self.state[self.system.state_index(hormone)])
        self.parameters = solve_scales(self.system, self.state, self.parameters, targets)

    def _solve_concentration(self, name: str, reactions: tuple[str, ...], flux: float) -> None:
        place = self.system.state_index(name)
        columns = [self.system.observable_index(reaction) for reaction in reactions]

        def gap(level: float) -> float:
            self.state[place] = level
            values = np.asarray(self.system.observables(0.0, self.state, self.parameters)).ravel()
            return float(values[columns].sum()) - flux

        self.state[place] = brentq(gap, *ALT_BRACKET, xtol=1e-14)

    # -- gains ------------------------------------------------------------------------------------

    def _fit_gains(self, group: str) -> None:
        """Fit the gains of a group to their targets."""
        gains = [gain for gain in self.gains if gain.group == group]
        wanted = tuple({row.id: row for gain in gains for row in gain.targets}.values())
        places = [self.system.parameter_index(gain.parameter) for gain in gains]
        start = np.log([gain.start for gain in gains])

        def misses(logarithms: np.ndarray) -> np.ndarray:
            self.parameters[places] = np.exp(logarithms)
            self._settle(self.fluxes)
            self._settle_glycogen()
            laboratory = Laboratory(self.model, wanted, self.parameters, self.state)
            return np.array(
                [(laboratory.predict(row) - float(row.target)) / row.halfwidth for row in wanted]
            )

        def residuals(logarithms: np.ndarray) -> np.ndarray:
            return np.concatenate([2.0 * misses(logarithms), GAIN_PRIOR * (logarithms - start)])

        bounds = np.log([gain.low for gain in gains]), np.log([gain.high for gain in gains])
        fit = least_squares(residuals, start, bounds=bounds, diff_step=0.01, max_nfev=40)
        misses(fit.x)  # leaves the parameters at the optimum, not at the last step tried

    def _settle_serum(self) -> None:
        """Set the turnover release so that resting serum ALT is what the table says."""
        place = self.system.parameter_index("release_turnover")
        view = view_of(self.model, self.state, self.parameters)
        lost = view.value("k_clearance_ALT") * view.level("ALT1_serum")
        volume = self.parameters[self.system.parameter_index("volume_plasma")]
        self.parameters[place] *= lost * volume / view.value("release_ALT1")

    def _settle_glycogen(self) -> None:
        """Set the glycogen at hour 0 so that twelve hours of fasting leave the 12-h glycogen."""
        scenario = load_scenario("overnight-fast")
        place = self.system.parameter_index("Glycogen_liver_absorbed")
        glycogen = self.system.state_index("Glycogen_liver")
        left = self.state[glycogen]

        def gap(level: float) -> float:
            self.parameters[place] = level
            state = starting_state(self.model, scenario, self.parameters, self.state)
            end = integrate(self.system, (0.0, 720.0), state=state, parameters=self.parameters)
            return float(end.states[-1, glycogen]) - left

        self.parameters[place] = brentq(gap, left, 3.0 * left, xtol=1e-6)

    # -- the table ------------------------------------------------------------------------------

    def _table(self) -> ParameterSet:
        rows = []
        for name, (unit, note) in _fitted_names(self.rows, self.gains).items():
            if name in self.system.state_names:
                value = self.state[self.system.state_index(name)]
            else:
                value = self.parameters[self.system.parameter_index(name)]
            rows.append(_fitted(name, float(value), unit, note))
        return ParameterSet(tuple(rows), "fitted")


def _fitted_names(rows: tuple[FluxRow, ...], gains: tuple[Gain, ...]) -> dict[str, tuple[str, str]]:
    """Return unit and note of every fitted parameter."""
    names = {
        row.scale: (row.scale_unit, f"carries the 12-h flux of {row.flux} in flux_map.tsv")
        for row in rows
        if row.scale
    }
    for gain in gains:
        used = ", ".join(target.id for target in gain.targets)
        names[gain.parameter] = (gain.unit, f"{gain.note}; fitted to target {used}")
    for name, reactions in ALT_STATES.items():
        note = f"with the measured Vmax, carries the 12-h flux of {' and '.join(reactions)}"
        names[name] = ("mmol/L", note)
    for scale, hormone in SECRETION.values():
        names[scale] = ("pmol/L", f"gives the 12-h level of {hormone}")
    names["release_turnover"] = ("1/min", "gives resting serum ALT; target 26")
    names["Glycogen_liver_absorbed"] = (
        "mmol/L",
        "glycogen at hour 0 of a fast that leaves the 12-h glycogen after 12 h",
    )
    return names


def _fitted(name: str, value: float, unit: str, note: str) -> Parameter:
    return Parameter(name, Quantity(value, unit, evidence=Evidence("fitted", note=note)))


def _provisional(rows: tuple[FluxRow, ...], gains: tuple[Gain, ...]) -> ParameterSet:
    """Return the literature and input tables with a starting value for whatever is fitted."""
    tables = [read_parameters(DATA / "parameters" / f"{t}.tsv") for t in ("literature", "inputs")]
    starts = {gain.parameter: gain.start for gain in gains}
    starts |= {"aKG_muscle": 0.15, "Ala_liver": 0.7, "Ala_liver_mito": 0.5}
    starts |= {"insulin_secretion_max": 500.0, "glucagon_secretion_max": 100.0}
    starts |= {"Glycogen_liver_absorbed": 700.0, "release_turnover": 1e-7}
    fitted = [
        _fitted(name, starts.get(name, 1.0), unit, note)
        for name, (unit, note) in _fitted_names(rows, gains).items()
    ]
    known = [row for table in tables for row in table.parameters]
    return ParameterSet((*known, *fitted), "provisional")
