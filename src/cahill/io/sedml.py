"""Write a simulation experiment as SED-ML level 1 version 4.

One model, the values its inputs have from the start as changes, one uniform time course by CVODE,
a report of every quantity and a plot of the chief ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import libsbml
import libsedml

from cahill.errors import ModelError, UnknownNameError

CVODE = "KISAO:0000019"
RELATIVE_TOLERANCE = "KISAO:0000209"
ABSOLUTE_TOLERANCE = "KISAO:0000211"
TIME_SYMBOL = "urn:sedml:symbol:time"
SBML_LANGUAGE = "urn:sedml:language:sbml.level-3.version-2"
# Where SBML keeps each kind of thing, for the XPath of a target.
LISTS = {
    libsbml.SBML_SPECIES: ("listOfSpecies", "species"),
    libsbml.SBML_PARAMETER: ("listOfParameters", "parameter"),
    libsbml.SBML_COMPARTMENT: ("listOfCompartments", "compartment"),
    libsbml.SBML_REACTION: ("listOfReactions", "reaction"),
}


@dataclass(frozen=True)
class Experiment:
    """A time course of an SBML model.

    Parameters
    ----------
    title : str
        Name of the experiment.
    duration : float
        In the model's unit of time.
    points : int
        Equally spaced outputs after the first at time zero.
    reported : sequence of str
        Ids of the model's quantities in the report.
    plotted : sequence of str
        Ids among `reported` that are drawn.
    values : mapping of str to float
        Parameters that differ from the model's from time zero.
    changes : sequence of (float, mapping of str to float)
        Parameters set at later times.
    state : mapping of str to float
        Values at time zero of species (as the model counts them) and of parameters with a rate
        rule.
    rtol, atol : float
        Tolerances of the integrator.
    """

    title: str
    duration: float
    points: int
    reported: Sequence[str]
    plotted: Sequence[str] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    changes: Sequence[tuple[float, Mapping[str, float]]] = ()
    state: Mapping[str, float] = field(default_factory=dict)
    rtol: float = 1e-6
    atol: float = 1e-9


def sedml_text(experiment: Experiment, model: libsbml.Model, file: str) -> str:
    """Return the SED-ML document of an experiment.

    Parameters
    ----------
    experiment : Experiment
        What is simulated.
    model : libsbml.Model
        The model, for the kinds of its quantities.
    file : str
        Location of the model beside the document.

    Raises
    ------
    UnknownNameError
        The model has no quantity of a given id.
    ModelError
        The document would not be valid.
    """
    document = libsedml.SedDocument(1, 4)
    document.getSedNamespaces().addNamespace(model.getSBMLNamespaces().getURI(), "sbml")
    document.getNamespaces().add(model.getSBMLNamespaces().getURI(), "sbml")
    entry = document.createModel()
    entry.setId("model")
    entry.setName(model.getName() or model.getId())
    entry.setLanguage(SBML_LANGUAGE)
    entry.setSource(file)
    for name, value in experiment.values.items():
        change = entry.createChangeAttribute()
        change.setTarget(_target(model, name) + "/@value")
        change.setNewValue(repr(float(value)))
    _add_time_course(document, experiment)
    task = document.createTask()
    task.setId("task")
    task.setModelReference("model")
    task.setSimulationReference("time_course")
    _add_outputs(document, model, experiment)
    text = libsedml.writeSedMLToString(document)
    _prove(text)
    return text


def _target(model: libsbml.Model, name: str) -> str:
    """Return the XPath of a quantity."""
    element = model.getElementBySId(name)
    if element is None or element.getTypeCode() not in LISTS:
        lists = (model.getListOfSpecies(), model.getListOfParameters(), model.getListOfReactions())
        known = [item.getId() for items in lists for item in items]
        raise UnknownNameError("quantity", name, known, "SED-ML")
    folder, tag = LISTS[element.getTypeCode()]
    return f"/sbml:sbml/sbml:model/sbml:{folder}/sbml:{tag}[@id='{name}']"


def _add_time_course(document: Any, experiment: Experiment) -> None:
    course = document.createUniformTimeCourse()
    course.setId("time_course")
    course.setInitialTime(0.0)
    course.setOutputStartTime(0.0)
    course.setOutputEndTime(experiment.duration)
    course.setNumberOfSteps(experiment.points)
    algorithm = course.createAlgorithm()
    algorithm.setKisaoID(CVODE)
    tolerances = {RELATIVE_TOLERANCE: experiment.rtol, ABSOLUTE_TOLERANCE: experiment.atol}
    for kisao, value in tolerances.items():
        parameter = algorithm.createAlgorithmParameter()
        parameter.setKisaoID(kisao)
        parameter.setValue(repr(value))


def _add_outputs(document: Any, model: libsbml.Model, experiment: Experiment) -> None:
    """Add a data generator for each quantity, a report of all and a plot of some."""
    _generator(document, "time", symbol=TIME_SYMBOL)
    for name in experiment.reported:
        _generator(document, name, target=_target(model, name))
    report = document.createReport()
    report.setId("report")
    report.setName(experiment.title)
    for name in ("time", *experiment.reported):
        data = report.createDataSet()
        data.setId(f"report_{name}")
        data.setLabel(name)
        data.setDataReference(f"data_{name}")
    if not experiment.plotted:
        return
    plot = document.createPlot2D()
    plot.setId("plot")
    plot.setName(experiment.title)
    for axis, label in ((plot.createXAxis(), "time (min)"), (plot.createYAxis(), "mmol/L")):
        axis.setType("linear")
        axis.setName(label)
    for order, name in enumerate(experiment.plotted):
        curve = plot.createCurve()
        curve.setId(f"curve_{name}")
        curve.setName(name)
        curve.setOrder(order)
        curve.setXDataReference("data_time")
        curve.setYDataReference(f"data_{name}")


def _generator(document: Any, name: str, *, target: str = "", symbol: str = "") -> None:
    """Add a data generator that hands on one quantity of the task."""
    generator = document.createDataGenerator()
    generator.setId(f"data_{name}")
    generator.setName(name)
    variable = generator.createVariable()
    variable.setId(f"value_{name}")
    variable.setTaskReference("task")
    if symbol:
        variable.setSymbol(symbol)
    else:
        variable.setTarget(target)
    generator.setMath(libsedml.parseFormula(f"value_{name}"))


def _prove(text: str) -> None:
    """Read the document back; a fault here is one of the experiment, not of the file system."""
    document = libsedml.readSedMLFromString(text)
    for number in range(document.getNumErrors()):
        error = document.getError(number)
        if error.getSeverity() >= libsedml.LIBSEDML_SEV_ERROR:
            raise ModelError(f"SED-ML: {' '.join(error.getMessage().split())}")
