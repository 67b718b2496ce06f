"""COPASI's part of the kinetic benchmark."""

import time
from pathlib import Path

import numpy as np

from _kinetics_work import ATOL, DAY, RTOL, TIGHT, layout, scatter, timed


def _copasi(model: str):
    import basico

    basico.load_model(model)
    return basico


def course(model: str, folder: str) -> dict:
    """Time one time course."""
    names, _ = layout(folder)
    task = _Course(model, names)
    task.set_tolerances(*TIGHT)
    np.save(Path(folder) / "course_copasi.npy", task.run(None))
    task.set_tolerances(RTOL, ATOL)
    return {"ms": timed(lambda: task.run(None, read=False))}


def ensemble(model: str, folder: str) -> dict:
    """Time up to 200 members of the ensemble (one after another; a rate needs no more).

    A member on which the integration fails is counted apart, with its time.
    """
    names, matrix = layout(folder)
    task = _Course(model, names)
    spent, failed = [], 0
    for values in matrix[:200]:
        start = time.perf_counter()
        try:
            task.run(values, read=False)
        except IntegrationError:
            failed += 1
            continue
        spent.append(time.perf_counter() - start)
    task = _Course(model, names)  # a new one: after a failure COPASI stays in it
    task.set_tolerances(*TIGHT)
    ends = [_end(task, values, len(names["states"])) for values in matrix[:20]]
    np.save(Path(folder) / "ends_copasi.npy", np.array(ends))
    return {"rate": len(spent) / sum(spent), "failed": failed}


def _end(task: "_Course", values: np.ndarray, width: int) -> np.ndarray:
    """Return the state at the end, not numbers where the integration failed."""
    try:
        return task.run(values)[-1]
    except IntegrationError:
        return np.full(width, np.nan)


class IntegrationError(Exception):
    """COPASI gave up a time course."""


class _Course:
    """COPASI's time course by its raw interface."""

    def __init__(self, model: str, layout: dict) -> None:
        import COPASI

        self._copasi, self._layout = COPASI, layout
        self._data = _copasi(model).get_current_model()
        self._model = self._data.getModel()
        self._task = self._data.getTask("Time-Course")
        self._task.setMethodType(COPASI.CTaskEnum.Method_deterministic)
        problem = self._task.getProblem()
        problem.setStepNumber(100)
        problem.setDuration(DAY)
        problem.setTimeSeriesRequested(True)
        self.set_tolerances(RTOL, ATOL)
        values = self._model.getModelValues()
        self._parameters = [values.getByName(name) for name in layout["names"]]
        self._changed = COPASI.ObjectStdVector()
        for parameter in self._parameters:
            self._changed.append(parameter.getObject(COPASI.CCommonName("Reference=InitialValue")))

    def set_tolerances(self, rtol: float, atol: float) -> None:
        method = self._task.getMethod()
        method.getParameter("Relative Tolerance").setDblValue(rtol)
        method.getParameter("Absolute Tolerance").setDblValue(atol)

    def run(self, values: np.ndarray | None, read: bool = True) -> np.ndarray:
        if values is not None:
            for parameter, value in zip(self._parameters, values):
                parameter.setInitialValue(float(value))
            self._model.updateInitialValues(self._changed)
        output = self._copasi.CCopasiTask.OUTPUT_UI
        self._task.initializeRaw(output)
        if not self._task.processRaw(True):
            raise IntegrationError(self._task.getProcessError())
        series = self._task.getTimeSeries()
        if not read:
            return np.empty(0)
        places = {series.getSBMLId(i, self._data): i for i in range(series.getNumVariables())}
        columns = [places[name] for name in self._layout["states"]]
        steps = range(series.getRecordedSteps())
        return np.array([[series.getConcentrationData(i, c) for c in columns] for i in steps])


def steady(model: str) -> dict:
    """Time the steady state; count starts that come to rest."""
    import COPASI

    data = _copasi(model).get_current_model()
    own, task = data.getModel(), data.getTask("Steady-State")
    metabolites = own.getMetabolites()
    moving = [
        metabolites.get(i)
        for i in range(metabolites.size())
        if metabolites.get(i).getStatus() == COPASI.CModelEntity.Status_REACTIONS
    ]
    begin = np.array([m.getInitialConcentration() for m in moving])
    changed = COPASI.ObjectStdVector()
    for metabolite in moving:
        changed.append(metabolite.getObject(COPASI.CCommonName("Reference=InitialConcentration")))

    def rest() -> bool:
        task.initializeRaw(COPASI.CCopasiTask.OUTPUT_UI)
        task.processRaw(True)
        return task.getResult() == COPASI.CSteadyStateMethod.found

    found = 0
    for values in scatter(begin):
        for metabolite, value in zip(moving, values):
            metabolite.setInitialConcentration(float(value))
        own.updateInitialValues(changed)
        found += rest()
    for metabolite, value in zip(moving, begin):
        metabolite.setInitialConcentration(float(value))
    own.updateInitialValues(changed)
    return {"ms": timed(rest) if rest() else None, "found": int(found)}
