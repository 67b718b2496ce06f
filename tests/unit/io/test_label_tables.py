"""Tidy tables: what a user writes becomes a study; what is wrong is named by row, all at once."""

import re

import numpy as np
import pytest
from openpyxl import Workbook

from cahill.core.labelling import Constraint, Flux, FluxPoint, Tracer, mass_channels
from cahill.core.network import Species
from cahill.errors import InputError, UnknownNameError
from cahill.io.label_tables import is_label_tables, read_label_tables

TABLES = {
    "network": """
reaction | equation | step | low | high
in | Ala_m C:abc N:n -> Ala C:abc N:n | | | 20
ALT | Ala C:abc N:n + PL -> Pyr C:abc + PN N:n | ala
ALT | PN N:n + aKG C:abcde -> Glu C:abcde N:n + PL | glu
gdh | Glu C:abcde N:n -> aKG C:abcde + NH4 N:n
sym | Pyr C:abc -> Lac C:abc :: Lac C:cba
ldh | Lac C:abc <-> Pyr2 C:abc
use | Pyr2 C:abc + 2 ATP ->
atp | X -> ATP
nout | NH4 N:n ->
""",
    "species": """
species | kind | name | compartment
X | boundary | source | blood
PN | enzyme-bound
PL | enzyme-bound
""",
    "feeds": """
experiment | species | labels | fraction | purity | start
 | Ala_m | C:100 N:1 | 0.5 | 0.98
 | Ala_m | | 0.5
late | Ala_m | C:U | 1 | 1 | 10
""",
    "mids": """
experiment | measurement | species | atoms | isotopologue | time | value | sd | replicate
early | pyr | Pyr + Lac | | 0 | | 0.5 | | 1
early | pyr | Pyr + Lac | | 1 | | 0.3 | | 1
early | pyr | Pyr + Lac | | 2 | | 0.1 | | 1
early | pyr | Pyr + Lac | | 3 | | 0.1 | | 1
early | pyr | Pyr + Lac | | 0 | | 0.56 | | 2
early | pyr | Pyr + Lac | | 1 | | 0.24 | | 2
early | pyr | Pyr + Lac | | 2 | | 0.1 | | 2
early | pyr | Pyr + Lac | | 3 | | 0.1 | | 2
early | both | Ala | C:1-2 , N:1 | C0N0 | | 0.9 | 0.02
early | both | Ala | C:1-2 , N:1 | 2,1 | | 0.1 | 0.02
early | mean | Glu | N:1 | mean | | 0.4
late | c1 | Glu | C:1 | M+1 | 1 | 0.2 | 0.1
late | c1 | Glu | C:1 | M+1 | 2 | 0.3 | 0.1
""",
    "fluxes": """
name | expression | value | sd
sum | 2*in - ldh_exchange + ala_forward | 3 | 0.1
""",
    "pools": """
species | value | sd | unit
Pyr + Lac | 2 | 0.5 | mmol
""",
    "constraints": """
constraint
ALT <= 2*in + 1
Pyr >= 3
""",
    "point": """
name | value
in | 2
ldh_exchange | 5
Ala | 7
""",
    "units": """
quantity | unit
flux | umol/min
time | min
""",
}


def texts(changes=()):
    tables = dict(TABLES)
    for table, old, new in changes:
        assert old in tables[table], (table, old)
        tables[table] = tables[table].replace(old, new, 1)
    lines = {}
    for name, text in tables.items():
        rows = [re.split(r"\s*\|\s*", line) for line in text.strip("\n").splitlines()]
        # " :: " stands for the bar of alternatives, " , " for that of groups.
        lines[name] = [
            [cell.strip().replace("::", "|").replace(" , ", " | ") for cell in row] for row in rows
        ]
    return lines


def write(folder, changes=(), separator="\t", suffix="tsv"):
    for name, rows in texts(changes).items():
        quoted = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in rows]
        text = "# a comment\n" + "\n".join(separator.join(row) for row in quoted)
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")
    return folder


