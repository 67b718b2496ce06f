"""The flux space of a study: free fluxes and pool sizes inside a polytope, and the states in it.

The parameters theta are the free net fluxes, then the logarithms of exchange fluxes and of pool
sizes, then the free shares of mixtures. Balances and equality constraints are solved once; what is
left are linear inequalities `matrix @ theta <= bound`.

Forward and backward fluxes of a step follow from net and exchange (Wiechert & de Graaf 1997):
forward = exchange + max(net, 0), backward = exchange + max(-net, 0). Where a net flux changes sign
they have a kink; at net = 0 the derivative of the side net >= 0 is taken.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from cahill.core.labelling import Flux, FluxPoint, TracingStudy
from cahill.errors import ModelError
from cahill.numerics.polytope import Affine, Polytope, diagonal_blocks, nearest
from cahill.tracing.flux_space_balances import NetSpace, net_relations, net_space
from cahill.tracing.flux_space_parts import (
    flux_scale,
    free_mixtures,
    gross_order,
    is_assumed,
    pool_scale,
    reversible_steps,
    sized_pools,
    sort_constraints,
)
from cahill.tracing.flux_space_point import complete_net, complete_positive
from cahill.tracing.flux_space_ties import LogSpace, log_space

# Bounds where the study states none, all assumed: they keep the space bounded and lie where labels
# no longer respond (an exchange a thousand times the largest flux is as good as equilibrium, a
# millionth as good as none).
NET_CAP = 100.0  # times the flux scale
EXCHANGE_RANGE = (1e-6, 1e3)  # times the flux scale
POOL_RANGE = (1e-6, 1e3)  # times the pool scale

_NONE = 1e-300  # an exchange or pool that is zero, on the logarithmic scale

Kind = Literal["net", "exchange", "pool", "share"]


class Parameter(NamedTuple):
    """One coordinate of a flux space.

    A net flux or a share as it is, or the natural logarithm of an exchange flux or a pool size.
    """

    kind: Kind
    of: str

    def __str__(self) -> str:
        return self.of if self.kind in ("net", "share") else f"{self.of} {self.kind}"


@dataclass(frozen=True, eq=False)
class FluxState:
    """Fluxes, pool sizes and shares, in the order of the space they belong to.

    Parameters
    ----------
    net, exchange, gross : numpy.ndarray
        In the unit of the fluxes; shapes (n_reactions,), (n_steps,), (n_gross,).
    pools : numpy.ndarray
        In flux unit times time unit, shape (n_pools,).
    shares : numpy.ndarray
        Of the members of mixtures, shape (n_shares,).
    """

    net: np.ndarray
    exchange: np.ndarray
    gross: np.ndarray
    pools: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, eq=False)
class FluxSpace:
    """Every flux state a study allows, by free parameters.

    Parameters
    ----------
    reactions : tuple of str
        Those with a net flux, all of the network.
    steps : tuple of str
        Reversible steps, which have an exchange flux.
    gross : tuple of Flux
        Forward, then backward flux if reversible, of each step of the network.
    pools : tuple of str
        Balanced species whose size matters.
    shares : tuple of (str, str, str)
        Experiment, measurement and species of each member of a mixture with free shares.
    parameters : tuple of Parameter
        The coordinates theta.
    net, log_exchange, log_pools, share : Affine
        What theta says; logarithms are natural, -inf for an exchange flux that is zero.
    polytope : Polytope
        Of theta.
    row_names : tuple of str
        What each of its rows says.
    scale : float
        Typical size of a flux.
    pool_scale : float
        Typical size of a pool.
    """

    reactions: tuple[str, ...]
    steps: tuple[str, ...]
    gross: tuple[Flux, ...]
    pools: tuple[str, ...]
    shares: tuple[tuple[str, str, str], ...]
    parameters: tuple[Parameter, ...]
    net: Affine
    log_exchange: Affine
    log_pools: Affine
    share: Affine
    polytope: Polytope
    row_names: tuple[str, ...]
    scale: float
    pool_scale: float
    _gross_net: np.ndarray  # reaction of each gross flux
    _gross_step: np.ndarray  # step of each gross flux in `steps`, or -1
    _gross_sign: np.ndarray  # 1 forward, -1 backward
    _one_way: np.ndarray  # whether it belongs to a one-way step

    @property
    def n_parameters(self) -> int:
        """Number of coordinates."""
        return len(self.parameters)

    def of_kind(self, *kinds: Kind) -> np.ndarray:
        """Return the numbers of the coordinates of these kinds."""
        return np.array([k for k, p in enumerate(self.parameters) if p.kind in kinds], dtype=int)

    def state(self, theta: np.ndarray) -> FluxState:
        """Return the state at theta."""
        net, exchange = self.net(theta), np.exp(self.log_exchange(theta))
        return FluxState(
            net=net,
            exchange=exchange,
            gross=self.gross_fluxes(net, exchange),
            pools=np.exp(self.log_pools(theta)),
            shares=np.maximum(self.share(theta), 0.0),  # rounding errors may lie below zero
        )

    def gross_fluxes(self, net: np.ndarray, exchange: np.ndarray) -> np.ndarray:
        """Return forward and backward fluxes, shape (n_gross,)."""
        one_way = np.maximum(self._gross_sign * net[self._gross_net], 0.0)
        return one_way + np.append(exchange, 0.0)[self._gross_step]

    def gross_derivative(self, state: FluxState) -> np.ndarray:
        """Return the derivative of the gross fluxes by theta, shape (n_gross, n_parameters)."""
        sign, step = self._gross_sign, self._gross_step
        # A one-way flux may be a rounding error below zero; it still runs forward.
        running = self._one_way | ((state.net[self._gross_net] >= 0) == (sign > 0))
        derivative = np.where(running, sign, 0.0)[:, None] * self.net.matrix[self._gross_net]
        twoway = np.flatnonzero(step >= 0)
        derivative[twoway] += self.exchange_derivative(state)[step[twoway]]
        return derivative

    def exchange_derivative(self, state: FluxState) -> np.ndarray:
        """Return the derivative of the exchange fluxes by theta, shape (n_steps, n_parameters)."""
        return state.exchange[:, None] * self.log_exchange.matrix

    def pool_derivative(self, state: FluxState) -> np.ndarray:
        """Return the derivative of the pool sizes by theta, shape (n_pools, n_parameters)."""
        return state.pools[:, None] * self.log_pools.matrix

    def complete(self, point: FluxPoint) -> FluxState:
        """Return the full state of a point that gives the free fluxes, or more.

        Values beyond the assumed bounds are kept. Members of mixtures get equal shares.

        Raises
        ------
        ModelError
            If the values contradict the balances or constraints, or leave a flux or pool open.
        UnknownNameError
            If a reaction does not exist.
        """
        net = complete_net(self.net, self.reactions, point.net)
        exchange = complete_positive(self.log_exchange, self.steps, point.exchange, "exchange flux")
        pools = complete_positive(self.log_pools, self.pools, point.pools, "pool size")
        mixtures = [member[:2] for member in self.shares]
        shares = np.array([1.0 / mixtures.count(mixture) for mixture in mixtures])
        state = FluxState(net, exchange, self.gross_fluxes(net, exchange), pools, shares)
        slack = self.polytope.slack(self._coordinates(state))
        for row in np.flatnonzero(slack < -1e-6 * self.scale):
            if not is_assumed(self.row_names[row]):
                raise ModelError(
                    f"flux values: they contradict a constraint ({self.row_names[row]}); correct "
                    "them"
                )
        return state

    def theta(self, state: FluxState) -> np.ndarray:
        """Return the parameters of a state, or of the nearest one inside the bounds."""
        inside = nearest(self.polytope, self._coordinates(state), self.widths)
        if inside is None:
            raise ModelError("flux values: no state near them respects the constraints")
        return inside

    @property
    def widths(self) -> np.ndarray:
        """Natural size of a change of each parameter: a tenth of its range, or a factor e."""
        wide = {"net": 0.1 * self.scale, "exchange": 1.0, "pool": 1.0, "share": 0.1}
        return np.array([wide[parameter.kind] for parameter in self.parameters])

    @property
    def reach(self) -> np.ndarray:
        """Longest step of a search: a factor e of exchange fluxes and pools, none for the others.

        Logarithmic parameters that overshoot land where labels no longer respond, and stay there.
        """
        bounded = [parameter.kind in ("exchange", "pool") for parameter in self.parameters]
        return np.where(bounded, 1.0, np.inf)

    def _coordinates(self, state: FluxState) -> np.ndarray:
        """Return the coordinates of a state that the balances allow."""
        parts = (
            (self.net, state.net),
            (self.log_exchange, np.log(np.maximum(state.exchange, _NONE))),
            (self.log_pools, np.log(np.maximum(state.pools, _NONE))),
            (self.share, state.shares),
        )
        theta = np.zeros(self.n_parameters)
        for affine, values in parts:
            live = np.any(affine.matrix != 0, axis=1)
            change = values[live] - affine.offset[live]
            theta += np.linalg.lstsq(affine.matrix[live], change, rcond=None)[0]
        return theta


def flux_space(study: TracingStudy) -> FluxSpace:
    """Return the flux space of a study.

    Parameters
    ----------
    study : TracingStudy

    Raises
    ------
    InputError
        If a constraint mixes kinds of fluxes, or is not linear in the parameters.
    ModelError
        If balances and constraints contradict each other; the message names a smallest set.
    UnknownNameError
        If a constraint or measurement names a flux or pool that does not exist.
    """
    stated = sort_constraints(study)
    size, pool_size = flux_scale(study), pool_scale(study, flux_scale(study))
    relations = net_relations(study, [one for one, _ in stated["net"]], NET_CAP * size)
    net = net_space(relations, _wish_for_freedom(study), size)
    exchange = log_space(
        [step.id for step in reversible_steps(study)],
        stated["exchange"],
        (size * EXCHANGE_RANGE[0], size * EXCHANGE_RANGE[1]),
        "exchange flux",
        frozenset(study.point.exchange),
    )
    sized = sized_pools(study, stated["pool"])
    pools = log_space(
        sized,
        stated["pool"] if sized else (),
        (pool_size * POOL_RANGE[0], pool_size * POOL_RANGE[1]),
        "pool size",
        frozenset(study.point.pools),
    )
    return _assembled(study, net, exchange, pools, size, pool_size)


def _wish_for_freedom(study: TracingStudy) -> list[int]:
    """Rank the net fluxes: those of the study's point are free first, then measured ones."""
    measured = {flux.of for one in study.fluxes for flux in one.terms if flux.kind == "net"}
    return [
        2 if name in study.point.net else int(name in measured) for name in study.network.reactions
    ]


