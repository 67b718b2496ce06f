"""Write a simulation experiment as SED-ML level 1 version 4.

One model, the values its inputs have from the start as changes, one uniform time course by CVODE,
a report of every quantity and a plot of the chief ones. The document is small and of fixed shape,
so it is written as XML: libSEDML, loaded after libSBML, spoils libSBML's enumerations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import libsbml

from cahill.errors import UnknownNameError

SEDML = "http://sed-ml.org/sed-ml/level1/version4"
MATHML = "http://www.w3.org/1998/Math/MathML"
LANGUAGE = "urn:sedml:language:sbml"
TIME_SYMBOL = "urn:sedml:symbol:time"
CVODE = "KISAO:0000019"
RELATIVE_TOLERANCE = "KISAO:0000209"
ABSOLUTE_TOLERANCE = "KISAO:0000211"
# Where SBML keeps each kind of thing, for the XPath of a target.
KINDS = {
    "getSpecies": "sbml:listOfSpecies/sbml:species",
    "getParameter": "sbml:listOfParameters/sbml:parameter",
    "getCompartment": "sbml:listOfCompartments/sbml:compartment",
    "getReaction": "sbml:listOfReactions/sbml:reaction",
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
    held : sequence of str
        Species and parameters with a rate rule that keep their value at time zero.
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
    held: Sequence[str] = ()
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
    """
    root = Element("sedML", xmlns=SEDML, level="1", version="4")
    root.set("xmlns:sbml", model.getSBMLNamespaces().getURI())
    _add_model(root, experiment, model, file)
    _add_time_course(root, experiment)
    attributes = {"id": "task", "modelReference": "model", "simulationReference": "time_course"}
    SubElement(SubElement(root, "listOfTasks"), "task", attributes)
    generators = SubElement(root, "listOfDataGenerators")
    _add_generator(generators, "time", symbol=TIME_SYMBOL)
    for name in experiment.reported:
        _add_generator(generators, name, target=_target(model, name))
    _add_outputs(root, experiment)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, "unicode") + "\n"


def _target(model: libsbml.Model, name: str) -> str:
    """Return the XPath of a quantity."""
    for getter, path in KINDS.items():
        if getattr(model, getter)(name) is not None:
            return f"/sbml:sbml/sbml:model/{path}[@id='{name}']"
    lists = (model.getListOfSpecies(), model.getListOfParameters(), model.getListOfReactions())
    known = [item.getId() for items in lists for item in items]
    raise UnknownNameError("quantity", name, known, "SED-ML")


def _add_model(root: Element, experiment: Experiment, model: libsbml.Model, file: str) -> None:
    """Add the model and the values its inputs have from the start."""
    entry = SubElement(SubElement(root, "listOfModels"), "model", id="model")
    entry.set("name", model.getName() or model.getId())
    entry.set("language", f"{LANGUAGE}.level-{model.getLevel()}.version-{model.getVersion()}")
    entry.set("source", file)
    if experiment.values:
        changes = SubElement(entry, "listOfChanges")
        for name, value in experiment.values.items():
            target = _target(model, name) + "/@value"
            SubElement(changes, "changeAttribute", target=target, newValue=repr(float(value)))


def _add_time_course(root: Element, experiment: Experiment) -> None:
    """Add the time course and the integrator's tolerances."""
    course = SubElement(SubElement(root, "listOfSimulations"), "uniformTimeCourse")
    course.attrib |= {
        "id": "time_course",
        "initialTime": "0",
        "outputStartTime": "0",
        "outputEndTime": repr(float(experiment.duration)),
        "numberOfSteps": str(experiment.points),
    }
    algorithm = SubElement(course, "algorithm", name="CVODE", kisaoID=CVODE)
    parameters = SubElement(algorithm, "listOfAlgorithmParameters")
    for name, kisao, value in (
        ("relative tolerance", RELATIVE_TOLERANCE, experiment.rtol),
        ("absolute tolerance", ABSOLUTE_TOLERANCE, experiment.atol),
    ):
        SubElement(
            parameters, "algorithmParameter", name=name, kisaoID=kisao, value=repr(float(value))
        )


def _add_generator(parent: Element, name: str, **place: str) -> None:
    """Add a data generator that hands on one quantity of the task."""
    generator = SubElement(parent, "dataGenerator", id=f"data_{name}", name=name)
    math = SubElement(generator, "math", xmlns=MATHML)
    SubElement(math, "ci").text = f"value_{name}"
    variables = SubElement(generator, "listOfVariables")
    SubElement(variables, "variable", {"id": f"value_{name}", **place, "taskReference": "task"})


def _add_outputs(root: Element, experiment: Experiment) -> None:
    """Add a report of all quantities and a plot of some."""
    outputs = SubElement(root, "listOfOutputs")
    report = SubElement(outputs, "report", id="report", name=experiment.title)
    data = SubElement(report, "listOfDataSets")
    for name in ("time", *experiment.reported):
        attributes = {"id": f"report_{name}", "label": name, "dataReference": f"data_{name}"}
        SubElement(data, "dataSet", attributes)
    if not experiment.plotted:
        return
    plot = SubElement(outputs, "plot2D", id="plot", name=experiment.title)
    SubElement(plot, "xAxis", name="time (min)", type="linear")
    SubElement(plot, "yAxis", name="mmol/L", type="linear")
    curves = SubElement(plot, "listOfCurves")
    for order, name in enumerate(experiment.plotted):
        attributes = {"id": f"curve_{name}", "name": name, "order": str(order)}
        attributes |= {"xDataReference": "data_time", "yDataReference": f"data_{name}"}
        SubElement(curves, "curve", attributes)
