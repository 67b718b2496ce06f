"""Gross fluxes and amounts of a trajectory as cubics in time, and the legs of a course on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.interpolate import PchipInterpolator

from cahill.core.labelling import Flux
from cahill.core.network import Network
from cahill.core.trajectory import Trajectory
from cahill.core.units import to
from cahill.errors import InputError, ModelError, UnitError, UnknownNameError
from cahill.numerics.cascade_changing import Flow, Legs
from cahill.tracing.cascade import Cascade
from cahill.tracing.changing_infusion import Infusion
from cahill.tracing.feeds import Inputs

NEGLIGIBLE = 1e-9
"""Share of the largest value of its kind by which a flux or an amount may be below 0."""

FLUX_UNIT, AMOUNT_UNIT = "mmol/min", "mmol"


@dataclass(frozen=True)
class TrajectoryColumns:
    """Which column of a trajectory is which flux or amount.

    Parameters
    ----------
    forward, backward : mapping of str to str
        By step id the column of its gross flux, in mmol/min or a unit that can be turned into it.
    amounts : mapping of str to str
        By species id the column of what its pool holds, in mmol or alike.
    """

    forward: Mapping[str, str] = field(hash=False)
    backward: Mapping[str, str] = field(hash=False)
    amounts: Mapping[str, str] = field(hash=False)


def columns_by_name(network: Network, trajectory: Trajectory) -> TrajectoryColumns:
    """Find the columns by the model's naming.

    A step has `<step>_forward` and `<step>_backward`, or its reaction's column if it runs one way;
    a species has a column of its name.

    Parameters
    ----------
    network : Network
        Species and steps.
    trajectory : Trajectory
        Its names are looked through; what is not found is left out.
    """
    known = set(trajectory.names)
    forward, backward = {}, {}
    for step in network.steps:
        for name in (f"{step.id}_forward", step.reaction):
            if name in known:
                forward[step.id] = name
                break
        if f"{step.id}_backward" in known:
            backward[step.id] = f"{step.id}_backward"
    amounts = {name: name for name in network.species if name in known}
    return TrajectoryColumns(forward, backward, amounts)


def flow_of(
    cascade: Cascade,
    network: Network,
    trajectory: Trajectory,
    columns: TrajectoryColumns,
    infusions: Sequence[Infusion],
) -> Flow:
    """Return fluxes, mmol/min, and amounts, mmol, as monotone cubics of time, min.

    Each stretch between jumps (times that stand twice) is interpolated by itself, without
    overshooting its values (Fritsch & Butland, SIAM J. Sci. Stat. Comput. 5, 300 (1984)).

    Parameters
    ----------
    cascade : Cascade
        Says which fluxes and pools are needed.
    network : Network
        With the infusions' steps.
    trajectory, columns
        Where they are found.
    infusions : sequence of Infusion
        Their fluxes are no columns and are left at 0.

    Raises
    ------
    InputError
        If a flux or amount that is needed has no column.
    UnknownNameError
        If a column does not exist.
    UnitError
        If a column has not the unit of a flux or an amount.
    ModelError
        If a flux or an amount is negative.
    """
    infused, bound = {infusion.id for infusion in infusions}, network.of_kind("enzyme-bound")
    table = np.zeros((len(trajectory.times), len(cascade.fluxes) + len(cascade.pools)))
    for place in np.unique(cascade.program.rate_flux):
        flux = cascade.fluxes[place]
        if flux.of not in infused:
            table[:, place] = _flux(flux, trajectory, columns)
    for place, name in enumerate(cascade.pools, start=len(cascade.fluxes)):
        if name not in bound:
            if name not in columns.amounts:
                raise InputError(
                    f"amount of {name}: no column is given for it; name one, or make the species "
                    "enzyme-bound, so that it follows what enters it"
                )
            table[:, place] = _column(trajectory, columns.amounts[name], AMOUNT_UNIT)
    return Flow(trajectory.times, _cubics(trajectory.times, table))


def _flux(flux: Flux, trajectory: Trajectory, columns: TrajectoryColumns) -> np.ndarray:
    known = columns.forward if flux.kind == "forward" else columns.backward
    if flux.of not in known:
        raise InputError(f"{flux}: no column is given for this flux; name one")
    return _column(trajectory, known[flux.of], FLUX_UNIT)


def _column(trajectory: Trajectory, name: str, unit: str) -> np.ndarray:
    if name not in trajectory.names:
        raise UnknownNameError("column", name, trajectory.names, "trajectory")
    try:
        values = trajectory.column(name) * to(1.0, trajectory.unit(name), unit)
    except UnitError as error:
        raise UnitError(f'trajectory: column "{name}": {error}') from error
    wrong = np.flatnonzero(~(values >= -NEGLIGIBLE * np.abs(values).max()))
    if len(wrong):
        raise ModelError(
            f'trajectory: column "{name}" is {values[wrong[0]]:g} {unit} at '
            f"{trajectory.times[wrong[0]]:g} min; it must be at least 0"
        )
    return np.maximum(values, 0.0)


def _cubics(times: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return the coefficients, shape (n - 1, columns, 4), highest power first."""
    cubics = np.zeros((max(len(times) - 1, 1), table.shape[1], 4))
    cubics[:, :, 3] = table[: len(cubics)]
    edges = np.flatnonzero(np.diff(times) == 0) + 1
    for part in np.split(np.arange(len(times)), edges):
        if len(part) > 1:
            found = PchipInterpolator(times[part], table[part], axis=0).c
            cubics[part[:-1]] = np.moveaxis(found, 0, -1)
    return cubics