def _assembled(
    study: TracingStudy,
    net: NetSpace,
    exchange: LogSpace,
    pools: LogSpace,
    size: float,
    pool_size: float,
) -> FluxSpace:
    """Put the parts of theta behind one another."""
    mixed = free_mixtures(study.experiments)
    parameters = (
        *(Parameter("net", name) for name in net.free),
        *(Parameter("exchange", name) for name in exchange.free),
        *(Parameter("pool", name) for name in pools.free),
        *(Parameter("share", name) for name in mixed.free),
    )
    polytopes = [
        (net.polytope.matrix, net.polytope.bound, net.row_names),
        *((part.rows, part.bounds, part.row_names) for part in (exchange, pools, mixed)),
    ]
    columns = diagonal_blocks([net.matrix, exchange.matrix, pools.matrix, mixed.matrix])
    cuts = np.cumsum([len(net.matrix), len(exchange.matrix), len(pools.matrix)]).tolist()
    by_net, by_exchange, by_pool, by_share = np.split(columns, cuts)
    reactions = tuple(study.network.reactions)
    gross, of_net, of_step, sign = gross_order(study, exchange.names)
    return FluxSpace(
        reactions=reactions,
        steps=exchange.names,
        gross=gross,
        pools=pools.names,
        shares=mixed.members,
        parameters=parameters,
        net=Affine(net.offset, by_net),
        log_exchange=Affine(exchange.offset, by_exchange),
        log_pools=Affine(pools.offset, by_pool),
        share=Affine(mixed.offset, by_share),
        polytope=Polytope(
            diagonal_blocks([matrix for matrix, _, _ in polytopes]),
            np.concatenate([bound for _, bound, _ in polytopes]),
        ),
        row_names=tuple(name for _, _, names in polytopes for name in names),
        scale=size,
        pool_scale=pool_size,
        _gross_net=of_net,
        _gross_step=of_step,
        _gross_sign=sign,
        _one_way=np.array([r not in study.network.reversible for r in reactions])[of_net],
    )
