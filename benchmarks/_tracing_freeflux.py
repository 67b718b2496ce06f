"""FreeFlux's part of the tracing benchmark (Python 3.10, the newest it runs on)."""

import json
import time
from pathlib import Path

import numpy as np

from _tracing_work import SD, cpu_ms, cpu_seconds, key, save

BOUNDS = [-1000.0, 1000.0]  # of every net flux; the network's own go up to 180


def _model(folder: str):
    from freeflux import Model

    model = Model("benchmark")
    model.read_from_file(str(Path(folder) / "freeflux.tsv"))
    return model, json.loads((Path(folder) / "freeflux.json").read_text())


def _feed(handler, setting: dict) -> None:
    for tracer in setting["tracers"]:
        handler.set_labeling_strategy(
            tracer["substrate"],
            labeling_pattern=tracer["patterns"],
            percentage=tracer["shares"],
            purity=[1.0] * len(tracer["patterns"]),
        )


def simulate(folder: str, out: str) -> dict:
    """Time preparing and simulating the fragments measured; write their distributions."""
    model, setting = _model(folder)
    fragments = setting["fragments"]
    with model.simulator("ss") as simulator:
        _feed(simulator, setting)
        for name in fragments:
            metabolite, atoms = name.split("_")
            simulator.set_target_EMUs({metabolite: atoms})
        for name, value in setting["fluxes"].items():
            simulator.set_flux(name, value)
        simulator.prepare()
        result = simulator.simulate()
        ready = time.process_time()
        spent = cpu_ms(simulator.simulate)
    keys, values = [], []
    for name, (measurement, _) in fragments.items():
        found = np.asarray(result.simulated_MDV(name).value)
        keys += [key(measurement, 0, channel) for channel in range(len(found))]
        values.append(found)
    save(Path(out), keys, values=np.concatenate(values))
    return {"setup_s": ready, "ms": spent}


def in_time(folder: str, out: str) -> dict:
    """Time a non-stationary simulation at the file's time points; write the distributions.

    Its products of EMUs run straight between time points, and nothing controls the error.
    """
    model, setting = _model(folder)
    times = setting["times"]
    with model.simulator("inst") as simulator:
        _feed(simulator, setting)
        for name in setting["fragments_in_time"]:
            metabolite, atoms = name.split("_")
            simulator.set_target_EMUs({metabolite: atoms})
        for name, value in setting["fluxes"].items():
            simulator.set_flux(name, value)
        for name, value in setting["pools"].items():
            simulator.set_concentration(name, value)
        simulator.set_timepoints(times)
        simulator.prepare()
        result = simulator.simulate()
        spent = cpu_ms(simulator.simulate)
    keys, values = [], []
    for name, measurement in setting["fragments_in_time"].items():
        found = result.simulated_MDV(name)
        for moment, at in enumerate(times):
            mids = np.asarray(found[at].value)
            keys += [key(measurement, moment, channel) for channel in range(len(mids))]
            values.append(mids)
    save(Path(out), keys, values=np.concatenate(values))
    return {"ms": spent}


def fit(folder: str) -> dict:
    """Time preparing a fit of exact data and one start of it."""
    model, setting = _model(folder)
    with model.fitter("ss") as fitter:
        _feed(fitter, setting)
        fitter.set_flux_bounds("all", bounds=BOUNDS)
        for name, (_, values) in setting["fragments"].items():
            fitter.set_measured_MDV(name, mean=values, sd=[SD] * len(values))
        for name, (value, sd) in setting["measured"].items():
            fitter.set_measured_flux(name, mean=value, sd=sd)
        prepared, _ = cpu_seconds(fitter.prepare)
        spent, result = cpu_seconds(lambda: fitter.solve(show_progress=False))
    return {"prepare_s": prepared, "s": spent, "end": float(result.opt_objective)}
