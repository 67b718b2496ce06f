"""A COMBINE archive is read, and run, by other people's programs."""

import json
import subprocess
import sys
from dataclasses import replace

import antimony
import basico
import libcombine
import libsbml
import numpy as np
import pytest
import roadrunner

from cahill.errors import ModelError, UnknownNameError
from cahill.io.omex import EXPERIMENT_FILE, MODEL_FILE, scheduled_sbml, write_omex
from cahill.io.sedml import Experiment

TOY = """
model toy
  compartment blood = 2; compartment liver = 1;
  species A in blood = 4; species B in liver := 0; species C in liver = 0.5;
  A -> C; k*A; C -> ; 0.1*C;
  infusion: -> A; rate;
  B := 2*C;
  Hormone = 1; Hormone' = 0.2*(target - Hormone);
  k = 0.3; rate = 0; target = 1;
  C = 2*k;
end
"""


@pytest.fixture(scope="module")
def sbml():
    antimony.clearPreviousLoads()
    assert antimony.loadAntimonyString(TOY) >= 0, antimony.getLastError()
    return antimony.getSBMLString("toy")


@pytest.fixture
def experiment():
    return Experiment(
        title="Toy",
        duration=20.0,
        points=40,
        reported=("A", "C", "Hormone", "infusion"),
        plotted=("A", "C"),
        values={"rate": 0.4},
        changes=[(5.0, {"rate": 1.5, "target": 3.0}), (12.0, {"rate": 0.0})],
        state={"A": 3.0, "C": 0.2, "Hormone": 1.5},
    )


@pytest.fixture
def archive(tmp_path, sbml, experiment):
    return write_omex(tmp_path / "toy.omex", sbml, experiment, {"scenario.toml": 'title = "Toy"\n'})


def opened(path):
    reader = libcombine.CombineArchive()
    assert reader.initializeFromArchive(str(path))
    return reader


def reference(sbml):
    """The same experiment, stepped by hand in libRoadRunner."""
    model = roadrunner.RoadRunner(sbml)
    model.integrator.relative_tolerance = 1e-9
    model["init([A])"], model["init([C])"] = 3.0, 0.2
    model.reset()
    model["[A]"], model["[C]"], model["Hormone"], model["rate"] = 3.0, 0.2, 1.5, 0.4
    columns = ["time", "[A]", "[C]", "Hormone"]
    parts = [np.array(model.simulate(0, 5, 11, columns))]
    model["rate"], model["target"] = 1.5, 3.0
    parts.append(np.array(model.simulate(5, 12, 15, columns)))
    model["rate"] = 0.0
    parts.append(np.array(model.simulate(12, 20, 17, columns)))
    return np.vstack([parts[0], parts[1][1:], parts[2][1:]])


def test_the_archive_names_its_files_and_its_master(archive):
    reader = opened(archive)
    entries = {reader.getEntry(i).getLocation() for i in range(reader.getNumEntries())}
    assert entries >= {MODEL_FILE, EXPERIMENT_FILE, "scenario.toml"}
    assert reader.getMasterFile().getLocation() == EXPERIMENT_FILE
    assert "Toy" in reader.getMetadataForLocation(".").getDescription()


def test_the_model_has_no_error(archive):
    document = libsbml.readSBMLFromString(opened(archive).extractEntryToString(MODEL_FILE))
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert document.getModel().getNumEvents() == 2


# libSEDML judges in a process of its own: loaded after libSBML it spoils libSBML's enumerations.
JUDGE = """
import json, sys
import libsedml
document = libsedml.readSedMLFromString(sys.stdin.read())
course, change = document.getSimulation(0), document.getModel(0).getChange(0)
outputs = [document.getOutput(i).getElementName() for i in range(document.getNumOutputs())]
print(json.dumps({
    "errors": [document.getError(i).getMessage() for i in range(document.getNumErrors())],
    "version": [document.getLevel(), document.getVersion()],
    "algorithm": course.getAlgorithm().getKisaoID(),
    "end": course.getOutputEndTime(),
    "changed": [change.getTarget(), change.getNewValue()],
    "outputs": outputs,
}))
"""


def test_the_experiment_has_no_error(archive):
    text = opened(archive).extractEntryToString(EXPERIMENT_FILE)
    command = [sys.executable, "-c", JUDGE]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert found["errors"] == []
    assert found["version"] == [1, 4]
    assert found["algorithm"] == "KISAO:0000019"
    assert found["end"] == 20.0
    assert found["changed"][0].endswith("[@id='rate']/@value")
    assert float(found["changed"][1]) == 0.4
    assert found["outputs"] == ["report", "plot2D"]


def test_libsbml_is_whole_after_writing(archive):
    assert libsbml.parseL3Formula("a + b").getType() == libsbml.AST_PLUS


def test_roadrunner_runs_the_model_of_the_archive(archive, sbml):
    model = roadrunner.RoadRunner(opened(archive).extractEntryToString(MODEL_FILE))
    model.integrator.relative_tolerance = 1e-9
    model["rate"] = 0.4
    result = np.array(model.simulate(0, 20, 41, ["time", "[A]", "[C]", "Hormone"]))
    np.testing.assert_allclose(result, reference(sbml), rtol=1e-5)


def test_copasi_runs_the_archive_as_it_stands(archive, sbml):
    basico.load_model(str(archive))
    frame = basico.run_time_course(duration=20, intervals=40, r_tol=1e-9, a_tol=1e-12)
    expected = reference(sbml)
    np.testing.assert_allclose(frame["A"], expected[:, 1], rtol=1e-5)
    np.testing.assert_allclose(frame["C"], expected[:, 2], rtol=1e-5)
    np.testing.assert_allclose(frame["Values[Hormone]"], expected[:, 3], rtol=1e-5)


def test_what_is_held_stays(sbml, experiment):
    held = scheduled_sbml(sbml, replace(experiment, held=("A", "Hormone")))
    model = roadrunner.RoadRunner(held)
    result = np.array(model.simulate(0, 20, 5, ["[A]", "Hormone", "[C]"]))
    np.testing.assert_allclose(result[:, 0], 3.0)
    np.testing.assert_allclose(result[:, 1], 1.5)
    assert result[-1, 2] > 1


def test_an_unknown_quantity_is_named(tmp_path, sbml):
    wrong = Experiment("Toy", 1.0, 2, reported=("Hormon",))
    with pytest.raises(UnknownNameError, match="Hormone"):
        write_omex(tmp_path / "x.omex", sbml, wrong)
    with pytest.raises(UnknownNameError, match="rat"):
        scheduled_sbml(sbml, Experiment("Toy", 1.0, 2, (), changes=[(0.5, {"rat": 1.0})]))


def test_text_that_is_not_sbml_is_refused(tmp_path):
    with pytest.raises(ModelError, match="SBML"):
        write_omex(tmp_path / "x.omex", "<sbml/>", Experiment("Toy", 1.0, 2, ()))
