"""The labelling of a cascade over time at constant fluxes and pool sizes, and its derivatives.

Compiled. Steps of `cahill.numerics.cascade_radau` with their size controlled so that the error of
every distribution stays within the tolerance; they end on every measurement and change of feed.
The derivatives are those of the numerical solution itself on the same steps
(`cahill.numerics.cascade_radau_tangents`).
"""

from typing import NamedTuple

import numpy as np

from cahill.numerics.cascade_flow import filtered, initial_slopes, unlabelled
from cahill.numerics.cascade_kernels import (
    factorise,
    hold_empty_pools,
    impossible,
    observe,
    rates_of,
    steady_values,
)
from cahill.numerics.cascade_program import channels_of, kernel, program_of
from cahill.numerics.cascade_radau import STAGES, factorise_step, stage_values
from cahill.numerics.cascade_radau_tangents import (
    changes_of,
    factors_of_products,
    stage_tangents,
)
from cahill.numerics.cascade_tangents import observe_tangents, rate_tangents, steady_tangents

FAILED = -(2**31)
"""Status if the steps become too small or too many."""

MOST_STEPS = 100_000
SMALLEST_STEP = 1e-14  # of the whole course
EMPTY = -1.0
"""Size of a pool that holds nothing and through which nothing flows."""

# Step control as in RADAU5: safety, least and largest change, change too small to be worth it.
_SAFETY, _LEAST, _MOST, _KEEP = 0.9, 0.2, 8.0, 1.2


class Schedule(NamedTuple):
    """Where the steps must end.

    Parameters
    ----------
    stops : numpy.ndarray of float
        Rising times, the course beginning at 0.
    record : numpy.ndarray of int
        Number of the measurement time at each stop, or -1.
    segment : numpy.ndarray of int
        Number of the feed that begins at each stop, or -1.
    begin : int
        Number of the feed at the beginning.
    before : int
        Number of the feed under which everything is at steady state at the beginning, or -1 if
        everything is unlabelled then.
    """

    stops: np.ndarray
    record: np.ndarray
    segment: np.ndarray
    begin: int
    before: int


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


@kernel
def _workspace(program, weight, n_factors, n_entries, gross, pools, p):
    """Return the arrays, with coefficients and sizes filled in and everything unlabelled."""
    n_rows = len(program.row_pool)
    rates, size = np.empty(len(program.rate_start) - 1), np.empty(n_rows)
    rates_of(program, weight, gross, rates)
    for r in range(n_rows):
        size[r] = pools[program.row_pool[r]]
        if size[r] == 0.0 and rates[program.row_turnover[r]] == 0.0:
            size[r] = EMPTY
    slices = STAGES if p else 0
    return Work(
        rates,
        size,
        np.empty(n_rows),
        np.empty((n_factors, STAGES)),
        np.empty((n_rows, STAGES)),
        np.empty(n_rows),
        np.empty(n_factors),
        np.empty(n_rows),
        factors_of_products(program, n_entries),
        unlabelled(program, n_entries),
        np.zeros(n_entries),
        np.zeros(n_entries),
        np.zeros(n_entries),
        np.zeros(n_entries),
        np.zeros((n_entries, STAGES)),
        np.zeros((n_entries, STAGES)),
        np.zeros((n_entries, p)),
        np.zeros((n_entries, slices, p)),
        np.zeros((n_entries, slices, p)),
        np.zeros(6),
    )


@kernel
def _settle(program, work, d_rates, inputs):
    """Bring everything to isotopic steady state under a feed; return as `factorise`."""
    hold = np.empty(len(work.size))
    hold_empty_pools(program, work.rates, hold)
    status = factorise(program, work.rates, hold, work.real_factors, work.real_inverse)
    if status == 0:
        factors, inverse, start = work.real_factors, work.real_inverse, work.start
        start[: len(inputs)] = inputs
        steady_values(program, work.rates, hold, factors, inverse, start)
        if d_rates.shape[1]:
            steady_tangents(
                program,
                work.rates,
                d_rates,
                hold,
                factors,
                inverse,
                len(inputs),
                start,
                work.d_start,
            )
            # The derivatives of the inputs are not filled in above.
            work.d_start[: len(inputs)] = 0.0
    return status


@kernel
def _switch(program, method, work, inputs, tolerance, span):
    """Let a feed begin; return as `factorise`."""
    for e in range(len(inputs)):
        work.start[e] = inputs[e]
        for q in range(STAGES):
            work.x[e, q] = inputs[e]
            work.u[e, q] = method.one[q] * inputs[e]
    status = initial_slopes(
        program,
        work.rates,
        work.size,
        work.real_factors,
        work.real_inverse,
        work.start,
        work.slope,
    )
    fastest = 0.0
    for e in range(len(work.slope)):
        fastest = max(fastest, abs(work.slope[e]))
    little = tolerance ** (1.0 / (STAGES + 1))
    work.pace[_STEP] = span if fastest * span < little else little / fastest
    # The real factors have been overwritten.
    work.pace[_FRESH], work.pace[_VAIN], work.pace[_FACTORED] = 1.0, 0.0, 0.0
    return status