def legs_of(
    times: np.ndarray,
    trajectory: Trajectory,
    inputs: Inputs,
    fluxes: Sequence[Flux],
    infusions: Sequence[Infusion],
) -> Legs:
    """Return the stretches between output times, jumps, changes of feed and of infusion.

    Parameters
    ----------
    times : numpy.ndarray
        Output times, min, rising.
    trajectory : Trajectory
        Where the course runs, from its first time.
    inputs : Inputs
        What is fed.
    fluxes : sequence of Flux
        The gross fluxes.
    infusions : sequence of Infusion
        What is infused.

    Raises
    ------
    InputError
        If an output time lies outside the trajectory.
    """
    begin, end = trajectory.times[0], trajectory.times[-1]
    if not len(times) or times[0] < begin or times[-1] > end or np.any(np.diff(times) <= 0):
        raise InputError(f"times: they must rise, within the trajectory ({begin:g} to {end:g} min)")
    jumps = trajectory.times[1:][np.diff(trajectory.times) == 0]
    turns = [
        edge
        for infusion in infusions
        for start, stop, _ in infusion.periods
        for edge in (start, stop)
    ]
    changes = np.unique(np.concatenate([jumps, turns, inputs.starts[np.isfinite(inputs.starts)]]))
    changes = changes[(changes > begin) & (changes < times[-1])]
    ends = np.union1d(times, changes)
    starts = np.concatenate([[begin], ends[:-1]])
    added = np.zeros((len(ends), len(fluxes)))
    for infusion in infusions:
        place = fluxes.index(Flux(infusion.id, "forward"))
        added[:, place] = [infusion.rate(*leg) for leg in zip(starts, ends)]
    record = np.searchsorted(times, ends)
    return Legs(
        ends=ends,
        record=np.where(np.isin(ends, times), record, -1).astype(np.int64),
        interval=np.clip(
            np.searchsorted(trajectory.times, starts, side="right") - 1,
            0,
            max(len(trajectory.times) - 2, 0),
        ).astype(np.int64),
        feed=(np.searchsorted(inputs.starts, starts, side="right") - 1).astype(np.int64),
        restart=np.isin(starts, [begin, *changes]).astype(np.int64),
        added=added,
    )
