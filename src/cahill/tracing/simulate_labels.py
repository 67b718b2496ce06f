"""Simulate what a labelling study would measure at a flux state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.labelling import Experiment, FluxPoint, TracingStudy
from cahill.errors import InputError, UnknownNameError
from cahill.results.base import Result
from cahill.results.isotopologue_bars import isotopologue_bars, isotopologue_courses
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.provenance import Provenance
from cahill.tracing.flux_space import FluxSpace, FluxState, flux_space
from cahill.tracing.intervals import share_name
from cahill.tracing.label_values import (
    enrichments,
    label_values,
    panel_names,
    with_curve_times,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelSimulation(Result):
    """Simulated measurements of a study.

    Attributes
    ----------
    study : TracingStudy
        What was simulated.
    space : FluxSpace
        Its flux space.
    state : FluxState
        The flux state, in the units of the study.
    values : pandas.DataFrame
        experiment, measurement, molecule (what is looked at), time (in the study's unit; missing at
        isotopic steady state), channel, value (fraction of the molecules).
    """

    study: TracingStudy
    space: FluxSpace
    state: FluxState
    values: pd.DataFrame

    @property
    def title(self) -> str:
        """Heading of the report."""
        return f"Simulated labelling: {self.study.name}"

    def summary(self) -> str:
        """Return what was simulated and the most enriched measurement in one sentence."""
        count = self.values["measurement"].nunique()
        moving = any(not one.stationary for one in self.study.experiments)
        when = "over time" if moving else "at isotopic steady state"
        text = f"{len(self.values)} values of {count} measurements simulated {when}"
        known = self.enrichments()
        if known.empty:
            return f"{text}."
        last = known.groupby(["experiment", "measurement"], sort=False).tail(1)
        most = last.iloc[int(last["enrichment"].to_numpy(float).argmax())]
        share = f"{100 * most['enrichment']:.1f} %"
        end = " at the end" if moving else ""
        return f"{text}; most enriched{end} is {most['molecule']} with {share} of its atoms."

    def to_frame(self) -> pd.DataFrame:
        """Return every simulated value, before any free factor."""
        return self.values

    def fluxes(self) -> pd.DataFrame:
        """Return the flux state: flux, kind, value."""
        space, state = self.space, self.state
        rows = [(name, "net", value) for name, value in zip(space.reactions, state.net)]
        rows += [(name, "exchange", value) for name, value in zip(space.steps, state.exchange)]
        rows += [(name, "pool", value) for name, value in zip(space.pools, state.pools)]
        return pd.DataFrame(rows, columns=["flux", "kind", "value"])

    @cached_property
    def _enrichments(self) -> pd.DataFrame:
        frames = [enrichments(experiment, self.values) for experiment in self.study.experiments]
        return pd.concat(frames, ignore_index=True)

    def enrichments(self) -> pd.DataFrame:
        """Return the share of heavy atoms of every whole distribution, as `label_values` says."""
        return self._enrichments

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return values, average enrichments and the flux state."""
        return {
            "labels": self.values,
            "enrichments": self.enrichments(),
            "fluxes": self.fluxes(),
        }

    def plot(self) -> "Figure":
        """Return the labelling of the first experiment: bars, or courses over time."""
        return self._picture(self._measured[0])

    @property
    def _measured(self) -> list[Experiment]:
        """Experiments with labels."""
        return [experiment for experiment in self.study.experiments if experiment.labels]

    def _picture(self, experiment: Experiment) -> "Figure":
        values = self.values[self.values["experiment"] == experiment.name]
        if not experiment.stationary:
            finer = [with_curve_times(experiment)]
            values = label_values(self.study, self.space, self.state, finer)
        frame = values.rename(columns={"value": "fitted"}).assign(measured=np.nan, sd=np.nan)
        frame["measurement"] = frame["measurement"].map(panel_names(experiment))
        if experiment.stationary:
            return isotopologue_bars(frame, title="Simulated labelling", subtitle=experiment.name)
        return isotopologue_courses(
            frame,
            time_unit=self.study.time_unit,
            title="Simulated labelling over time",
            subtitle=experiment.name,
        )

    def page(self) -> Page:
        """Return the report: a picture of every experiment, enrichments, values, fluxes."""
        pictures = tuple(
            Picture(self._picture(experiment), f"Experiment {experiment.name}.", name=f"labels-{k}")
            for k, experiment in enumerate(self._measured, 1)
        )
        return Page(
            title=self.title,
            lead=self.summary(),
            sections=(
                Section("Labelling", pictures=pictures, notes=self.notes),
                Section("Average enrichment", tables=(Table(self.enrichments(), sortable=True),)),
                Section("Values", tables=(Table(self.values, sortable=True, digits=5),)),
                Section("Flux state", tables=(Table(self.fluxes(), sortable=True),)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def simulate_labels(
    study: TracingStudy,
    point: FluxPoint | None = None,
    *,
    shares: Mapping[str, float] | None = None,
    provenance: Provenance | None = None,
) -> LabelSimulation:
    """Simulate every label measurement of a study at a flux state.

    Parameters
    ----------
    study : TracingStudy
        Network, feeds and measurements; measured values are not used.
    point : FluxPoint, optional
        The flux state, at least its free fluxes and, before isotopic steady state, the pool sizes;
        by default the study's own point.
    shares : mapping of str to float, optional
        Shares of pools in mixtures whose shares are fitted, named as a fit names them; equal shares
        by default.
    provenance : Provenance, optional

    Returns
    -------
    LabelSimulation

    Raises
    ------
    InputError
        If the study has no label measurement or no flux state.
    ModelError
        If the flux state contradicts the balances or leaves a flux open, or the labels have no
        steady state.
    UnknownNameError
        If there is no such reaction or share.
    """
    point = point or study.point
    if not any(experiment.labels for experiment in study.experiments):
        raise InputError(f'study "{study.name}" measures no label; there is nothing to simulate')
    if not point.net:
        raise InputError(
            f'study "{study.name}" gives no fluxes to simulate at; give a table of fluxes or a fit'
        )
    space = flux_space(study)
    state = state_at(space, point, shares)
    return LabelSimulation(
        study=study,
        space=space,
        state=state,
        values=label_values(study, space, state),
        notes=study.notes,
        provenance=provenance,
    )


def state_at(
    space: FluxSpace, point: FluxPoint, shares: Mapping[str, float] | None = None
) -> FluxState:
    """Return the full state of a point, with the shares of mixtures if they are known.

    Parameters
    ----------
    space : FluxSpace
    point : FluxPoint
    shares : mapping of str to float, optional
        Named as a fit names them; equal shares by default.

    Raises
    ------
    ModelError
        If the point contradicts the balances or leaves a flux open.
    UnknownNameError
        If there is no such reaction or share.
    InputError
        If the shares of a mixture do not add up to 1.
    """
    state, given = space.complete(point), shares or {}
    names = [share_name(member) for member in space.shares]
    for name in given:
        if name not in names:
            raise UnknownNameError("share", name, names, "flux values")
    values = np.array([given.get(name, old) for name, old in zip(names, state.shares)])
    mixtures = [member[:2] for member in space.shares]
    for mixture in dict.fromkeys(mixtures):
        total = sum(value for value, own in zip(values, mixtures) if own == mixture)
        if abs(total - 1) > 1e-6:
            raise InputError(
                f"flux values: the shares in {mixture[1]} add up to {total:.6g}, not 1; give all"
            )
    return replace(state, shares=values)
