"""Write a COMBINE archive: the model, the experiment, metadata and what else belongs to it.

The archive's copy of the model starts where the experiment starts, and changes of inputs at later
times are events in it, because SED-ML has no word for a schedule that every tool reads.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import libcombine
import libsbml

from cahill.errors import InputError, ModelError, UnknownNameError
from cahill.io.sedml import Experiment, sedml_text

MODEL_FILE = "model.xml"
EXPERIMENT_FILE = "experiment.sedml"


def write_omex(
    path: str | Path,
    sbml: str,
    experiment: Experiment,
    files: Mapping[str, str] | None = None,
) -> Path:
    """Write a COMBINE archive.

    Parameters
    ----------
    path : str or Path
        The archive; overwritten if it exists.
    sbml : str
        The model.
    experiment : Experiment
        What is simulated.
    files : mapping of str to str, optional
        Further text files by name in the archive, such as the scenario.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    UnknownNameError
        The model has no quantity of a name in the experiment.
    ModelError
        The SBML cannot be read.
    InputError
        The archive cannot be written.
    """
    path = Path(path)
    scheduled = scheduled_sbml(sbml, experiment)
    model = libsbml.readSBMLFromString(scheduled)
    archive = libcombine.CombineArchive()
    experiment_text = sedml_text(experiment, model.getModel(), MODEL_FILE)
    sbml_format = libcombine.KnownFormats.lookupFormat("sbml")
    sedml_format = libcombine.KnownFormats.lookupFormat("sed-ml")
    archive.addFileFromString(scheduled, MODEL_FILE, sbml_format, False)
    archive.addFileFromString(experiment_text, EXPERIMENT_FILE, sedml_format, True)
    for name, text in (files or {}).items():
        archive.addFileFromString(text, name, libcombine.KnownFormats.guessFormat(name), False)
    _describe(archive, experiment.title)
    if not archive.writeToFile(str(path)):
        raise InputError(f"{path}: cannot be written; give a file in a folder that exists")
    return path


def scheduled_sbml(sbml: str, experiment: Experiment) -> str:
    """Return the model with the experiment's state at time zero and its later changes as events.

    Parameters
    ----------
    sbml : str
        The model.
    experiment : Experiment
        Its `values` are left to the SED-ML document.

    Raises
    ------
    UnknownNameError
        The model has no quantity of a name in the experiment.
    ModelError
        The SBML cannot be read.
    """
    document = libsbml.readSBMLFromString(sbml)
    model = document.getModel()
    if model is None or document.getNumErrors(libsbml.LIBSBML_SEV_ERROR):
        raise ModelError("SBML: the model cannot be read; check it with libSBML")
    for name, value in experiment.state.items():
        _set_initial(model, name, value)
    for name in experiment.held:
        _hold(model, name)
    for number, (time, values) in enumerate(experiment.changes, start=1):
        _add_event(model, f"change_{number}", time, values)
    return libsbml.writeSBMLToString(document)


def _find(model: libsbml.Model, name: str) -> Any:
    element = model.getSpecies(name) or model.getParameter(name)
    if element is None:
        lists = (model.getListOfSpecies(), model.getListOfParameters())
        raise UnknownNameError("quantity", name, [x.getId() for items in lists for x in items])
    return element


def _set_initial(model: libsbml.Model, name: str, value: float) -> None:
    """Set a value at time zero and drop the initial assignment that would override it."""
    element = _find(model, name)
    model.removeInitialAssignment(name)
    if isinstance(element, libsbml.Species):
        if element.getHasOnlySubstanceUnits():
            element.setInitialAmount(value)
        else:
            element.setInitialConcentration(value)
    else:
        element.setValue(value)


def _hold(model: libsbml.Model, name: str) -> None:
    """Keep a species or a parameter at its value, whatever acts on it."""
    element = _find(model, name)
    model.removeRuleByVariable(name)
    if isinstance(element, libsbml.Species):
        element.setBoundaryCondition(True)


def _add_event(
    model: libsbml.Model, event_id: str, time: float, values: Mapping[str, float]
) -> None:
    """Add an event that sets parameters at a time."""
    event = model.createEvent()
    event.setId(event_id)
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(False)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula(f"time >= {_number(time, model.getTimeUnits())}"))
    for name, value in values.items():
        element = _find(model, name)
        if isinstance(element, libsbml.Parameter):
            element.setConstant(False)
        assignment = event.createEventAssignment()
        assignment.setVariable(name)
        unit = element.getUnits() if isinstance(element, libsbml.Parameter) else ""
        assignment.setMath(libsbml.parseL3Formula(_number(value, unit)))


def _number(value: float, unit: str) -> str:
    """Return a number with its unit, as libSBML's formulas spell it."""
    return f"{float(value)!r} {unit}" if unit else repr(float(value))


def _describe(archive: libcombine.CombineArchive, title: str) -> None:
    """Add the archive's own metadata: what it is and when it was made."""
    description = libcombine.OmexDescription()
    description.setAbout(".")
    description.setDescription(f"{title} (cahill, human glucose-alanine cycle)")
    description.setCreated(libcombine.OmexDescription.getCurrentDateAndTime())
    archive.addMetadata(".", description)
