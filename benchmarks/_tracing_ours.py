"""Our part of the tracing benchmark."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from _tracing_freeflux_model import write_model
from _tracing_work import (
    SD,
    SEED,
    STARTS,
    aligned,
    cpu_ms,
    cpu_seconds,
    jacobian_error,
    key,
    save,
)
from cahill.core.labelling import Flux, TracingStudy
from cahill.io.fluxml import read_fluxml
from cahill.tracing.fit_problem import fit_problem
from cahill.tracing.flux_fit import fit_fluxes
from cahill.tracing.flux_space import FluxSpace, FluxState, flux_space
from cahill.tracing.label_model import LabelModel, label_model
from cahill.tracing.nonstationary_error import with_tolerance
from cahill.tracing.posterior import Posterior, sample_posterior
from cahill.tracing.profile import profile_fluxes
from cahill.tracing.starts import draw_starts

TIGHT = 1e-12
DRAWS = 50  # kept of each chain; each takes hundreds of steps


def _ready(model: str, configuration: str) -> tuple[TracingStudy, FluxSpace, FluxState, LabelModel]:
    study = read_fluxml(model, configuration)
    space = flux_space(study)
    return (
        study,
        space,
        space.complete(study.point),
        label_model(study.network, study.experiments[0]),
    )


def _keys(study: TracingStudy) -> list[str]:
    return [
        key(one.id, moment, channel)
        for one in study.experiments[0].labels
        for moment in range(len(one.values))
        for channel in range(len(one.channels))
    ]


def _sizes(
    labels: LabelModel, space: FluxSpace, state: FluxState, tangents: bool
) -> dict[str, np.ndarray]:
    """Return the pool sizes, if they matter, and their derivatives by the parameters."""
    places = [space.pools.index(name) for name in labels.pools]
    if not places:
        return {}
    sizes = {"pools": state.pools[places]}
    if tangents:
        sizes["d_pools"] = space.pool_derivative(state)[places]
    return sizes


def stationary(model: str, configuration: str, out: str, frame: str | None) -> dict:
    """Time simulation and Jacobian from the free parameters; write both.

    The Jacobian written is by a peer's free parameters, if there is a file of them.
    """
    study, space, state, labels = _ready(model, configuration)
    theta = space.theta(state)

    def simulate() -> np.ndarray:
        return labels.predict(space.state(theta).gross)

    def differentiate() -> tuple[np.ndarray, np.ndarray]:
        here = space.state(theta)
        return labels.predict_with_jacobian(here.gross, space.gross_derivative(here))

    arrays = {"values": labels.predict(state.gross)}
    if frame is not None:
        change = _by_their_parameters(labels, space, state, frame)[0]
        arrays["jacobian"] = labels.predict_with_jacobian(state.gross, change)[1]
    save(Path(out), _keys(study), **arrays)
    return {
        "ms": cpu_ms(simulate),
        "labels_ms": cpu_ms(lambda: labels.predict(state.gross)),
        "jacobian_ms": cpu_ms(differentiate),
        "shape": [labels.n_values, space.n_parameters],
    }


def in_time(model: str, configuration: str, out: str, frame: str | None) -> dict:
    """Time a non-stationary simulation and Jacobian at the default tolerance.

    The judge is a run at tight tolerance, which is written for the peer's to be compared with. The
    Jacobian is by a peer's free parameters, if there is a file of them.
    """
    study, space, state, labels = _ready(model, configuration)
    sizes = _sizes(labels, space, state, tangents=True)
    if frame is None:
        theta = space.theta(state)
        change = space.gross_derivative(state), sizes.pop("d_pools")
        at = np.where(np.arange(len(theta)) < len(space.of_kind("net")), theta, 1.0)
    else:
        change = _by_their_parameters(labels, space, state, frame)
        sizes.pop("d_pools")
        with np.load(frame) as found:
            at = found["free"]

    def simulate(model: LabelModel) -> np.ndarray:
        return model.predict(state.gross, **sizes)

    def differentiate(model: LabelModel) -> np.ndarray:
        return model.predict_with_jacobian(state.gross, change[0], d_pools=change[1], **sizes)[1]

    tight = with_tolerance(labels, TIGHT)
    values, jacobian = simulate(tight), differentiate(tight)
    save(Path(out), _keys(study), values=values, jacobian=jacobian)
    return {
        "shape": list(jacobian.shape),
        "ms": cpu_ms(lambda: simulate(labels)),
        "error": float(np.abs(simulate(labels) - values).max()),
        "jacobian_ms": cpu_ms(lambda: differentiate(labels)),
        "jacobian_error": jacobian_error(differentiate(labels), jacobian, at),
    }


def _by_their_parameters(
    labels: LabelModel, space: FluxSpace, state: FluxState, frame: str
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the derivatives of gross fluxes and pools by a peer's parameters (x3cflux's).

    The forward flux follows a net flux that runs forward, the backward flux one that runs backward.
    Every reaction read from FluxML has one step of its own name.
    """
    with np.load(frame) as found:
        names, derivative = found["names"].tolist(), found["derivative"]
    moved: dict[tuple[str, str], np.ndarray] = {}
    for name, row in zip(names, derivative):
        flux, dot, kind = name.rpartition(".")
        place = (kind, flux.split("___")[0]) if dot else ("pool", kind)
        moved[place] = moved.get(place, 0.0) + row
    running = dict(zip(space.reactions, state.net))
    d_gross = np.zeros((len(labels.gross), derivative.shape[1]))
    for place, flux in enumerate(labels.gross):
        sign = 1.0 if flux.kind == "forward" else -1.0
        if flux.of in space.steps:
            d_gross[place] = moved["x", flux.of]
        if (running[flux.of] >= 0) == (sign > 0):
            d_gross[place] += sign * moved["n", flux.of]
    if not labels.pools:
        return d_gross, None
    return d_gross, np.array([moved["pool", name] for name in labels.pools])


