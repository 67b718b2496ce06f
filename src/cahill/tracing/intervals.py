"""Intervals of fitted fluxes: what they are of, and how they are kept.

An interval may be open: where the data set no limit before the assumed edge of the flux space, its
end is infinite (0 below, for exchange fluxes and pools, which cannot be negative), and its note
says so. An end that is the limit of the flux space itself (a one-way reaction cannot run backward)
is that limit.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linprog

from cahill.core.labelling import Flux, TracingStudy
from cahill.errors import InputError, UnknownNameError
from cahill.numerics.polytope import Affine, Polytope
from cahill.tracing.flux_space import FluxSpace, FluxState

TargetKind = Literal["net", "exchange", "pool", "share"]
Method = Literal["profile", "linear", "bootstrap", "posterior"]
COLUMNS = ("flux", "kind", "value", "low", "high", "note")

FIXED = "fixed by balances and constraints"
NO_LIMIT = "not determined"
LOW_OPEN, HIGH_OPEN = "the data set no lower limit", "the data set no upper limit"
LOW_LIMIT = "lower end is the limit of the flux space"
HIGH_LIMIT = "upper end is the limit of the flux space"
_ROUNDING = 1e-9  # part of the flux scale that counts as zero
_STILL = 1e-9  # coefficient of a parameter that counts as none


class Target(NamedTuple):
    """What an interval is of: a net flux, an exchange flux, a pool size, or a share of a mixture.

    `name` is the id of a reaction, step or species; of a share "species in measurement".
    """

    name: str
    kind: TargetKind = "net"

    def __str__(self) -> str:
        return self.name if self.kind in ("net", "share") else f"{self.name} {self.kind}"

    @property
    def logarithmic(self) -> bool:
        """Whether it is positive and counted on a logarithmic scale."""
        return self.kind in ("exchange", "pool")


@dataclass(frozen=True, eq=False)
class FluxIntervals:
    """Intervals of fluxes, pool sizes and shares.

    Parameters
    ----------
    frame : pandas.DataFrame
        flux, kind (net, exchange, pool or share), value, low, high (in the units of the study;
        infinite where open), note (what an end means; empty if both are set by the data).
    level : float
        Confidence level, 0.95 for 95 %; of a posterior, the credible level.
    method : {"profile", "linear", "bootstrap", "posterior"}
    notes : tuple of str
        Remarks on all of them, one sentence each.
    """

    frame: pd.DataFrame
    level: float
    method: Method
    notes: tuple[str, ...] = ()

    def of(self, name: str, kind: TargetKind = "net") -> tuple[float, float]:
        """Return the interval of one flux, pool or share.

        Raises
        ------
        UnknownNameError
            If none was computed under this name and kind.
        """
        rows = self.frame[self.frame["kind"] == kind]
        found = rows[rows["flux"] == name]
        if found.empty:
            raise UnknownNameError(f"{kind} interval", name, rows["flux"])
        return float(found["low"].iloc[0]), float(found["high"].iloc[0])


def intervals_frame(rows: Iterable[tuple[Target, float, float, float, str]]) -> pd.DataFrame:
    """Return a frame of (target, value, low, high, note)."""
    table = [(target.name, target.kind, *rest) for target, *rest in rows]
    return pd.DataFrame(table, columns=list(COLUMNS))


def targets(
    space: FluxSpace, kinds: Sequence[TargetKind] = ("net", "exchange", "pool", "share")
) -> tuple[Target, ...]:
    """Return everything of some kinds that a flux space has."""
    names = {
        "net": space.reactions,
        "exchange": space.steps,
        "pool": space.pools,
        "share": tuple(share_name(member) for member in space.shares),
    }
    return tuple(Target(name, kind) for kind in kinds for name in names[kind])


def share_name(member: tuple[str, str, str]) -> str:
    """Return the name of a share from its experiment, measurement and species."""
    return f"{member[2]} in {member[1]} ({member[0]})"


def as_targets(
    study: TracingStudy, space: FluxSpace, wanted: Sequence[Target | Flux | str] | None
) -> tuple[Target, ...]:
    """Return what was asked for as targets; all net fluxes by default.

    A plain name is a net flux, or else a pool. The forward flux of a one-way step is its net flux.

    Raises
    ------
    InputError
        If gross fluxes of a reversible step are asked for.
    UnknownNameError
        If there is no such flux, pool or share.
    """
    if wanted is None:
        return targets(space, ("net",))
    known = set(targets(space))
    found = []
    for one in wanted:
        target = _as_target(study, space, one)
        if target not in known:
            raise UnknownNameError(
                {"net": "flux", "exchange": "exchange flux"}.get(target.kind, target.kind),
                target.name,
                [other.name for other in known if other.kind == target.kind],
            )
        found.append(target)
    return tuple(dict.fromkeys(found))


def _as_target(study: TracingStudy, space: FluxSpace, one: Target | Flux | str) -> Target:
    if isinstance(one, Target):
        return one
    if isinstance(one, str):
        return Target(one, "pool") if one in space.pools else Target(one)
    if one.kind in ("net", "exchange"):
        return Target(one.of, one.kind)
    reaction = study.network.step(one.of).reaction
    if one.kind == "forward" and reaction not in study.network.reversible:
        return Target(reaction)
    raise InputError(f'interval of "{one}": ask for its net or its exchange flux')


def target_values(space: FluxSpace, state: FluxState, wanted: Sequence[Target]) -> np.ndarray:
    """Return the values of targets in a state, shape (len(wanted),)."""
    net = np.where(np.abs(state.net) <= _ROUNDING * space.scale, 0.0, state.net)
    every = np.concatenate([net, state.exchange, state.pools, state.shares])
    return every[_places(space, wanted)]


def target_gradients(space: FluxSpace, state: FluxState, wanted: Sequence[Target]) -> np.ndarray:
    """Return the derivatives of targets by the parameters, shape (len(wanted), n_parameters)."""
    every = np.vstack(
        [
            space.net.matrix,
            space.exchange_derivative(state),
            space.pool_derivative(state),
            space.share.matrix,
        ]
    )
    return every[_places(space, wanted)]


def _places(space: FluxSpace, wanted: Sequence[Target]) -> np.ndarray:
    place = {target: k for k, target in enumerate(targets(space))}
    return np.array([place[target] for target in wanted], dtype=int)


class Reach(NamedTuple):
    """The least and greatest value of a linear function over a polytope."""

    low: float
    high: float
    low_open: bool  # whether an assumed row sets it
    high_open: bool


def reach(space: FluxSpace, row: np.ndarray, offset: float) -> Reach:
    """Return how far `offset + row @ theta` can go in the flux space (two linear programs)."""
    polytope = space.polytope
    used = _linked(polytope, row)
    inside = polytope.matrix[used].any(axis=0) | (row != 0)
    assumed = np.array([name.startswith("assumed") for name in space.row_names], dtype=bool)[used]
    ends: list[tuple[float, bool]] = []
    for sign in (1.0, -1.0):
        answer = linprog(
            sign * row[inside],
            A_ub=polytope.matrix[used][:, inside],
            b_ub=polytope.bound[used],
            bounds=(None, None),
            method="highs",
        )
        if answer.x is None:
            ends.append((-sign * math.inf, True))
            continue
        holding = np.abs(answer.ineqlin.marginals) > 1e-9
        end = offset + sign * float(answer.fun)
        end = 0.0 if abs(end) <= _ROUNDING * space.scale else end
        ends.append((end, bool(np.any(holding & assumed))))
    (low, low_open), (high, high_open) = ends
    return Reach(low, high, low_open, high_open)


def _linked(polytope: Polytope, row: np.ndarray) -> np.ndarray:
    """Return the rows that share coordinates with a direction, directly or through others."""
    live = row != 0
    touches = polytope.matrix != 0
    while True:
        rows = touches[:, live].any(axis=1)
        wider = live | touches[rows].any(axis=0)
        if np.array_equal(wider, live):
            return rows
        live = wider


def linear_coordinate(space: FluxSpace, target: Target) -> tuple[np.ndarray, float]:
    """Return row and offset of a target as a linear function of the parameters.

    Exchange fluxes and pools on the natural logarithm.
    """
    parts: dict[TargetKind, tuple[Affine, tuple[str, ...]]] = {
        "net": (space.net, space.reactions),
        "exchange": (space.log_exchange, space.steps),
        "pool": (space.log_pools, space.pools),
        "share": (space.share, tuple(share_name(member) for member in space.shares)),
    }
    affine, names = parts[target.kind]
    place = names.index(target.name)
    return affine.matrix[place], float(affine.offset[place])


def is_fixed(row: np.ndarray) -> bool:
    """Return whether a linear function of the parameters is a constant."""
    return bool(np.max(np.abs(row), initial=0.0) <= _STILL)


def check_level(level: float) -> None:
    """Raise InputError unless a confidence level lies between 0 and 1."""
    if not 0 < level < 1:
        raise InputError(f"level: {level:g} is not between 0 and 1; 0.95 is usual")