def check(study):
    network = study.network
    assert network.species["Ala"].atoms == {"C": 3, "N": 1}
    assert network.of_kind("boundary") == {"Ala_m", "X"}
    assert network.of_kind("enzyme-bound") == {"PN", "PL"}
    assert network.species["X"] == Species("X", "source", "blood", {}, "boundary")
    assert network.reversible == {"ldh"}
    assert [step.id for step in network.steps if step.reaction == "ALT"] == ["ala", "glu"]
    assert network.reactions["ALT"] == {"Ala": -1, "aKG": -1, "Pyr": 1, "Glu": 1}
    assert network.reactions["use"] == {"Pyr2": -1, "ATP": -2}
    assert len(network.step("sym").maps) == 2
    early, late = (
        next(one for one in study.experiments if one.name == name) for name in ("early", "late")
    )
    assert (early.stationary, late.stationary) == (True, False)
    (feed,) = early.feeds
    assert feed.tracers == (Tracer(0.5, {"C": (0.98, 0, 0), "N": (0.98,)}), Tracer(0.5))
    assert [one.start for one in late.feeds] == [0, 10]
    assert late.feeds[1].tracers == (Tracer(1.0, {"C": (1.0, 1.0, 1.0)}),)
    pyr, both, mean = early.labels
    assert (pyr.species, pyr.mix) == (("Pyr", "Lac"), "free")
    np.testing.assert_allclose(pyr.values, [[0.53, 0.27, 0.1, 0.1]])
    np.testing.assert_allclose(pyr.sd, [[0.06 / 2**0.5, 0.06 / 2**0.5, 0.01, 0.01]])
    assert both.groups == ((("C", 1), ("C", 2)), (("N", 1),))
    assert both.channels == mass_channels([2, 1], [(0, 0), (2, 1)])
    assert mean.channels[0].weights == {(1,): 1.0}
    assert mean.sd[0, 0] == 0.01
    assert any("1 values have neither sd" in note for note in study.notes)
    (c1,) = late.labels
    assert c1.times == (1, 2)
    np.testing.assert_array_equal(c1.values, [[0.2], [0.3]])
    (flux,) = study.fluxes
    assert flux.terms == {Flux("in"): 2, Flux("ldh", "exchange"): -1, Flux("ala", "forward"): 1}
    (pool,) = study.pools
    assert pool.species == ("Pyr", "Lac")
    assert (pool.value, pool.sd) == pytest.approx((2000, 500))  # mmol in umol
    assert study.constraints == (
        Constraint({Flux("in"): 1}, "<=", 20),
        Constraint({Flux("ALT"): 1, Flux("in"): -2}, "<=", 1),
        Constraint({"Pyr": 1}, ">=", 3),
    )
    assert study.point == FluxPoint({"in": 2}, {"ldh": 5}, {"Ala": 7})
    assert (study.flux_unit, study.time_unit) == ("umol/min", "min")


@pytest.mark.parametrize(("separator", "suffix"), [("\t", "tsv"), (";", "csv"), (",", "csv")])
def test_a_folder_is_a_study(tmp_path, separator, suffix):
    write(tmp_path, separator=separator, suffix=suffix)
    assert is_label_tables(tmp_path)
    check(read_label_tables(tmp_path))


def test_a_workbook_is_the_same_study(tmp_path):
    book = Workbook()
    for name, rows in texts().items():
        sheet = book.create_sheet(name.capitalize())
        for row in rows:
            sheet.append(
                [float(cell) if re.fullmatch(r"\d+\.?\d*", cell) else cell for cell in row]
            )
    book.remove(book["Sheet"])
    book.create_sheet("remarks").append(["anything"])
    path = tmp_path / "study.xlsx"
    book.save(path)
    assert is_label_tables(path)
    study = read_label_tables(path)
    check(study)
    assert any("remarks is none of the tables" in note for note in study.notes)


def test_the_network_alone(tmp_path):
    study = read_label_tables(write(tmp_path) / "network.tsv")
    assert len(study.network.steps) == 9
    assert study.experiments == ()


def test_shares_and_sizes_of_a_mixture(tmp_path):
    for text, mix, shares in [
        ("pools", "pools", (0.5, 0.5)),
        ("0.2, 0.8", "given", (0.2, 0.8)),
        ("free", "free", (0.5, 0.5)),
    ]:
        rows = (
            "experiment | measurement | species | isotopologue | value | sd | mixture | scale\n"
            f"early | m | Pyr + Lac | 0 | 5 | 1 | {text} | free"
        )
        write(tmp_path, [("mids", TABLES["mids"], rows)])
        label = read_label_tables(tmp_path).experiments[0].labels[0]
        assert (label.mix, label.shares, label.free_scale) == (mix, shares, True)


