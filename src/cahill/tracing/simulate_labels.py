"""Simulate what a labelling study would measure at a flux state."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from cahill.core.labelling import Experiment, FluxPoint, TracingStudy
from cahill.errors import InputError
from cahill.results.base import Result
from cahill.results.isotopologue_bars import isotopologue_bars, isotopologue_courses
from cahill.results.page import Page, Picture, Section, Table
from cahill.results.provenance import Provenance
from cahill.tracing.flux_space import FluxSpace, FluxState, flux_space
from cahill.tracing.label_model import LabelModel, label_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = ["experiment", "measurement", "molecule", "time", "channel", "value"]


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
        last = self.enrichments().groupby("measurement", sort=False)["enrichment"].last()
        if last.empty:
            return f"{text}."
        return f"{text}; most enriched is {last.idxmax()} with {100 * last.max():.1f} %."

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
        frames = [_enrichments(experiment, self.values) for experiment in self.study.experiments]
        return pd.concat(frames, ignore_index=True)

    def enrichments(self) -> pd.DataFrame:
        """Return the share of heavy atoms of every whole distribution.

        Columns experiment, measurement, molecule, time, enrichment. Measurements whose channels are not all
        isotopologues of the fragment have none.
        """
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
        return self._picture(self.study.experiments[0])

    def _picture(self, experiment: Experiment) -> "Figure":
        rows = self.values[self.values["experiment"] == experiment.name]
        frame = rows.rename(columns={"value": "fitted"}).assign(measured=np.nan, sd=np.nan)
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
            for k, experiment in enumerate(self.study.experiments, 1)
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
    study: TracingStudy, point: FluxPoint | None = None, provenance: Provenance | None = None
) -> LabelSimulation:
    """Simulate every label measurement of a study at a flux state.

    Parameters
    ----------
    study : TracingStudy
        Network, feeds and measurements; measured values are not used.
    point : FluxPoint, optional
        The flux state, at least its free fluxes and, before isotopic steady state, the pool sizes;
        by default the study's own point.
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
    """
    point = point or study.point
    if not any(experiment.labels for experiment in study.experiments):
        raise InputError(f'study "{study.name}" measures no label; there is nothing to simulate')
    if not point.net:
        raise InputError(
            f'study "{study.name}" gives no fluxes to simulate at; give a table of fluxes or a fit'
        )
    space = flux_space(study)
    state = space.complete(point)
    frames = [
        _values(label_model(study.network, experiment), space, state)
        for experiment in study.experiments
        if experiment.labels
    ]
    return LabelSimulation(
        study=study,
        space=space,
        state=state,
        values=pd.concat(frames, ignore_index=True),
        notes=study.notes,
        provenance=provenance,
    )


def _values(model: LabelModel, space: FluxSpace, state: FluxState) -> pd.DataFrame:
    name = model.experiment.name
    pools = state.pools[[space.pools.index(pool) for pool in model.pools]]
    members = [space.shares.index((name, *member)) for member in model.shares]
    found = model.predict(state.gross, pools, state.shares[members])
    molecules = {one.id: one.molecule for one in model.experiment.labels}
    rows = [
        (name, row.measurement, molecules[row.measurement], row.time, row.channel, value)
        for row, value in zip(model.rows, found)
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"time": float})


def _enrichments(experiment: Experiment, values: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of heavy atoms of each whole distribution."""
    heavy: dict[tuple[str, str], float] = {}
    for measurement in experiment.labels:
        sizes = [len(group) for group in measurement.groups]
        shifts = [next(iter(channel.weights)) for channel in measurement.channels]
        whole = len(set(shifts)) == len(shifts) == np.prod([size + 1 for size in sizes])
        if whole and all(len(channel.weights) == 1 for channel in measurement.channels):
            for channel, shift in zip(measurement.channels, shifts):
                heavy[measurement.id, channel.name] = sum(shift) / sum(sizes)
    rows = values[values["experiment"] == experiment.name]
    keys = pd.MultiIndex.from_frame(rows[["measurement", "channel"]])
    share = keys.map(lambda key: heavy.get(key, np.nan))
    frame = rows.assign(enrichment=rows["value"] * np.asarray(share, dtype=float))
    grouped = frame.dropna(subset=["enrichment"]).groupby(
        ["experiment", "measurement", "molecule", "time"], sort=False, dropna=False
    )
    return grouped["enrichment"].sum().reset_index()
