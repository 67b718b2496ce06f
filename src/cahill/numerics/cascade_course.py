"""The labelling of a cascade over time at constant fluxes and pool sizes, and its derivatives.

Compiled. Steps of `cahill.numerics.cascade_radau`, their size controlled so that the error of every
distribution stays within the tolerance; they end on every measurement and change of feed. The
derivatives are those of the numerical solution itself on the same steps
(`cahill.numerics.cascade_radau_tangents`).
"""

from typing import NamedTuple

import numpy as np

from cahill.numerics.cascade_flow import filtered, initial_slopes
from cahill.numerics.cascade_kernels import observe
from cahill.numerics.cascade_program import kernel
from cahill.numerics.cascade_radau import STAGES, factorise_step, stage_values
from cahill.numerics.cascade_radau_tangents import stage_tangents
from cahill.numerics.cascade_tangents import observe_tangents

FAILED = -(2**31)
"""Status if the steps become too small or too many."""

MOST_STEPS = 100_000
SMALLEST_STEP = 1e-14  # of the time reached
EMPTY = -1.0
"""Size of a pool that holds nothing and through which nothing flows."""

# Step control as in RADAU5: safety, least and largest change, change too small to be worth it.
_SAFETY, _LEAST, _MOST, _KEEP = 0.9, 0.2, 8.0, 1.2


class Schedule(NamedTuple):
    """Where the steps must end.

    Parameters
    ----------
    stops : numpy.ndarray of float
        Rising times, the first is 0, where the course begins.
    record : numpy.ndarray of int
        Number of the measurement time at each stop, or -1.
    segment : numpy.ndarray of int
        Number of the feed that begins after each stop, or -1; the first is not -1.
    """

    stops: np.ndarray
    record: np.ndarray
    segment: np.ndarray


class Work(NamedTuple):
    """Arrays of a course: coefficients, factors, state, and derivatives of the state."""

    rates: np.ndarray
    size: np.ndarray
    mass: np.ndarray
    factors: np.ndarray
    inverse: np.ndarray
    real_hold: np.ndarray
    real_factors: np.ndarray
    real_inverse: np.ndarray
    needed: np.ndarray
    start: np.ndarray
    slope: np.ndarray
    drive: np.ndarray
    error: np.ndarray
    end: np.ndarray
    x: np.ndarray
    u: np.ndarray
    d_start: np.ndarray
    dx: np.ndarray
    du: np.ndarray
    pace: np.ndarray


# Places in `Work.pace`: the step to try, the step of the factors, the last step and its error,
# whether a feed has just begun, and whether the last try was in vain.
_STEP, _FACTORED, _LAST, _ERROR, _FRESH, _VAIN = range(6)


def workspace(
    rates: np.ndarray,
    size: np.ndarray,
    needed: np.ndarray,
    start: np.ndarray,
    d_start: np.ndarray,
    n_factors: int,
) -> Work:
    """Return the arrays of a course.

    Parameters
    ----------
    rates : numpy.ndarray
        Coefficients, shape (n_rates,).
    size : numpy.ndarray
        Pool size of each row, shape (n_rows,); `EMPTY` if it holds nothing and nothing flows.
    needed : numpy.ndarray
        Of `cahill.numerics.cascade_radau_tangents.factors_of_products`.
    start, d_start : numpy.ndarray
        Distributions at the beginning, (n_entries,), and their derivatives, (n_entries, p); they
        are taken along.
    n_factors : int
        Entries of the factors.
    """
    n_rows, (n_entries, p) = len(size), d_start.shape
    slices = STAGES if p else 0
    return Work(
        rates=rates,
        size=size,
        mass=np.empty(n_rows),
        factors=np.empty((n_factors, STAGES)),
        inverse=np.empty((n_rows, STAGES)),
        real_hold=np.empty(n_rows),
        real_factors=np.empty(n_factors),
        real_inverse=np.empty(n_rows),
        needed=needed,
        start=start,
        slope=np.zeros(n_entries),
        drive=np.zeros(n_entries),
        error=np.zeros(n_entries),
        end=np.zeros(n_entries),
        x=np.zeros((n_entries, STAGES)),
        u=np.zeros((n_entries, STAGES)),
        d_start=d_start,
        dx=np.zeros((n_entries, slices, p)),
        du=np.zeros((n_entries, slices, p)),
        pace=np.zeros(6),
    )


@kernel
def _switch(program, one, work, inputs, tolerance, span):
    """Let a feed begin; return as `factorise`."""
    start, slope, pace = work.start, work.slope, work.pace
    for e in range(len(inputs)):
        start[e] = inputs[e]
        for q in range(STAGES):
            work.x[e, q] = inputs[e]
            work.u[e, q] = one[q] * inputs[e]
    status = initial_slopes(
        program,
        work.rates,
        work.size,
        work.real_factors,
        work.real_inverse,
        work.end,
        start,
        slope,
    )
    fastest = 0.0
    for e in range(len(slope)):
        fastest = max(fastest, abs(slope[e]))
    little = tolerance ** (1.0 / (STAGES + 1))
    pace[_STEP] = span if fastest * span < little else little / fastest
    # The real factors have been overwritten.
    pace[_FRESH], pace[_VAIN], pace[_FACTORED] = 1.0, 0.0, 0.0
    return status


