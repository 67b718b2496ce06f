"""The part of x3cflux (13CFLUX 3) in the tracing benchmark.

Its measurements come in an order of its own; names tell them apart. Its parameters are the free net
fluxes (`R.n`), the free exchange fluxes as they are (`R.x`), then the pool sizes. `R___1`,
`R___2` are the variants of a scrambled reaction R, which share its flux equally.
"""

import statistics
import time
from pathlib import Path

import numpy as np

from _tracing_work import ERROR, aligned, cpu_ms, cpu_seconds, key, save

SOLVERS = {"sdirk": (1e-5, 3e-6, 1e-6, 7e-7, 3e-7), "bdf": (3e-6, 1e-6, 5e-7, 3e-7)}
"""Its two solvers and tolerances tried; the fastest within the error is its best."""

TIGHT = 1e-12
CHECK = ("sdirk", 1e-10)
"""The other solver, which must agree with the tight reference."""

JACOBIAN = ("bdf", 1e-7)
"""Loosest setting whose Jacobian of EC.fml is within the error; sdirk is slower at this error."""

BOUNDS = {".n": (-500.0, 500.0), ".x": (0.0, 1e5)}
"""Of the free fluxes in a profile, which must not be open: just above the largest of the file."""

SAMPLES = 10_000  # not thinned

STEPS = 1_000_000  # the default, 100,000, is no limit of accuracy


def _simulator(model: str, configuration: str):
    import x3cflux

    x3cflux.logging.level = 0
    return x3cflux.create_simulator_from_fml(model, configuration, "emu")


def _keys(simulator) -> list[str]:
    names, stamps = simulator.measurement_names[0], simulator.measurement_time_stamps
    sizes = iter(len(values) for values in simulator.measurement_data[0])
    return [
        key(name, moment, channel)
        for name, times in zip(names, stamps)
        for moment in range(max(len(times), 1))
        for channel in range(next(sizes))
    ]


def _labels(simulator, parameters: np.ndarray) -> np.ndarray:
    return np.concatenate(simulator.compute_measurements(parameters)[0])


def _frame(simulator) -> dict[str, np.ndarray]:
    """Return the free parameters and how every flux and pool size follows from them.

    That is linear, so that a unit step gives the derivative.
    """
    space, free = simulator.parameter_space, simulator.initial_parameters
    space.constraint_violation_tolerance = 1e9  # so that steps across a bound are let through
    every = space.compute_parameters(free)
    steps = np.maximum(np.abs(free), 1.0)
    derivative = np.empty((len(every), len(free)))
    for column, step in enumerate(steps):
        moved = free.copy()
        moved[column] += step
        derivative[:, column] = (space.compute_parameters(moved) - every) / step
    return {
        "free_names": np.array(space.free_parameter_names),
        "free": free,
        "names": np.array(space.parameter_names),
        "every": every,
        "derivative": derivative,
    }


def stationary(model: str, configuration: str, out: str) -> dict:
    """Time simulation and Jacobian at the file's fluxes; write both."""
    simulator = _simulator(model, configuration)
    free = simulator.initial_parameters
    jacobian = simulator.compute_jacobian(free)
    ready = time.process_time()
    keys = _keys(simulator)
    simulation_ms = cpu_ms(lambda: simulator.compute_measurements(free))
    jacobian_ms = cpu_ms(lambda: simulator.compute_jacobian(free))
    mapping_ms = cpu_ms(lambda: simulator.parameter_space.compute_parameters(free))
    values = _labels(simulator, free)
    save(Path(out), keys, values=values, jacobian=jacobian[: len(keys)], **_frame(simulator))
    return {
        "setup_s": ready,
        "ms": simulation_ms,
        "labels_ms": simulation_ms - mapping_ms,
        "jacobian_ms": jacobian_ms,
        "shape": list(jacobian.shape),
    }


def _set(simulator, solver: str, tolerance: float) -> None:
    builder = simulator.builder
    builder.set_solver(solver)
    builder.set_derivative_solver(solver)
    for part in (builder.solver, builder.derivative_solver):
        part.relative_tolerance, part.absolute_tolerance = tolerance, 1e-3 * tolerance
        part.num_max_steps = STEPS


