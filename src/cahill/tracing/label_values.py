"""Predicted label values of a study as a frame, at the measured times and between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cahill.core.labelling import Experiment, LabelMeasurement, TracingStudy
from cahill.tracing.flux_space import FluxSpace, FluxState
from cahill.tracing.label_model import LabelModel, label_model

COLUMNS = ("experiment", "measurement", "molecule", "time", "channel", "value")
CURVE_POINTS = 61
"""Times at which a curve over time is drawn, besides the measured ones."""


def label_values(
    study: TracingStudy,
    space: FluxSpace,
    state: FluxState,
    experiments: Sequence[Experiment] | None = None,
) -> pd.DataFrame:
    """Predict every label value, before any free factor.

    Parameters
    ----------
    study : TracingStudy
    space : FluxSpace
        Of the study.
    state : FluxState
        In that space.
    experiments : sequence of Experiment, optional
        Those of the study by default.

    Returns
    -------
    pandas.DataFrame
        experiment, measurement, molecule (what is looked at), time (in the study's unit; missing at
        isotopic steady state), channel, value (as weighted by the channel: a fraction of the
        molecules for an isotopologue).

    Raises
    ------
    ModelError
        If the labels have no steady state, or an atom comes from nowhere.
    """
    chosen = study.experiments if experiments is None else experiments
    frames = [
        _values(label_model(study.network, experiment), space, state)
        for experiment in chosen
        if experiment.labels
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def with_curve_times(experiment: Experiment) -> Experiment:
    """Return an experiment with times between the measured ones, as many as a curve needs.

    Measured values are left out. An experiment at isotopic steady state stays as it is.
    """
    if experiment.stationary:
        return experiment
    known = [time for label in experiment.labels for time in label.times]
    grid = np.linspace(min(known), max(known), CURVE_POINTS)
    return replace(experiment, labels=tuple(_at(label, grid) for label in experiment.labels))


def panel_names(experiment: Experiment) -> dict[str, str]:
    """Return a heading for each measurement: its id, or what it looks at if the id does not tell.

    An id tells if a species it is of is in it, as in "Ala 260" or "citrate_C1-5" of "Cit_m".
    """
    told = {label.id: _tells(label) for label in experiment.labels}
    count = Counter(label.molecule for label in experiment.labels if not told[label.id])
    names = {}
    for label in experiment.labels:
        alone = count[label.molecule] == 1
        names[label.id] = label.id if told[label.id] else label.molecule
        if not told[label.id] and not alone:
            names[label.id] += f" ({label.id})"
    return names


def _tells(label: LabelMeasurement) -> bool:
    name = label.id.casefold()
    return any(species.casefold().split("_")[0] in name for species in label.species)


def _at(label: LabelMeasurement, grid: np.ndarray) -> LabelMeasurement:
    times = tuple(sorted({*label.times, *grid.tolist()}))
    empty = np.full((len(times), len(label.channels)), np.nan)
    return replace(label, times=times, values=empty, sd=empty)


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
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"time": float})


def enrichments(experiment: Experiment, values: pd.DataFrame) -> pd.DataFrame:
    """Return the mean share of heavy atoms of each whole distribution.

    Parameters
    ----------
    experiment : Experiment
    values : pandas.DataFrame
        As `label_values` returns them, of this experiment and perhaps others.

    Returns
    -------
    pandas.DataFrame
        experiment, measurement, molecule, time, enrichment. A measurement whose channels are not
        all isotopologues of its atoms has none.
    """
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