@kernel
def _attempt(program, method, work, h):
    """Solve the stages of a step; return the status of the factors and the error estimate."""
    start, slope, x, drive, end = work.start, work.slope, work.x, work.drive, work.end
    g = method.shifts[0, 0]
    if h != work.pace[_FACTORED]:
        for r in range(len(work.size)):
            work.mass[r] = 1.0 if work.size[r] < 0.0 else work.size[r] / h
            work.real_hold[r] = g * work.mass[r]
        status = factorise_step(
            program, method.shifts, work.rates, work.mass, work.factors, work.inverse
        )
        if status:
            return status, 0.0
        for f in range(len(work.real_factors)):
            work.real_factors[f] = work.factors[f, 0]
        for r in range(len(work.size)):
            work.real_inverse[r] = work.inverse[r, 0]
        work.pace[_FACTORED] = h
    stage_values(
        program, method, work.rates, work.mass, work.factors, work.inverse, start, x, work.u
    )
    for e in range(len(start)):
        total = h / g * slope[e]
        for i in range(STAGES):
            total += method.error[i] * (x[e, i] - start[e])
        drive[e] = total
        end[e] = x[e, STAGES - 1]
    return 0, filtered(
        program,
        work.rates,
        work.real_hold,
        work.real_factors,
        work.real_inverse,
        end,
        drive,
        work.error,
    )


@kernel
def _accept(weights, h, start, slope, x):
    """Move start and slope to the end of a step."""
    end = STAGES - 1
    for e in range(len(start)):
        change = 0.0
        for i in range(STAGES):
            change += weights[end, i] * (x[e, i] - start[e])
        slope[e] = change / h
        start[e] = x[e, end]


@kernel
def _next_step(pace, h, estimate, tolerance):
    """Choose the next step from the error of this one (Hairer & Wanner, section IV.8)."""
    estimate = max(estimate, 1e-3 * tolerance)
    power = 1.0 / (STAGES + 1)
    factor = _SAFETY * (tolerance / estimate) ** power
    if estimate <= tolerance:
        if pace[_FRESH] == 0.0 and pace[_VAIN] == 0.0:
            trend = h / pace[_LAST] * (pace[_ERROR] / estimate) ** power
            factor = min(factor, factor * trend)
        pace[_LAST], pace[_ERROR] = h, estimate
        factor = min(max(factor, _LEAST), 1.0 if pace[_VAIN] else _MOST)
        # A step as good as the last one saves its factors.
        wish = h if 1.0 <= factor < _KEEP else h * factor
        # A step cut short by a stop says nothing against the one before it.
        pace[_STEP] = wish if h >= pace[_STEP] else max(wish, pace[_STEP])
        pace[_FRESH], pace[_VAIN] = 0.0, 0.0
    else:
        pace[_STEP] = h * (0.1 if pace[_FRESH] else min(max(factor, _LEAST), _SAFETY))
        pace[_VAIN] = 1.0


@kernel
def label_course(
    program,
    inputs,
    schedule,
    method,
    tolerance,
    work,
    changes,
    channels,
    channel_weight,
    shares,
    d_shares,
    values,
    d_values,
):
    """Follow the labelling from time 0 through all stops.

    Parameters
    ----------
    program : cahill.numerics.cascade_program.Program
        What to do.
    inputs : (segments, n_inputs)
        Distributions fed.
    schedule : Schedule
        Where steps end.
    method : cahill.numerics.cascade_radau.Method
        Coefficients.
    tolerance : float
        Of the embedded error estimate.
    work : Work
        Of `workspace`.
    changes : cahill.numerics.cascade_radau_tangents.Changes
        Derivatives of coefficients and pool sizes by p parameters; p may be 0.
    channels, channel_weight, shares, d_shares
        As `cascade_tangents.observe_tangents` takes them.
    values, d_values : (times, n_channels) and (times, n_channels, p)
        Filled in: channels and their derivatives at the recorded stops.

    Returns
    -------
    int
        0, FAILED, or as `cascade_kernels.factorise`.
    """
    stops, pace, n_inputs, p = schedule.stops, work.pace, inputs.shape[1], d_values.shape[2]
    steps, time, span, status = 0, 0.0, stops[-1], 0
    for stop in range(len(stops)):
        while status == 0 and time < stops[stop]:
            left, step = stops[stop] - time, pace[_STEP]
            # Halving the last bit spares a tiny step at its end.
            h = left if step >= left else min(step, 0.5 * left)
            status, estimate = _attempt(program, method, work, h)
            steps += 1
            if not estimate < np.inf or h < SMALLEST_STEP * time or steps > MOST_STEPS:
                return FAILED
            if estimate <= tolerance:
                if p:
                    stage_tangents(program, method, h, changes, work, n_inputs)
                _accept(method.weights, h, work.start, work.slope, work.x)
                time = stops[stop] if h == left else time + h
            _next_step(pace, h, estimate, tolerance)
        if status:
            return status
        record, segment = schedule.record[stop], schedule.segment[stop]
        if record >= 0:
            observe(channels, channel_weight, shares, work.start, values[record])
            observe_tangents(
                channels,
                channel_weight,
                shares,
                d_shares,
                n_inputs,
                work.start,
                work.d_start,
                d_values[record],
            )
        if segment >= 0:
            status = _switch(program, method.one, work, inputs[segment], tolerance, span)
    return status
