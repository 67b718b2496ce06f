"""The labelling of a cascade while fluxes and pool sizes change, compiled.

Each stage of the ESDIRK method of `cahill.numerics.esdirk` is one linear solve of the whole cascade
with the fluxes and pool sizes of its own time: what a row takes from its inflows and from what its
pool holds. Fluxes and sizes are cubics between the times of a trajectory.
"""

from typing import NamedTuple

import numpy as np

from cahill.numerics.cascade_flow import filtered, held_values, initial_slopes
from cahill.numerics.cascade_kernels import factorise, rates_of
from cahill.numerics.cascade_program import Program, kernel

FAILED = -1
"""Status if the steps become too small or too many."""

MOST_STEPS = 1_000_000
SMALLEST_STEP = 1e-14  # of the time reached
# Step control: safety, least and largest change of a step, order of the estimate.
_SAFETY, _LEAST, _MOST, _ORDER = 0.9, 0.2, 5.0, 3


class Flow(NamedTuple):
    """Fluxes and pool sizes as functions of time.

    Parameters
    ----------
    times : (n,)
        Rising; a time that stands twice is a jump.
    cubics : (n - 1, n_gross + n_pools, 4)
        Coefficients of each quantity in powers of the time since the interval began, highest
        first; gross fluxes, then pool sizes.
    """

    times: np.ndarray
    cubics: np.ndarray


class Legs(NamedTuple):
    """What holds between one stop and the next.

    Parameters
    ----------
    ends : (n,)
        When each leg ends, rising.
    record : (n,)
        Number of the output time at its end, or -1.
    interval : (n,)
        An interval of `Flow` no later than the one the leg begins in, and after any jump there.
    feed : (n,)
        Number of the feed.
    restart : (n,)
        1 if a feed, or a flux, jumps where it begins.
    added : (n, n_gross)
        Fluxes on top of those of the trajectory.
    """

    ends: np.ndarray
    record: np.ndarray
    interval: np.ndarray
    feed: np.ndarray
    restart: np.ndarray
    added: np.ndarray


class Scheme(NamedTuple):
    """Coefficients of the method, as `cahill.numerics.esdirk` names them."""

    butcher: np.ndarray
    embedded: np.ndarray
    nodes: np.ndarray
    diagonal: float


class Work(NamedTuple):
    """Arrays of a course; `k` holds the time derivatives of the stages."""

    gross: np.ndarray
    rates: np.ndarray
    size: np.ndarray
    hold: np.ndarray
    factors: np.ndarray
    inverse: np.ndarray
    start: np.ndarray
    held: np.ndarray
    x: np.ndarray
    k: np.ndarray
    drive: np.ndarray
    error: np.ndarray


def workspace(
    program: Program, n_gross: int, n_factors: int, stages: int, start: np.ndarray
) -> Work:
    """Return the arrays of a course; `start` holds all distributions and is taken along."""
    n_rows, n_entries = len(program.row_pool), len(start)
    return Work(
        gross=np.zeros(n_gross),
        rates=np.zeros(len(program.rate_start) - 1),
        size=np.zeros(n_rows),
        hold=np.zeros(n_rows),
        factors=np.zeros(n_factors),
        inverse=np.zeros(n_rows),
        start=start,
        held=np.zeros(n_entries),
        x=np.zeros(n_entries),
        k=np.zeros((stages, n_entries)),
        drive=np.zeros(n_entries),
        error=np.zeros(n_entries),
    )


@kernel
def _state_at(program, weight, flow, interval, time, added, work):
    """Fill in coefficients and sizes at a time no earlier than the interval."""
    times, cubics = flow.times, flow.cubics
    while interval < len(cubics) - 1 and time > times[interval + 1]:
        interval += 1
    since, n_gross = time - times[interval], len(work.gross)
    for j in range(n_gross):
        c = cubics[interval, j]
        value = ((c[0] * since + c[1]) * since + c[2]) * since + c[3]
        work.gross[j] = value + added[j]
    rates_of(program, weight, work.gross, work.rates)
    for r in range(len(work.size)):
        c = cubics[interval, n_gross + program.row_pool[r]]
        work.size[r] = max(((c[0] * since + c[1]) * since + c[2]) * since + c[3], 0.0)


@kernel
def _hold(program, work, h):
    """Fill in what holds each row back during a stage; an empty pool keeps its label."""
    for r in range(len(work.size)):
        empty = work.size[r] == 0.0 and work.rates[program.row_turnover[r]] == 0.0
        work.hold[r] = 1.0 if empty else work.size[r] / h