def simulate_data(model: str, configuration: str, in_time: str, folder: str) -> dict:
    """Write data of the file's own fluxes, exact and with noise, and starts of fits.

    Labels have an error of 0.01, measured fluxes that of the file.
    """
    study, space, state, labels = _ready(model, configuration)
    values = labels.predict(state.gross)
    net = dict(zip(space.reactions, state.net))
    fluxes = np.array(
        [sum(factor * net[flux.of] for flux, factor in one.terms.items()) for one in study.fluxes]
    )
    errors = np.array([one.sd for one in study.fluxes])
    rng = np.random.default_rng(SEED)
    noise = SD * rng.normal(size=len(values)), errors * rng.normal(size=len(errors))
    for name, factor in (("exact", 0.0), ("noisy", 1.0)):
        save(
            Path(folder) / f"{name}.npz",
            _keys(study),
            values=values + factor * noise[0],
            sd=np.full(len(values), SD),
            flux_names=np.array([one.id for one in study.fluxes]),
            flux_values=fluxes + factor * noise[1],
            flux_sd=errors,
        )
    noisy = _with_data(study, f"{folder}/noisy.npz")
    problem = fit_problem(noisy, flux_space(noisy))
    starts = [problem.space.state(theta) for theta in draw_starts(problem, STARTS, SEED)]
    np.savez(
        Path(folder) / "starts.npz",
        reactions=np.array(problem.space.reactions),
        steps=np.array(problem.space.steps),
        net=np.array([start.net for start in starts]),
        exchange=np.array([start.exchange for start in starts]),
    )
    write_model(study, read_fluxml(model, in_time), space, state, values, Path(folder))
    return {}


def _with_data(study: TracingStudy, data: str) -> TracingStudy:
    """Return the study with simulated data in place of the file's."""
    (experiment,) = study.experiments
    keys = _keys(study)
    values, sd = (aligned(Path(data), keys, name) for name in ("values", "sd"))
    ends = np.cumsum([one.values.size for one in experiment.labels])[:-1]
    labels = tuple(
        replace(one, values=value.reshape(one.values.shape), sd=error.reshape(one.values.shape))
        for one, value, error in zip(experiment.labels, np.split(values, ends), np.split(sd, ends))
    )
    with np.load(data) as found:
        fluxes = tuple(
            replace(one, value=float(value))
            for one, value in zip(study.fluxes, found["flux_values"])
        )
    return replace(study, experiments=(replace(experiment, labels=labels),), fluxes=fluxes)


def fit(model: str, configuration: str, data: str) -> dict:
    """Fit from the starts; return CPU seconds to prepare and a start, and where each ends."""
    study = _with_data(read_fluxml(model, configuration), data)
    fit_fluxes(study, starts=STARTS, seed=SEED)  # loads compiled code
    ready, _ = cpu_seconds(lambda: fit_problem(study, flux_space(study)))
    spent, found = cpu_seconds(lambda: fit_fluxes(study, starts=STARTS, seed=SEED))
    return {"ready_s": ready, "s": spent / STARTS, "ends": found.starts["ssr"].tolist()}


def profile(model: str, configuration: str, data: str, flux: str) -> dict:
    """Time the profile-likelihood intervals of one net flux and of all."""
    study = _with_data(read_fluxml(model, configuration), data)
    best = fit_fluxes(study, starts=STARTS, seed=SEED)
    every = [Flux(name) for name in study.network.reactions]
    profile_fluxes(best.problem, best.theta, [Flux(flux)])  # loads compiled code
    one, found = cpu_seconds(lambda: profile_fluxes(best.problem, best.theta, [Flux(flux)]))
    many, _ = cpu_seconds(lambda: profile_fluxes(best.problem, best.theta, every))
    return {"s": one, "all_s": many, "interval": list(found.intervals.of(flux))}


def sample(model: str, configuration: str, data: str) -> dict:
    """Count steps of the posterior's Markov chains a second, warming up included."""
    study = _with_data(read_fluxml(model, configuration), data)
    best = fit_fluxes(study, starts=STARTS, seed=SEED)

    def draw(draws: int) -> Posterior:
        return sample_posterior(best.problem, best.theta, draws=draws, chains=2, seed=SEED)

    draw(10)  # loads compiled code
    spent, found = cpu_seconds(draw, DRAWS)
    return {"rate": found.likelihoods / spent}