def nonstationary(model: str, configuration: str, out: str) -> dict:
    """Time every setting, verify each against a tight run; return the fastest within the error."""
    simulator = _simulator(model, configuration)
    free = simulator.initial_parameters
    _set(simulator, "bdf", TIGHT)
    tight = _labels(simulator, free)
    _set(simulator, *CHECK)
    doubt = float(np.abs(_labels(simulator, free) - tight).max())
    tried = []
    for solver, tolerances in SOLVERS.items():
        for tolerance in tolerances:
            _set(simulator, solver, tolerance)
            error = float(np.abs(_labels(simulator, free) - tight).max())
            spent = cpu_ms(lambda: simulator.compute_measurements(free), seconds=0.3)
            tried.append({"solver": solver, "tolerance": tolerance, "error": error, "ms": spent})
    save(Path(out), _keys(simulator), values=tight, **_frame(simulator))
    good = [one for one in tried if one["error"] <= ERROR]
    return {"doubt": doubt, "tried": tried, "best": min(good, key=lambda one: one["ms"])}


def nonstationary_jacobian(model: str, configuration: str, out: str) -> dict:
    """Time one Jacobian; write it."""
    simulator = _simulator(model, configuration)
    _set(simulator, *JACOBIAN)
    free = simulator.initial_parameters
    spent, jacobian = cpu_seconds(lambda: simulator.compute_jacobian(free))
    keys = _keys(simulator)
    save(Path(out), keys, jacobian=jacobian[: len(keys)], **_frame(simulator))
    return {"s": spent, "shape": list(jacobian.shape), "setting": list(JACOBIAN)}


def _fitted(model: str, configuration: str, data: str):
    """Return the simulator with simulated data in place of the file's."""
    import x3cflux

    base = _simulator(model, configuration)
    keys = _keys(base)
    values, sd = (aligned(Path(data), keys, name) for name in ("values", "sd"))
    ends = np.cumsum([len(one) for one in base.measurement_data[0]])[:-1]
    with np.load(data) as found:
        fluxes = dict(zip(found["flux_names"].tolist(), found["flux_values"]))
        errors = dict(zip(found["flux_names"].tolist(), found["flux_sd"]))
    names = base.measurement_names[1]
    return x3cflux.create_simulator_from_measurements(
        (np.split(values, ends), [float(fluxes[name]) for name in names]),
        base,
        measurement_standard_deviations=(
            np.split(sd, ends),
            [float(errors[name]) for name in names],
        ),
    )


def _starts(simulator, starts: str) -> np.ndarray:
    """Return states (net and exchange fluxes by name) as free parameters, one a column."""
    space = simulator.parameter_space
    bases = [name.split("___")[0] for name in space.parameter_names if name.endswith(".n")]
    bases = [name.removesuffix(".n") for name in bases]
    with np.load(starts) as found:
        net = dict(zip(found["reactions"].tolist(), found["net"].T))
        exchange = dict(zip(found["steps"].tolist(), found["exchange"].T))
    rows = []
    for name in space.free_parameter_names:
        flux, _, kind = name.rpartition(".")
        base = flux.split("___")[0]
        rows.append((net if kind == "n" else exchange)[base] / bases.count(base))
    return np.array(rows)


def fit(model: str, configuration: str, data: str, starts: str, count: int) -> dict:
    """Fit from the first starts; return CPU seconds and the weighted sum of squares of each."""
    import x3cflux

    simulator = _fitted(model, configuration, data)
    system = simulator.parameter_space.inequality_system

    def end(start: np.ndarray) -> float | None:
        # Starts may touch a bound, which Ipopt must not.
        inside = x3cflux.compute_closest_interior_point(start, system.matrix, system.bound)
        try:
            return float(x3cflux.run_optimization(simulator, inside)[1])
        except x3cflux.IpoptError:
            return None

    found = [cpu_seconds(end, start) for start in _starts(simulator, starts).T[:count]]
    return {"s": statistics.median(spent for spent, _ in found), "ends": [at for _, at in found]}


def profile(model: str, configuration: str, data: str, flux: str) -> dict:
    """Time the profile-likelihood interval of one net flux, from a fit that begins at the truth."""
    import x3cflux

    simulator = _fitted(model, configuration, data)
    best, _ = x3cflux.run_optimization(simulator, simulator.initial_parameters)
    bounds = {name: BOUNDS[name[-2:]] for name in simulator.parameter_space.free_parameter_names}
    spent, found = cpu_seconds(
        lambda: x3cflux.run_profile_likelihood_cis(
            simulator, best, names=[f"{flux}.n"], bounds=bounds, num_procs=1
        )
    )
    return {"s": spent, "interval": [float(end) for end in found[0]]}


def sample(model: str, configuration: str, data: str) -> dict:
    """Count steps of its Markov chain a second (hopsy's coordinate hit and run, as ours)."""
    import x3cflux

    simulator = _fitted(model, configuration, data)
    begin = simulator.initial_parameters
    spent, _ = cpu_seconds(
        lambda: x3cflux.run_non_uniform_sampling(simulator, SAMPLES, starting_point=begin)
    )
    return {"rate": SAMPLES / spent}
