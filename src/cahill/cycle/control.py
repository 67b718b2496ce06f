"""Which step controls which flux: metabolic control analysis of the postabsorptive state.

Coefficients are those of the whole man at rest 12 h after a meal, glycogen held: hormones and the
expression of enzymes answer like every metabolite, so a step may hold control through insulin.
D. A. Fell, Biochem. J. 286, 313 (1992) explains the quantities; `numerics.control` computes them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.quantities import FLUX
from cahill.cycle.report_parts import parameter_keys, source_lines
from cahill.cycle.subjects import free_states_at_rest
from cahill.numerics import control as analysis
from cahill.results.base import Result
from cahill.results.intervals import control_bars
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.provenance import collect_provenance

# Net fluxes that are asked about, as sums of reaction rates.
FLUXES: Mapping[str, Mapping[str, float]] = {
    "hepatic alanine to pyruvate": {"ALT1_liver": 1.0, "ALT2_liver": 1.0},
    "hepatic alanine uptake": {"alanine_uptake_liver": 1.0},
    "muscle alanine release": {"alanine_release_muscle": 1.0},
    "muscle pyruvate to alanine": {"ALT1_muscle": -1.0, "ALT2_muscle": -1.0},
    "endogenous glucose production": {"G6Pase_liver": 1.0, "glucokinase_liver": -1.0},
    "gluconeogenesis": {
        "gluconeogenesis_liver": 1.0,
        "glycerol_uptake_liver": 1.0,
        "glycolysis_liver": -1.0,
    },
    "urea synthesis": {"urea_cycle_liver": 1.0},
}
LEVELS = {"plasma alanine": "Ala_blood", "plasma glucose": "Glc_blood"}
ASKED = ("hepatic alanine to pyruvate", "muscle alanine release", "endogenous glucose production")
LIVER_ALT = ("ALT1_liver", "ALT2_liver")
# Coefficients closer to zero than this are left out of tables.
SMALLEST = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class Control(Result):
    """Control coefficients, elasticities and responses of the cycle.

    Parameters
    ----------
    model : CycleModel
        The model.
    parameters : numpy.ndarray
        Shape (n_parameters,).
    coefficients : numerics.control.Control
        Everything, as matrices.
    """

    model: CycleModel
    parameters: np.ndarray
    coefficients: analysis.Control

    @property
    def title(self) -> str:
        """Heading of the report."""
        return "Control of the glucose-alanine cycle"

    def flux(self, name: str) -> float:
        """Return one of `FLUXES`, umol/kg/min."""
        weight = self.parameters[self.model.system.parameter_index("body_weight")]
        return float(self._weights(name) @ self._rates * 1000.0 / weight)

    def flux_control(self, name: str) -> pd.Series:
        """Return what each step holds of one of `FLUXES`: d ln flux / d ln activity, by step."""
        effect = self._weights(name) @ self.coefficients.unscaled_flux_control
        scaled = effect * self._rates / (self._weights(name) @ self._rates)
        return pd.Series(scaled, index=list(self.coefficients.reaction_names))

    def flux_response(self, name: str) -> pd.Series:
        """Return d ln flux / d ln parameter of one of `FLUXES`, by parameter."""
        effect = self._weights(name) @ self.coefficients.unscaled_flux_response
        scaled = effect * self.parameters / (self._weights(name) @ self._rates)
        return pd.Series(scaled, index=list(self.coefficients.parameter_names))

    def level_control(self, species: str) -> pd.Series:
        """Return what each step holds of a state: d ln level / d ln activity, by step."""
        row = self.model.system.state_index(species)
        values = self.coefficients.concentration_control[row]
        return pd.Series(values, index=list(self.coefficients.reaction_names))

    @property
    def _rates(self) -> np.ndarray:
        return self.coefficients.steady.observables[self.model.system.rate_places]

    def _weights(self, name: str) -> np.ndarray:
        weights = np.zeros(len(self.coefficients.reaction_names))
        for reaction, sign in FLUXES[name].items():
            weights[self.coefficients.reaction_names.index(reaction)] = sign
        return weights

    def summary(self) -> str:
        """Return who controls the cycle, and what hepatic ALT holds."""
        leaders = "; ".join(f"{name} by {_leaders(self.flux_control(name))}" for name in ASKED)
        held = self.flux_control(ASKED[0])
        alt = " and ".join(f"{name} {_signed(held[name])}" for name in LIVER_ALT)
        return (
            f"At the 12-h steady state control lies over {leaders}; of hepatic alanine to pyruvate "
            f"{alt}, a share of {_signed(held[list(LIVER_ALT)].sum())} for transamination."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return every coefficient, one a row.

        Returns
        -------
        pandas.DataFrame
            kind ("flux control", "concentration control", "elasticity", "flux response",
            "concentration response"), quantity (reaction, state or one of `FLUXES`), cause
            (reaction, state or parameter), coefficient (dimensionless). Those closer to zero than
            1e-6 and those of a flux that is zero are left out.
        """
        found = self.coefficients
        reactions, states = found.reaction_names, found.state_names
        asked = {name: self.flux_control(name) for name in FLUXES}
        answers = {name: self.flux_response(name) for name in FLUXES}
        tables = [
            ("flux control", tuple(asked), reactions, np.array(list(asked.values()))),
            (
                "flux response",
                tuple(answers),
                found.parameter_names,
                np.array(list(answers.values())),
            ),
            ("flux control", reactions, reactions, found.flux_control),
            ("concentration control", states, reactions, found.concentration_control),
            ("elasticity", reactions, states, found.elasticities),
            ("flux response", reactions, found.parameter_names, found.flux_response),
            ("concentration response", states, found.parameter_names, found.concentration_response),
        ]
        return pd.concat([_tidy(*table) for table in tables], ignore_index=True)

    def headline(self, top: int = 12) -> pd.DataFrame:
        """Return the largest coefficients over the fluxes and levels that are asked about.

        Returns
        -------
        pandas.DataFrame
            quantity, step, coefficient; `top` rows a quantity, the largest in size first.
        """
        held = {name: self.flux_control(name) for name in FLUXES}
        held |= {name: self.level_control(species) for name, species in LEVELS.items()}
        return pd.concat([_top(name, values, "step", top) for name, values in held.items()])

    def alt_responses(self) -> pd.DataFrame:
        """Return what one per cent more of each ALT does to the fluxes and levels, in per cent.

        Returns
        -------
        pandas.DataFrame
            parameter, quantity, response (dimensionless; d ln / d ln).
        """
        rows = []
        for parameter in (name for name in self.parameters_named("vmax_ALT")):
            rows += [(parameter, name, self.flux_response(name)[parameter]) for name in FLUXES]
            column = self.model.system.parameter_index(parameter)
            for name, species in LEVELS.items():
                row = self.model.system.state_index(species)
                rows.append(
                    (parameter, name, self.coefficients.concentration_response[row, column])
                )
        return pd.DataFrame(rows, columns=["parameter", "quantity", "response"])

    def parameters_named(self, prefix: str) -> list[str]:
        """Return the parameters whose names begin so."""
        return [name for name in self.coefficients.parameter_names if name.startswith(prefix)]

    def plot(self) -> Figure:
        """Draw the steps that hold most of the control over three fluxes and plasma alanine."""
        frame = self.headline(top=10)
        shown = (*ASKED, "plasma alanine")
        return control_bars(
            frame[frame["quantity"].isin(shown)],
            title="Who controls the cycle",
            subtitle="12 h after a meal, glycogen held, hormones and expression free to answer: "
            "per cent of change for one per cent more of the step's activity",
            top=10,
        )

    def page(self) -> Page:
        """Return the report's content."""
        lead = self.summary()
        facts = tuple(
            Fact(name, f"{self.flux(name):.2f}", FLUX, beside=_leaders(self.flux_control(name)))
            for name in ASKED
        )
        responses = self.alt_responses().pivot(
            index="quantity", columns="parameter", values="response"
        )
        responses = responses.reindex([*FLUXES, *LEVELS]).reset_index()
        responses.columns.name = None
        return Page(
            title=self.title,
            lead=lead,
            facts=facts,
            sections=(
                Section(
                    "Control",
                    pictures=(Picture(self.plot(), caption=lead, name="control"),),
                    tables=(Table(self.headline(), "Largest control coefficients", sortable=True),),
                    notes=self.notes,
                ),
                Section(
                    "Response to the activity of ALT",
                    paragraphs=(
                        "Change of each quantity, in per cent, for one per cent more of an enzyme "
                        "(forward and reverse together).",
                    ),
                    tables=(Table(responses, "d ln quantity / d ln Vmax"),),
                ),
                Section("Elasticities of ALT", tables=(Table(self._alt_elasticities()),)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )

    def _alt_elasticities(self) -> pd.DataFrame:
        frame = self.to_frame()
        mine = frame["quantity"].str.startswith("ALT") & (frame["kind"] == "elasticity")
        shown = frame.loc[mine, ["quantity", "cause", "coefficient"]]
        return shown.rename(columns={"quantity": "reaction", "cause": "state"})


def control(*, model: CycleModel | None = None) -> Control:
    """Compute control coefficients, elasticities and responses of the 12-h steady state.

    Glycogen of muscle and liver is held, since a fasting man uses it up and is otherwise never at
    rest.

    Parameters
    ----------
    model : CycleModel, optional
        The reference man by default.

    Raises
    ------
    ConvergenceError
        If there is no steady state.
    """
    model = model or build_model()
    parameters = model.system.default_parameters
    free = free_states_at_rest(model)
    found = analysis.control(model.system, parameters=parameters, free=free)
    return Control(
        model=model,
        parameters=parameters,
        coefficients=found,
        notes=_notes(found),
        sources=source_lines(parameter_keys(model.parameters)),
        provenance=collect_provenance({"model.ant": model.antimony}, {"analysis": "control"}),
    )


def _notes(found: analysis.Control) -> tuple[str, ...]:
    # Rows of a flux or level that is zero are not numbers and drop out.
    over_fluxes = np.nanmax(np.abs(found.flux_control.sum(axis=1) - 1.0))
    over_levels = np.nanmax(np.abs(found.concentration_control.sum(axis=1)))
    notes = (
        f"Summation theorems: control over every flux adds up to 1 within {over_fluxes:.1e}, "
        f"over every level to 0 within {over_levels:.1e}.",
        "Glycogen of muscle and liver is held; hormones and enzyme expression are free, so these "
        "are the coefficients of days, not of seconds.",
        "Coefficients are first derivatives: they hold for small changes of one step at a time.",
    )
    if found.steady.stable:
        return notes
    return (*notes, "The steady state is not stable: no man stays in it.")


def _tidy(
    kind: str, rows: tuple[str, ...], columns: tuple[str, ...], matrix: np.ndarray
) -> pd.DataFrame:
    row, column = np.nonzero(np.nan_to_num(np.abs(matrix)) >= SMALLEST)
    return pd.DataFrame(
        {
            "kind": kind,
            "quantity": np.array(rows, dtype=object)[row],
            "cause": np.array(columns, dtype=object)[column],
            "coefficient": matrix[row, column],
        }
    )


def _top(name: str, values: pd.Series, cause: str, count: int) -> pd.DataFrame:
    largest = values.loc[values.abs().sort_values(ascending=False, kind="stable").index[:count]]
    return pd.DataFrame(
        {"quantity": name, cause: largest.index, "coefficient": largest.to_numpy(float)}
    )


def _leaders(values: pd.Series, count: int = 2) -> str:
    largest = _top("", values, "step", count)
    pairs = zip(largest["step"], largest["coefficient"])
    return " and ".join(f"{step} ({_signed(value)})" for step, value in pairs)


def _signed(value: float) -> str:
    return f"{value:+.2f}".replace("-", "−")
