"""Virtual subjects: a scenario in many men who differ as far as the literature allows.

See `subjects` for what differs, `members` for what happens to one of them, `sensitivity` for which
parameters matter. The answer depends on the seed alone, not on who computes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.cycle.build import CycleModel, build_model
from cahill.cycle.crew import simulated
from cahill.cycle.members import FOLLOWED, Member, Study, simulate_member
from cahill.cycle.quantities import QUANTITIES
from cahill.cycle.report_parts import parameter_keys, source_lines
from cahill.cycle.scenarios import Scenario, load_scenario
from cahill.cycle.sensitivity import not_identified, rank_correlations
from cahill.cycle.simulate import output_times
from cahill.cycle.subjects import FITTED_SD, GLUCOSE_RANGE, draw_subjects, varied_parameters
from cahill.errors import ConvergenceError, InputError
from cahill.results.base import Result
from cahill.results.provenance import collect_provenance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cahill.results.page import Page

Progress = Callable[[int, int], None]

LEVELS = (0.05, 0.5, 0.95)
OUTPUTS = 49
# Quantities whose causes are asked for.
EXPLAINED = ("alanine_ra", "glucose_to_alanine", "alanine_to_glucose")


@dataclass(frozen=True, kw_only=True, eq=False)
class Ensemble(Result):
    """A scenario in virtual subjects.

    Attributes
    ----------
    model : CycleModel
        The reference man.
    scenario : Scenario
        What was done.
    times : tuple of float
        Output times of the time courses, min.
    drawn : numpy.ndarray
        What was drawn for each subject, shape (members, varied parameters).
    members : tuple of Member
        Every subject, those who failed with their reason.
    reference : Member
        The reference man in the same scenario.
    """

    model: CycleModel
    scenario: Scenario
    times: tuple[float, ...]
    drawn: np.ndarray
    members: tuple[Member, ...]
    reference: Member

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"{self.scenario.title}: {len(self.members)} virtual subjects"

    @cached_property
    def succeeded(self) -> tuple[Member, ...]:
        """The subjects without a reason."""
        return tuple(member for member in self.members if not member.reason)

    @cached_property
    def values(self) -> np.ndarray:
        """Quantities of those who succeeded: (members, report times, quantities)."""
        return np.array([member.values for member in self.succeeded])

    def summary(self) -> str:
        """Return alanine flux and carbon transfers with their intervals in a sentence."""
        from cahill.cycle.ensemble_page import sentence

        return sentence(self)

    def to_frame(self) -> pd.DataFrame:
        """Return every reported quantity of every subject; who failed has one row and a reason.

        Returns
        -------
        pandas.DataFrame
            member (from 1), time_h, quantity, value, unit, reason.
        """
        names = list(QUANTITIES)
        units = [QUANTITIES[name].unit for name in names]
        hours = np.array(self.scenario.report_times) / 60.0
        rows: list[tuple[int, float, str, float, str, str]] = []
        for member in self.members:
            number = member.number + 1
            if member.reason:
                rows.append((number, np.nan, "", np.nan, "", member.reason))
                continue
            for hour, values in zip(hours.tolist(), member.values.tolist()):
                rows += [(number, hour, *row, "") for row in zip(names, values, units)]
        return pd.DataFrame(
            rows, columns=["member", "time_h", "quantity", "value", "unit", "reason"]
        )

    def intervals(self) -> pd.DataFrame:
        """Return median and 90 % interval of every reported quantity.

        Returns
        -------
        pandas.DataFrame
            time_h, quantity, title, unit, low, median, high, reference (the reference man's),
            members (how many they are of).
        """
        low, median, high = np.quantile(self.values, LEVELS, axis=0)
        parts = []
        for k, minutes in enumerate(self.scenario.report_times):
            parts.append(
                pd.DataFrame(
                    {
                        "time_h": minutes / 60.0,
                        "quantity": list(QUANTITIES),
                        "title": [rule.title for rule in QUANTITIES.values()],
                        "unit": [rule.unit for rule in QUANTITIES.values()],
                        "low": low[k],
                        "median": median[k],
                        "high": high[k],
                        "reference": self.reference.values[k],
                        "members": len(self.succeeded),
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def bands(self) -> pd.DataFrame:
        """Return median and 90 % band of the main quantities over time.

        Returns
        -------
        pandas.DataFrame
            time_h, quantity, value (median), low, high, unit.
        """
        courses = np.array([member.course for member in self.succeeded])
        low, median, high = np.quantile(courses, LEVELS, axis=0)
        hours = np.array(self.times) / 60.0
        parts = [
            pd.DataFrame(
                {
                    "time_h": hours,
                    "quantity": name,
                    "value": median[:, k],
                    "low": low[:, k],
                    "high": high[:, k],
                    "unit": QUANTITIES[name].unit,
                }
            )
            for k, name in enumerate(FOLLOWED)
        ]
        return pd.concat(parts, ignore_index=True)

    def sensitivity(self) -> pd.DataFrame:
        """Return the rank correlation of parameters with alanine flux and the carbon transfers.

        At the last report time; see `sensitivity.rank_correlations`.
        """
        names = list(QUANTITIES)
        columns = [names.index(name) for name in EXPLAINED]
        chosen = self.drawn[[member.number for member in self.succeeded]]
        outcomes = self.values[:, -1, columns]
        return rank_correlations(chosen, outcomes, varied_parameters(self.model), EXPLAINED)

    def parameters(self) -> pd.DataFrame:
        """Return what was drawn: values in the model's units, for fitted ones factors."""
        names = [item.id for item in varied_parameters(self.model)]
        frame = pd.DataFrame(self.drawn, columns=names)
        frame.insert(0, "member", np.arange(1, len(frame) + 1))
        return frame

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Return what `save` writes as CSV."""
        return {
            "results": self.to_frame(),
            "intervals": self.intervals(),
            "bands": self.bands(),
            "sensitivity": self.sensitivity(),
            "parameters": self.parameters(),
        }

    def plot(self) -> "Figure":
        """Draw the interval of every flux and level."""
        from cahill.cycle.ensemble_page import interval_picture

        return interval_picture(self)

    def page(self) -> "Page":
        """Return the report."""
        from cahill.cycle.ensemble_page import ensemble_page

        return ensemble_page(self)


def ensemble(
    scenario: str | Path | Scenario,
    members: int = 200,
    *,
    seed: int = 1,
    jobs: int = 1,
    cluster: str | None = None,
    model: CycleModel | None = None,
    progress: Progress | None = None,
) -> Ensemble:
    """Simulate a scenario in virtual subjects drawn from the ranges of the parameters.

    Parameters
    ----------
    scenario : str, Path or Scenario
        Name of a scenario of the package, path of a TOML file, or a scenario.
    members : int
        Number of subjects.
    seed : int
        The same seed draws the same subjects and gives the same bits, whoever computes them.
    jobs : int
        Processes on this machine; -1 for one per core. Worth it from about a thousand subjects.
    cluster : str, optional
        Address of a Dask scheduler ("tcp://host:8786") whose workers have cahill installed, instead
        of this machine.
    model : CycleModel, optional
        The reference man by default. Workers of a cluster build it from its parameters.
    progress : callable, optional
        Called with (done, total).

    Returns
    -------
    Ensemble
        Intervals, bands, causes; subjects who failed are rows with a reason.

    Raises
    ------
    InputError, UnitError, UnknownNameError
        The scenario, the number of subjects, the seed or the cluster cannot be used.
    ConvergenceError
        The scenario drives even the reference man where he cannot go, or no subject succeeded.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    if jobs == 0:
        raise InputError("jobs: 0 processes do nothing; give 1 or more, or -1 for all cores")
    model = model or build_model()
    drawn = draw_subjects(model, members, seed)
    study = Study(chosen, tuple(output_times(chosen, OUTPUTS).tolist()))
    reference = simulate_member(model, study, 0, model.system.default_parameters)
    found: list[Member] = []
    for chunk in simulated(model, study, drawn, jobs, cluster):
        found += chunk
        if progress is not None:
            progress(len(found), members)
    _refuse_empty(found)
    result = Ensemble(
        model=model,
        scenario=chosen,
        times=study.times,
        drawn=drawn,
        members=tuple(found),
        reference=reference,
        sources=source_lines([*chosen.sources, *parameter_keys(model.parameters)]),
        provenance=collect_provenance(
            {chosen.path.name: chosen.path, "model (Antimony)": model.antimony},
            {"scenario": chosen.name, "members": members, "seed": seed},
        ),
    )
    object.__setattr__(result, "notes", _notes(result))
    return result


def _refuse_empty(found: list[Member]) -> None:
    if all(member.reason for member in found):
        raise ConvergenceError(
            f"none of the {len(found)} subjects reached the end; the first: {found[0].reason}"
        )


def _notes(result: Ensemble) -> tuple[str, ...]:
    varied = varied_parameters(result.model)
    fitted = sum(item.fitted for item in varied)
    failed = len(result.members) - len(result.succeeded)
    low, high = GLUCOSE_RANGE
    notes = [
        f"{len(varied) - fitted} parameters are drawn from their published or assumed ranges; "
        f"{fitted} fitted ones, which have none, are set again for each subject so that his "
        "constants give the reference fluxes, then multiplied by a log-normal factor whose "
        f"standard deviation of {FITTED_SD:g} (natural logarithm) is assumed.",
        "Every subject starts from his own postabsorptive state; parameters are drawn "
        "independently of each other, so the intervals hold combinations that no man may have.",
        not_identified(result.sensitivity(), [QUANTITIES[name].title for name in EXPLAINED]),
    ]
    if failed:
        notes.insert(
            0,
            f"{failed} of {len(result.members)} subjects are left out, each with its reason: no "
            f"postabsorptive state, plasma glucose outside {low:g} to {high:g} mmol/L in it, or a "
            "scenario that could not be finished.",
        )
    return tuple(notes)
