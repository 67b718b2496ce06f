"""libRoadRunner's part of the kinetic benchmark."""

import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from _kinetics_work import ATOL, DAY, RTOL, TIGHT, layout, scatter, timed


def load(model: str) -> dict:
    """Read and compile once in this process."""
    import roadrunner

    text = Path(model).read_text(encoding="utf-8")
    start = time.perf_counter()
    roadrunner.RoadRunner(text)
    return {"s": time.perf_counter() - start}


def _rr(model: str, shown: list[str] | None):
    import roadrunner

    roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)
    program = roadrunner.RoadRunner(Path(model).read_text(encoding="utf-8"))
    _set_tolerances(program, RTOL, ATOL)
    if shown is not None:
        program.timeCourseSelections = ["time", *shown]
    return program


def _set_tolerances(program, rtol: float, atol: float) -> None:
    program.integrator.relative_tolerance = rtol
    program.integrator.absolute_tolerance = atol


def course(model: str, folder: str) -> dict:
    """Time one time course."""
    program = _rr(model, layout(folder)[0]["shown"])

    def work() -> np.ndarray:
        program.reset()
        return program.simulate(0, DAY, 101)

    _set_tolerances(program, *TIGHT)
    np.save(Path(folder) / "course_rr.npy", np.array(work())[:, 1:])
    _set_tolerances(program, RTOL, ATOL)
    return {"ms": timed(work)}


def ensemble(model: str, folder: str) -> dict:
    """Time the ensemble."""
    names, matrix = layout(folder)
    program = _rr(model, names["shown"])
    known = list(program.model.getGlobalParameterIds())
    places = [known.index(name) for name in names["names"]]

    def work(values: np.ndarray) -> np.ndarray:
        program.model.setGlobalParameterValues(places, values)
        program.reset()
        return program.simulate(0, DAY, 101)

    start = time.perf_counter()
    for values in matrix:
        work(values)
    spent = time.perf_counter() - start
    _set_tolerances(program, *TIGHT)
    ends = [np.array(work(values)[-1])[1:] for values in matrix[:20]]
    np.save(Path(folder) / "ends_rr.npy", np.array(ends))
    return {"rate": len(matrix) / spent}


def steady(model: str) -> dict:
    """Time steady state and control coefficients; count starts that come to rest."""
    program = _rr(model, None)
    ids = list(program.model.getFloatingSpeciesIds())
    begin = np.array(program.model.getFloatingSpeciesConcentrations())

    spent, with_control = [], []
    for number, values in enumerate(scatter(begin)):
        program.reset()
        program.model.setFloatingSpeciesConcentrations(list(range(len(ids))), values)
        start = time.perf_counter()
        if not _works(program.steadyState):
            continue
        spent.append(time.perf_counter() - start)
        if number < 3 and _works(program.getScaledFluxControlCoefficientMatrix):
            # Seconds each: three are enough for a median.
            _works(program.getScaledConcentrationControlCoefficientMatrix)
            with_control.append(time.perf_counter() - start)
    return {
        "ms": 1e3 * statistics.median(spent) if spent else None,
        "control_ms": 1e3 * statistics.median(with_control) if with_control else None,
        "found": len(spent),
    }


def _works(call: Callable[[], object]) -> bool:
    """Return whether a peer answers; it reports failure by an exception of its own kind."""
    try:
        call()
    except Exception:  # noqa: BLE001
        return False
    return True