@kernel
def _attempt(program, method, work, h):
    """Solve the stages of a step; return the status of the factors and the error estimate."""
    if h != work.pace[_FACTORED]:
        for r in range(len(work.size)):
            work.mass[r] = 1.0 if work.size[r] < 0.0 else work.size[r] / h
        status = factorise_step(
            program, method.shifts, work.rates, work.mass, work.factors, work.inverse
        )
        if status:
            return status, 0.0
        work.real_hold[:] = method.shifts[0, 0] * work.mass
        work.real_factors[:] = work.factors[:, 0]
        work.real_inverse[:] = work.inverse[:, 0]
        work.pace[_FACTORED] = h
    start, slope, x = work.start, work.slope, work.x
    stage_values(
        program,
        method,
        work.rates,
        work.mass,
        work.factors,
        work.inverse,
        start,
        x,
        work.u,
    )
    for e in range(len(start)):
        total = h / method.shifts[0, 0] * slope[e]
        for i in range(STAGES):
            total += method.error[i] * (x[e, i] - start[e])
        work.drive[e] = total
    work.end[:] = x[:, STAGES - 1]
    estimate = filtered(
        program,
        work.rates,
        work.real_hold,
        work.real_factors,
        work.real_inverse,
        work.end,
        work.drive,
        work.error,
    )
    return 0, estimate


@kernel
def _accept(method, h, start, slope, x):
    """Move start and slope to the end of a step."""
    end = STAGES - 1
    for e in range(len(start)):
        change = 0.0
        for i in range(STAGES):
            change += method.weights[end, i] * (x[e, i] - start[e])
        slope[e] = change / h
    for e in range(len(start)):
        start[e] = x[e, end]


@kernel
def _next_step(pace, h, estimate, tolerance):
    """Choose the next step from the error of this one (Hairer & Wanner IV.8, eq. (8.25))."""
    estimate = max(estimate, 1e-2 * tolerance * _LEAST)
    power = 1.0 / (STAGES + 1)
    factor = _SAFETY * (tolerance / estimate) ** power
    if estimate <= tolerance:
        if pace[_FRESH] == 0.0 and pace[_VAIN] == 0.0:
            trend = h / pace[_LAST] * (tolerance * pace[_ERROR] / estimate**2) ** power
            factor = min(factor, _SAFETY * trend)
        pace[_LAST], pace[_ERROR] = h, estimate
        factor = min(max(factor, _LEAST), 1.0 if pace[_VAIN] else _MOST)
        pace[_FRESH] = 0.0
        # A step as good as the last one saves its factors.
        pace[_STEP] = h if 1.0 <= factor < _KEEP else h * factor
        pace[_VAIN] = 0.0
    else:
        pace[_STEP] = h * (0.1 if pace[_FRESH] else min(max(factor, _LEAST), 1.0))
        pace[_VAIN] = 1.0


@kernel
def label_course(
    tape,
    weight,
    n_factors,
    n_entries,
    inputs,
    schedule,
    method,
    tolerance,
    gross,
    pools,
    channels,
    channel_weight,
    shares,
    d_gross,
    d_pools,
    d_shares,
):
    """Follow the labelling from time 0 through all stops.

    Parameters
    ----------
    inputs : (segments, n_inputs)
        Distributions fed.
    schedule : Schedule
        Where steps end.
    method : cahill.numerics.cascade_radau.Method
        Coefficients.
    tolerance : float
        Of the embedded error estimate.
    gross, pools : (n_gross,) and (n_pools,)
        Gross fluxes and pool sizes; `Program.row_pool` points to the latter.
    channels, channel_weight, shares
        As `cascade_kernels.observe` takes them.
    d_gross, d_pools, d_shares : (n, p)
        Their derivatives by p parameters; p may be 0.

    Returns
    -------
    status : int
        0, FAILED, minus that of `impossible`, or that of `factorise`.
    steps : int
        Steps taken.
    values, d_values : (times, n_channels) and (times, n_channels, p)
        Channels and their derivatives at the recorded stops.
    """
    program, channels = program_of(tape), channels_of(channels)
    p, n_inputs, stops = d_gross.shape[1], inputs.shape[1], schedule.stops
    work = _workspace(program, weight, n_factors, n_entries, gross, pools, p)
    d_rates = np.empty((len(work.rates), p))
    rate_tangents(program, weight, d_gross, d_rates)
    changes = changes_of(d_rates, d_pools)
    values = np.empty((schedule.record.max() + 1, len(channels.start) - 1))
    d_values = np.empty((*values.shape, p))
    steps, time, span = 0, 0.0, stops[-1]
    status = -impossible(gross)
    if status == 0 and schedule.before >= 0:
        status = _settle(program, work, d_rates, inputs[schedule.before])
    if status == 0:
        status = _switch(program, method, work, inputs[schedule.begin], tolerance, span)
    for stop in range(len(stops)):
        while status == 0 and time < stops[stop]:
            left, step = stops[stop] - time, work.pace[_STEP]
            # Halving the last bit spares a tiny step at its end.
            h = left if step >= left else min(step, 0.5 * left)
            if h < SMALLEST_STEP * span or steps >= MOST_STEPS:
                return FAILED, steps, values, d_values
            status, estimate = _attempt(program, method, work, h)
            if estimate <= tolerance:
                if p:
                    stage_tangents(program, method, h, changes, work, n_inputs)
                _accept(method, h, work.start, work.slope, work.x)
                time = stops[stop] if h == left else time + h
                steps += 1
            _next_step(work.pace, h, estimate, tolerance)
            if h < step and estimate <= tolerance:
                work.pace[_STEP] = max(work.pace[_STEP], step)
        record, segment = schedule.record[stop], schedule.segment[stop]
        if record >= 0 and status == 0:
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
        if segment >= 0 and status == 0:
            status = _switch(program, method, work, inputs[segment], tolerance, span)
    return status, steps, values, d_values
