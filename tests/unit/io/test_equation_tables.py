"""Equation networks and the tables beside them: read as written, refused by row."""

import re
from pathlib import Path

import numpy as np
import pytest

from cahill.core.labelling import Flux, Tracer
from cahill.core.network import Atom
from cahill.errors import InputError, UnknownNameError
from cahill.io.equation_network import read_equation_network
from cahill.io.equation_tables import (
    condition_names,
    is_equation_folder,
    read_equation_tables,
)

LIVER = Path(__file__).parents[4] / "shared" / "data" / "tracing" / "human_liver"
needs_data = pytest.mark.skipif(not LIVER.exists(), reason="the shared tracing data are not here")

NETWORK = """\
RxnID	rxnEq	rxnCTrans	rates	rxnType	basis	deviation
in	ala-L_i = ala-L_c	abc = abc		F
leak	ala-L_l = ala-L_c	abc = abc		F
lin	ala-L_i = ala-L_l	abc = abc		F
ALT	ala-L_c + nad_c = 2pg_c + h_c + nadh_c	abc + X = cba + X + X		FR
ALT_R	2pg_c + h_c + nadh_c = ala-L_c + nad_c	xyz + X + X = zyx + X		R
half	2pg_c + co2_i = 0.5 fum_c + 0.5 fum_c	abc + d = 0.5 abcd + 0.5 dcba		F
syn	4 atp_c + 4 h2o_c = 4 adp_c	X + X = X 		F
out	fum_c = fum_o	abcd = abcd		B
pump	h_c + nadh_c + adp_c = nad_c + atp_c + h2o_c	X + X + X = X + X + X		F

##	excludedMetabolites
#	ala-L_i
#	co2_i
#	fum_o
#	gone_o
##	simulatedMDVs
#	ala-L_c#111
#	ala-L_l#111
#	fum_c#0111
"""
SUBSTRATES = """\
Metabolite ID	Mixture fraction	Atom probabilities
ala-L_i	0.75	0.99	0.99	0.99
ala-L_i	0.25	0.01	0.01	0.01
nowhere_i	1.0	0.5
h_c	1.0	0.5
"""
MIDS = """\
Metabolite	MI	fed	fed	fasted	fasted
ala-L	0	0.50	0.54	0.1	0.1
ala-L	1	0.10	0.10	0.2	0.2
ala-L	2	0.20	0.16	0.3	0.3
ala-L	3	0.20	0.20	0.4	0.4
fum	0	0.4	0.4	0	0
fum	1	0.6	0.6	0	0
fum	2	0	0	0	0
fum	3	0	0	0	0
"""
FLUXES = """\
Measurement	fed mean	fed sd	fasted mean	fasted sd	Fitted reactions
meas_alt	Assay	1.5	0.2	3	-0.5	ALT_f - 2*ALT_r + in_f
meas_out	Known	1	0.1	2	0.2	out
"""


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes the folder with one text changed."""

    def write(old="", new=""):
        texts = {"net.txt": NETWORK, "s.txt": SUBSTRATES, "m.tsv": MIDS}
        # The second column has no heading, as in the published table.
        texts["f.tsv"] = FLUXES.replace("reactions\n", "reactions\t\n")
        assert any(old in text for text in texts.values())
        for name, text in texts.items():
            (tmp_path / name).write_text(text.replace(old, new, 1) if old else text, "utf-8")
        (tmp_path / "notes.txt").write_text("nothing to do with it", "utf-8")
        return tmp_path

    return write


def test_the_network(folder):
    model = read_equation_network(folder() / "net.txt")
    network = model.network
    assert network.of_kind("boundary") == {"ala-L_i", "co2_i", "fum_o"}
    assert network.reversible == {"ALT"}
    assert model.reverse == {"ALT_R": "ALT"}
    assert network.species["2pg_c"].atoms == {"C": 3}
    assert network.species["ala-L_c"].compartment == "c"
    assert network.species["atp_c"].atoms == {}
    assert network.reactions["syn"] == {"atp_c": -4, "h2o_c": -4, "adp_c": 4}
    assert dict(network.step("ALT").maps[0].transfers())[Atom("ala-L_c", "C", 1)] == Atom(
        "2pg_c", "C", 3
    )
    half = network.step("half")
    assert half.weights == (0.5, 0.5)
    assert network.reactions["half"] == {"2pg_c": -1, "co2_i": -1, "fum_c": 1}
    assert dict(half.maps[1].transfers())[Atom("co2_i", "C", 1)] == Atom("fum_c", "C", 1)
    assert any("gone_o" in note for note in model.notes)


def test_a_condition_is_a_study(folder):
    path = folder()
    assert is_equation_folder(path)
    assert condition_names(path) == ("fed", "fasted")
    study = read_equation_tables(path, "fed")
    (experiment,) = study.experiments
    (feed,) = experiment.feeds
    assert feed.tracers[1] == Tracer(0.25, {"C": (0.01, 0.01, 0.01)})
    ala, fum = experiment.labels
    assert (ala.species, ala.mix, ala.shares) == (("ala-L_c", "ala-L_l"), "free", (0.5, 0.5))
    np.testing.assert_allclose(ala.values, [[0.52, 0.1, 0.18, 0.2]])
    # Sample sd of the replicates, at least the floor.
    np.testing.assert_allclose(ala.sd, [[0.04 / 2**0.5, 0.01, 0.04 / 2**0.5, 0.01]])
    assert fum.groups == ((("C", 2), ("C", 3), ("C", 4)),)
    assert (fum.mix, fum.shares) == ("given", (1.0,))
    alt, out = study.fluxes
    assert alt.terms == {Flux("ALT", "forward"): 1, Flux("ALT", "backward"): -2, Flux("in"): 1}
    assert (alt.value, alt.sd) == (1.5, 0.2)
    assert out.terms == {Flux("out"): 1}
    assert any("nowhere_i is not in the network" in note for note in study.notes)
    assert any("h_c has no traced atom" in note for note in study.notes)
    assert (
        read_equation_tables(path, "fed", mid_floor=0.05).experiments[0].labels[0].sd.min() == 0.05
    )


def test_nothing_seen_is_not_measured_and_a_negative_error_is_told(folder):
    study = read_equation_tables(folder(), "fasted")
    assert [label.id for label in study.experiments[0].labels] == ["ala-L"]
    assert "fum was not measured in fasted." in study.notes
    assert study.fluxes[0].sd == 0.5
    assert any("negative" in note for note in study.notes)


def test_the_effluent_is_the_pool_of_the_medium(folder):
    path = folder()
    (path / "net.txt").write_text(NETWORK.replace("ala-L_l", "ala-L_e"), encoding="utf-8")
    (path / "m.tsv").write_text(MIDS.replace("ala-L\t", "ala-L_EC\t"), encoding="utf-8")
    assert read_equation_tables(path, "fed").experiments[0].labels[0].species == ("ala-L_e",)


def test_fluxes_of_the_state_without_a_suffix(folder):
    path = folder()
    (path / "m.tsv").write_text(MIDS.replace("fasted", "D1 fasted").replace("fed", "D1 fed"))
    text = FLUXES.replace("fasted ", "D1 ").replace("fed ", "D1 fed ")
    (path / "f.tsv").write_text(text.replace("reactions\n", "reactions\t\n"), encoding="utf-8")
    assert condition_names(path) == ("D1 fed", "D1 fasted")
    assert read_equation_tables(path, "D1 fed").fluxes[0].value == 1.5
    study = read_equation_tables(path, "D1 fasted")
    assert study.fluxes[0].value == 3
    assert "The fluxes of D1 fasted are those called D1." in study.notes


def test_sums_may_stand_in_a_table_of_coefficients(folder):
    path = folder("out\n", "\n")
    with pytest.raises(InputError, match="meas_out has no fitted reactions"):
        read_equation_tables(path, "fed")
    (path / "map.tsv").write_text("out\tout\t1\nout\tin\t-1\n", encoding="utf-8")
    flux = read_equation_tables(path, "fed").fluxes[1]
    assert flux.terms == {Flux("out"): 1, Flux("in"): -1}
    (path / "map.tsv").write_text("alt\tout\t1\nout\tout\t1\n", encoding="utf-8")
    with pytest.raises(InputError, match="another sum"):
        read_equation_tables(path, "fed")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("abc = abc\t\tF\nleak", "abc = abd\t\tF\nleak", "letters do not match"),
        ("abc = abc\t\tF\nleak", "abc = abcd\t\tF\nleak", "letters here"),
        ("abc = abc\t\tF\nleak", "abb = abb\t\tF\nleak", "letters do not match"),
        ("abc = abc\t\tF\nleak", "abc + X = abc\t\tF\nleak", "1 molecules but 2 sets"),
        ("abc = abc\t\tF\nleak", "a1c = a1c\t\tF\nleak", "no letters of atoms"),
        ("abc = abc\t\tF\nleak", "abc = abc\t\tG\nleak", "none of F FR R B"),
        ("ala-L_i = ala-L_c\t", "ala-L_i ala-L_c\t", 'each need one "="'),
        ("leak\t", "in\t", '"in" stands already'),
        ("xyz + X + X = zyx + X", "xyz + X + X = xyz + X", "do not go back the way"),
        ("= ala-L_c + nad_c\txyz", "= ala-L_c + nadh_c\txyz", "not those of ALT"),
        ("xyz + X + X = zyx + X\t\tR", "xyz + X + X = zyx + X\t\tF", "followed by its R row"),
        ("abc = abc\t\tF\nleak", "abc = abc\t\tR\nleak", "must follow its row of type FR"),
        ("0.5 abcd + 0.5 dcba", "0.5 abcd + 0.4 dcba", "0.4 in atoms"),
        ("0.5 fum_c + 0.5 fum_c\tabc + d = 0.5", "0.5 fum_c + 0.25 fum_c\tabc + d = 0.5", "0.25"),
        ("rxnType", "kind", "missing column rxnType"),
        ("\t0.75\t", "\t0.7\t", "add up to 0.95"),
        ("0.75\t0.99", "0.75\t1.99", "between 0 and 1"),
        ("ala-L\t2\t", "ala-L\t4\t", "lacks M+2"),
        ("ala-L\t2\t", "ala-L\t1\t", "stands twice"),
        ("ala-L\t2\t0.20", "ala-L\t2\t-0.20", "is negative in fed"),
        ("ala-L\t2\t0.20", "ala-L\t2\t0.30", "replicate 1, add up to 1.1"),
        ("ala-L\t2\t0.20", "ala-L\t2\tx", '"x" is not a number'),
        ("fum\t0\t", "fun\t0\t", "fun in fed, replicate 1, add up to 0.4"),
        ("#\tfum_c#0111", "#\tfum_c#011", "0 or 1 for each atom"),
        ("#\tfum_c#0111", "#\tfumm_c#0111", 'unknown pool "fumm_c"; did you mean fum_c'),
        ("ALT_f - ", "ALTT_f - ", 'unknown reaction "ALTT_f"'),
        ("1.5\t0.2", "1.5\t0", "the error of meas_alt is 0"),
    ],
)
def test_a_table_broken_on_purpose_is_refused(folder, old, new, fault):
    with pytest.raises((InputError, UnknownNameError), match=re.escape(fault)) as error:
        read_equation_tables(folder(old, new), "fed")
    assert re.match(r"(net\.txt|s\.txt|m\.tsv|f\.tsv) row \d+: |simulatedMDVs", str(error.value))


def test_choices(folder):
    path = folder()
    with pytest.raises(InputError, match="choose one of fed, fasted"):
        read_equation_tables(path)
    with pytest.raises(UnknownNameError, match="did you mean fasted"):
        read_equation_tables(path, "fast")
    assert read_equation_tables(path / "net.txt").experiments == ()
    (path / "again.txt").write_text(NETWORK, encoding="utf-8")
    with pytest.raises(InputError, match="two tables of network"):
        read_equation_tables(path, "fed")
    with pytest.raises(InputError, match="does not exist"):
        condition_names(path / "no")


@needs_data
@pytest.mark.parametrize("condition", ["D5", "D8", "D10", "D16", "D20 fasted", "D20 fed"])
def test_the_human_liver(condition):
    study = read_equation_tables(LIVER, condition)
    assert len(study.network.reactions) == 189  # 219 rows, 30 of them the way back
    assert len(study.network.reversible) == 30
    assert study.network.step("SUCD1m").weights == (0.5, 0.5)
    (experiment,) = study.experiments
    assert len(experiment.feeds) == 19
    assert len(experiment.labels) == 21
    assert len(study.fluxes) == 36
    for label in experiment.labels:
        assert abs(label.values.sum() - 1) < 0.01
        assert label.sd.min() >= 0.01


@needs_data
def test_the_liver_of_one_donor_fasted_and_fed():
    fasted, fed = (read_equation_tables(LIVER, f"D20 {state}") for state in ("fasted", "fed"))
    assert "The fluxes of D20 fasted are those called D20." in fasted.notes
    assert fasted.fluxes[0].value == 30.361
    assert fed.fluxes[0].value == 15.742
    labels = {label.id: label for label in fasted.experiments[0].labels}
    assert labels["asp-L"].species == ("asp-L_c", "asp-L_m", "asp-L_l")
    assert labels["glc-D_EC"].species == ("glc-D_e",)
    assert labels["cit"].species == ("cit_m",)
    np.testing.assert_allclose(labels["ala-L"].values[0, 0], (0.45348 + 0.44940 + 0.42993) / 3)