FAULTS = [
    ("network", "in | Ala_m C:abc N:n ->", "in | Ala_m C:abc N:n =", "equation needs an arrow"),
    ("network", "-> Ala C:abc N:n", "-> Ala C:abc", "Ala has C3 N1 here"),
    ("network", "gdh |", "in |", '"in" stands already in network.tsv row 3'),
    ("network", "Pyr2 C:abc + 2 ATP ->", "Pyr2 C:abc + 2 ATP <->", "leaving the system"),
    ("network", "aKG C:abcde -> Glu", "aKG C:abcde <-> Glu", "must all be -> or all <->"),
    ("network", "nout | NH4 N:n", "nout | NH4 Nn", '"Nn" after NH4'),
    ("network", " | 20", " | x", 'high "x" is not a number'),
    ("species", "PN | enzyme-bound", "PN | enzyme", 'unknown kind "enzyme"'),
    ("species", "X | boundary", "XX | boundary", 'unknown species "XX"'),
    ("feeds", "Ala_m | C:100 N:1", "Ala_n | C:100 N:1", 'unknown species "Ala_n"; did you mean'),
    ("feeds", "C:100 N:1", "C:1000 N:1", "name 4 atoms between 0 and 1; Ala_m has 3"),
    ("feeds", "C:100 N:1", "C:100 H:1", "Ala_m has no traced H"),
    ("feeds", "C:100 N:1", "C100", "is no element with its atoms"),
    ("feeds", "C:U", "C:0.5,2,0", "name 3 atoms between 0 and 1"),
    ("feeds", "0.5 | 0.98", "1.5 | 0.98", "between 0 and 1"),
    ("mids", "Glu | C:1 | M+1 | 1", "Glu | C:6 | M+1 | 1", "Glu has no traced atom C6"),
    ("mids", "Glu | C:1 | M+1 | 1", "Glu | C:x | M+1 | 1", "no element with positions"),
    ("mids", "C:1-2 , N:1 | 2,1", "C:1-2 , C:2 | 2,1", "an atom stands twice"),
    ("mids", "| 2,1 |", "| 3,1 |", "more heavy atoms than there are"),
    ("mids", "| 2,1 |", "| 2 |", "counts 1 groups, atoms 2"),
    ("mids", "| C0N0 |", "| C0 |", "must count C and N"),
    ("mids", "| 1 | | 0.3", "| 1 | | -0.3", "value -0.3 is negative"),
    ("mids", "Pyr + Lac | | 0", "Pyr + ATP | | 0", "species ATP has no traced atom"),
    ("mids", "Pyr + Lac | | 0", "Pyr + Glu | | 0", "have different atoms"),
    ("fluxes", "2*in", "2*inn", 'unknown flux "inn"'),
    ("fluxes", "| 3 | 0.1", "| 3 |", "sd is blank"),
    ("fluxes", "| 3 | 0.1", "| 3 | -1", "sd -1 is not positive"),
    ("pools", "| mmol", "|", "unit is blank"),
    ("pools", "| mmol", "| mmol/L", "cannot be turned into"),
    ("units", "flux | umol/min", "flow | umol/min", 'unknown quantity "flow"'),
    ("constraints", "2*in + 1", "2*Pyr + 1", "mixes fluxes and pool sizes"),
    ("constraints", "ALT <= 2*in + 1", "ALT", "needs one of = <= >="),
    ("point", "ldh_exchange", "ldh_forward", "give the net and the exchange flux"),
    ("point", "Ala | 7", "Alla | 7", 'unknown flux or pool "Alla"'),
]

LATER = [
    ("feeds", "C:100 N:1 | 0.5", "C:100 N:1 | 0.25", "add up to 0.75, not 1"),
    ("mids", "0 | | 0.5 | | 1", "0 | | 0.6 | | 1", "pyr, replicate 1 add up to 1.1"),
    (
        "mids",
        "Lac | | 1 | | 0.3 | | 1",
        "Lac | | 1 | | 0.3 | | 2",
        "stands already in mids.tsv row",
    ),
    ("mids", "M+1 | 2 | 0.3", "M+1 | | 0.3", "with and without a time"),
    ("mids", "late | c1 | Glu | C:1 | M+1 | 1", " | c1 | Glu | C:1 | M+1 | 1", "is blank"),
    ("mids", "mean | | 0.4", "mean | | 0.4\nearly | mean | Glu | N:1 | 1 | | 0.4", "and a mean"),
]


@pytest.mark.parametrize(("table", "old", "new", "fault"), [*FAULTS, *LATER])
def test_a_table_broken_on_purpose_is_refused_by_row(tmp_path, table, old, new, fault):
    write(tmp_path, [(table, old, new)])
    with pytest.raises(InputError, match=re.escape(fault)) as error:
        read_label_tables(tmp_path)
    assert re.match(r"\w+\.tsv row \d+: ", str(error.value)), error.value


def test_a_missing_isotopologue_is_named(tmp_path):
    rows = [row for row in TABLES["mids"].splitlines() if "Lac | | 1 |" not in row]
    write(tmp_path, [("mids", TABLES["mids"], "\n".join(rows))])
    with pytest.raises(InputError, match=r"pyr lacks M\+1"):
        read_label_tables(tmp_path)


def test_every_fault_is_told_at_once(tmp_path):
    write(tmp_path, [FAULTS[k][:3] for k in (9, 17, 24, 27)])
    with pytest.raises(InputError) as error:
        read_label_tables(tmp_path)
    assert len(str(error.value).splitlines()) == 4


def test_headings_are_judged(tmp_path):
    write(tmp_path, [("mids", "| replicate", "| replica")])
    with pytest.raises(UnknownNameError, match="did you mean replicate"):
        read_label_tables(tmp_path)
    write(tmp_path, [("mids", "value |", "valeur |")])
    with pytest.raises(InputError, match="lacks the column value"):
        read_label_tables(tmp_path)


def test_no_study(tmp_path):
    assert not is_label_tables(tmp_path)
    with pytest.raises(InputError, match="no table network"):
        read_label_tables(tmp_path)
    (tmp_path / "a.tsv").write_text("step\treaction\tmap\ns\tr\tA -> B\n", encoding="utf-8")
    assert not is_label_tables(tmp_path / "a.tsv")