@kernel
def _try_step(program, weight, flow, interval, time, h, added, scheme, work):
    """Solve the stages of a step; return the status and the largest error."""
    stages = len(scheme.nodes)
    inner = scheme.diagonal * h
    start, held, x, k = work.start, work.held, work.x, work.k
    for e in range(len(start)):
        x[e] = start[e]
    for i in range(1, stages):
        moment = time + scheme.nodes[i] * h
        _state_at(program, weight, flow, interval, moment, added, work)
        _hold(program, work, inner)
        status = factorise(program, work.rates, work.hold, work.factors, work.inverse)
        if status:
            return status, 0.0
        for e in range(len(start)):
            total = start[e]
            for j in range(i):
                total += h * scheme.butcher[i, j] * k[j, e]
            held[e] = total
        held_values(program, work.rates, work.hold, held, work.factors, work.inverse, x)
        for e in range(len(start)):
            k[i, e] = (x[e] - held[e]) / inner
    for e in range(len(start)):
        total = 0.0
        for j in range(stages):
            total += (scheme.butcher[stages - 1, j] - scheme.embedded[j]) * k[j, e]
        work.drive[e] = h * total
    estimate = filtered(
        program, work.rates, work.hold, work.factors, work.inverse, x, work.drive, work.error
    )
    return 0, estimate


@kernel
def _restart(program, weight, flow, interval, time, added, inputs, work):
    """Let a feed or new fluxes begin; return the status."""
    for e in range(len(inputs)):
        work.start[e] = inputs[e]
    _state_at(program, weight, flow, interval, time, added, work)
    for i in range(len(work.k)):
        for e in range(len(work.start)):
            work.k[i, e] = 0.0
    return initial_slopes(
        program,
        work.rates,
        work.size,
        work.factors,
        work.inverse,
        work.held,
        work.start,
        work.k[0],
    )


@kernel
def _first_step(slope, tolerance, span):
    """Return a step in which the fastest distribution changes little."""
    fastest = 0.0
    for e in range(len(slope)):
        fastest = max(fastest, abs(slope[e]))
    little = tolerance ** (1.0 / (_ORDER + 1))
    return span if fastest * span < little else little / fastest


@kernel
def changing_course(program, weight, inputs, flow, legs, scheme, tolerance, work, found):
    """Follow the labelling from the first time of the trajectory through all legs.

    Parameters
    ----------
    program : cahill.numerics.cascade_program.Program
        What to do.
    weight : (n,)
        Weights of the gross fluxes in the coefficients.
    inputs : (feeds, n_inputs)
        Distributions fed.
    flow, legs, scheme
        Fluxes and pool sizes, stops, method.
    tolerance : float
        Of the embedded error estimate of a step.
    work : Work
        Of `workspace`.
    found : (outputs, n_entries)
        Filled in: distributions of all nodes at the output times.

    Returns
    -------
    status : int
        0, FAILED, or 1 + the row that nothing determines.
    steps : int
        Steps taken.
    time : float
        How far it came.
    """
    last = len(scheme.nodes) - 1
    time, steps, tries, step, vain, status = flow.times[0], 0, 0, 0.0, False, 0
    span = legs.ends[-1] - time
    for leg in range(len(legs.ends)):
        added, interval = legs.added[leg], legs.interval[leg]
        if legs.restart[leg]:
            feed = inputs[legs.feed[leg]]
            status = _restart(program, weight, flow, interval, time, added, feed, work)
            step = _first_step(work.k[0], tolerance, span)
        while status == 0 and time < legs.ends[leg]:
            left = legs.ends[leg] - time
            h = left if step >= left else min(step, 0.5 * left)
            status, estimate = _try_step(
                program, weight, flow, interval, time, h, added, scheme, work
            )
            tries += 1
            if not estimate < np.inf or h < SMALLEST_STEP * abs(time) or tries > MOST_STEPS:
                return FAILED, steps, time
            wish = _SAFETY * (tolerance / max(estimate, 1e-300)) ** (1.0 / (_ORDER + 1))
            wish = min(max(wish, _LEAST), 1.0 if vain else _MOST)
            vain = estimate > tolerance
            if vain:
                step = h * min(wish, _SAFETY)
            else:
                steps += 1
                time = legs.ends[leg] if h == left else time + h
                while interval < len(flow.cubics) - 1 and time > flow.times[interval + 1]:
                    interval += 1
                for e in range(len(work.start)):
                    work.start[e] = work.x[e]
                    work.k[0, e] = work.k[last, e]
                # A step cut short by a stop says nothing against the one before it.
                step = max(h * wish, step) if h < step else h * wish
        if status:
            return status, steps, time
        if legs.record[leg] >= 0:
            for e in range(len(work.start)):
                found[legs.record[leg], e] = work.start[e]
    return 0, steps, time
