"""Tables of a tracer study: read in any unit and format, refused with one line a fault."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cahill.errors import CahillError, InputError, UnitError
from cahill.io.enrichment_tables import read_infusion_study, table_files
from cahill.io.enrichment_units import (
    PRIME,
    RATE,
    concentration,
    enrichment,
    infused,
    is_radioactive,
    volume_per_kg,
)

INFUSIONS = """subject,state,tracer,analyte,rate,unit,start_min,end_min,prime,prime_unit
S1,rest,[3-13C]alanine,alanine,14,umol/min,0,240,350,umol
S1,rest,[6-3H]glucose,glucose,0.2,uCi/kg/h,0,240,,
"""
ENRICHMENTS = """subject,state,time_min,analyte,tracer,kind,value,unit,sd,concentration,concentration_unit
S1,rest,0,alanine,[3-13C]alanine,MPE,-0.01,%,0.1,320,umol/L
S1,rest,180,alanine,[3-13C]alanine,MPE,5.0,%,0.1,320,umol/L
S1,rest,60,alanine,[3-13C]alanine,MPE,4.9,%,0.1,0.33,mmol/L
S1,rest,60,glucose,[6-3H]glucose,SA,800,dpm/umol,,90,mg/dL
S1,rest,180,glucose,[6-3H]glucose,SA,810,dpm/umol,,,
"""  # noqa: E501
SUBJECTS = "subject,weight,unit\nS1,70,kg\n"
ANALYTES = """analyte,carbons,volume,volume_unit,pool_fraction,molar_mass
glucose,6,200,mL/kg,0.65,180.156
alanine,,,,,89.09
"""
TABLES = {
    "infusions": INFUSIONS,
    "enrichments": ENRICHMENTS,
    "subjects": SUBJECTS,
    "analytes": ANALYTES,
}


def folder(path, **changed):
    for name, text in {**TABLES, **changed}.items():
        if text is not None:
            (path / f"{name}.csv").write_text(text, encoding="utf-8")
    return path


def refused(path, **changed):
    with pytest.raises(CahillError) as caught:
        read_infusion_study(folder(path, **changed))
    return str(caught.value)


# --- reading --------------------------------------------------------------------------------------


def test_a_folder_is_read_in_one_set_of_units(tmp_path):
    study = read_infusion_study(folder(tmp_path))
    assert study.name == tmp_path.name
    alanine, glucose = study.infusions
    assert (alanine.rate, alanine.prime) == (pytest.approx(0.2), pytest.approx(5.0))
    assert not alanine.radioactive
    assert glucose.rate == pytest.approx(0.2 * 2.22e6 / 60)
    assert glucose.radioactive
    first, second = study.courses
    assert first.time.tolist() == [0, 60, 180]
    assert first.values == pytest.approx([-0.0001, 0.049, 0.05])
    assert first.sd == pytest.approx([0.001] * 3)
    assert first.concentration == pytest.approx([320, 330, 320])
    assert second.values.tolist() == [800, 810]
    assert second.concentration[0] == pytest.approx(90e4 / 180.156)
    assert math.isnan(second.concentration[1])
    assert study.analyte("glucose").pool_volume == pytest.approx(0.13)
    assert study.analyte("alanine").pool_volume is None
    assert study.analyte("alanine").carbon_number == 3


def test_files_a_workbook_and_tabs_say_the_same(tmp_path):
    plain = tmp_path / "plain"
    plain.mkdir()
    expected = read_infusion_study(folder(plain))
    (tmp_path / "one.tsv").write_text(INFUSIONS.replace(",", "\t"), encoding="utf-8")
    (tmp_path / "two.txt").write_text(ENRICHMENTS.replace(",", ";"), encoding="utf-8")
    book = tmp_path / "study.xlsx"
    with pd.ExcelWriter(book) as writer:
        for name in TABLES:
            pd.read_csv(plain / f"{name}.csv").to_excel(
                writer, sheet_name=f"my {name}", index=False
            )
        pd.DataFrame({"what": ["a remark"]}).to_excel(writer, sheet_name="remarks", index=False)
    others = [plain / "subjects.csv", plain / "analytes.csv"]
    with pytest.raises(InputError, match="remarks: is no table of a tracer study"):
        read_infusion_study(book)
    by_file = read_infusion_study(tmp_path / "one.tsv", tmp_path / "two.txt", *others)
    inside = tmp_path / "inside"
    inside.mkdir()
    book.rename(inside / "study.xlsx")
    for found in (by_file, read_infusion_study(inside)):
        assert found.infusions == expected.infusions
        for one, other in zip(found.courses, expected.courses):
            assert np.array_equal(one.values, other.values)
            assert np.allclose(one.concentration, other.concentration, equal_nan=True)


def test_other_files_in_a_folder_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("day,remark\n1,late start\n", encoding="utf-8")
    study = read_infusion_study(folder(tmp_path))
    assert len(study.courses) == 2
    assert len(table_files(tmp_path)) == 5


def test_rows_that_repeat_a_sample_are_replicates(tmp_path):
    head = "subject,state,time_min,analyte,tracer,kind,value,unit,sd\n"
    rows = "S1,rest,60,alanine,[3-13C]alanine,MPE,{},%,{}\n"
    scatter = head + rows.format(4.8, "") + rows.format(5.2, "")
    (course,) = read_infusion_study(folder(tmp_path, enrichments=scatter)).courses
    assert course.values == pytest.approx([0.05])
    assert course.sd == pytest.approx([0.002])
    stated = head + rows.format(4.8, 0.3) + rows.format(5.2, 0.4)
    (course,) = read_infusion_study(folder(tmp_path, enrichments=stated)).courses
    assert course.sd == pytest.approx([0.0025])


def test_an_impure_infusate_is_tracer_and_something_beside_it(tmp_path):
    text = INFUSIONS.replace("prime_unit\n", "prime_unit,infusate_percent\n", 1)
    text = text.replace("350,umol\n", "350,umol,98\n").replace(",,\n", ",,,\n")
    first, _ = read_infusion_study(folder(tmp_path, infusions=text)).infusions
    assert (first.rate, first.unlabelled) == (pytest.approx(0.196), pytest.approx(0.004))
    assert first.prime == pytest.approx(4.9)


def test_an_unlabelled_infusion_has_no_tracer(tmp_path):
    text = INFUSIONS + "S1,rest,unlabelled,glucose,10,mg/kg/min,120,240,,\n"
    last = read_infusion_study(folder(tmp_path, infusions=text)).infusions[-1]
    assert last.tracer == ""
    assert last.rate == pytest.approx(10000 / 180.156)


def test_exchange_holds_for_whom_it_names(tmp_path):
    text = "subject,state,share,sd,position_ratio\nS1,rest,0.25,0.02,\n,,,,12\n"
    study = read_infusion_study(folder(tmp_path, exchange=text))
    first, second = study.exchanges
    assert study.exchange(study.occasions[0]) is first
    assert (first.share, first.sd) == (0.25, 0.02)
    assert (second.share, second.position_ratio) == (None, 12)


# --- units ----------------------------------------------------------------------------------------

WHO = {"analyte": "glucose", "molar_mass": 180.156, "subject": "S1", "weight": 70.0}


@pytest.mark.parametrize(
    ("value", "unit", "over", "expected"),
    [
        (3.0, "umol/kg/min", RATE, 3.0),
        (3.0, "umol/min/kg", RATE, 3.0),
        (180.0, "umol/kg/h", RATE, 3.0),
        (0.21, "mmol/min", RATE, 3.0),
        (0.540468, "mg/kg/min", RATE, 3.0),
        (37.83276, "mg/min", RATE, 3.0),
        (210.0, "dpm/min", RATE, 3.0),
        (3.0, "dpm/kg/min", RATE, 3.0),
        (70.0, "uCi/min", RATE, 2.22e6),
        (1.0, "Bq/kg/min", RATE, 60.0),
        (3.0, "mg/kg", PRIME, 16.652234),
        (70.0, "uCi", PRIME, 2.22e6),
        (1.0, "kBq/kg", PRIME, 60000.0),
    ],
)
def test_infused_amounts_are_per_kg(value, unit, over, expected):
    assert infused(value, unit, over, **WHO) == pytest.approx(expected, rel=1e-6)
    assert is_radioactive(unit, over) == ("dpm" in unit or "Ci" in unit or "Bq" in unit)


@pytest.mark.parametrize("unit", ["1/min", "L/kg/min", "umol/kg", "mmol/L", "kg/min/L", "%"])
def test_a_rate_in_the_wrong_dimension_is_refused(unit):
    with pytest.raises(UnitError, match="is not an amount or radioactivity a minute"):
        infused(1.0, unit, RATE, **WHO)


@given(st.floats(1e-3, 1e3))
def test_concentrations_and_activities_scale(value):
    assert concentration(value, "mmol/L", "glucose", None) == pytest.approx(1000 * value)
    grams = concentration(value * 180.156 / 10, "mg/dL", "glucose", 180.156)
    assert grams == pytest.approx(1000 * value)
    assert enrichment(value, "Bq/mmol", "SA", "glucose", None) == pytest.approx(0.06 * value)
    per_mass = enrichment(value, "dpm/mg", "SA", "glucose", 180.156)
    assert per_mass == pytest.approx(0.180156 * value)
    assert enrichment(value / 100, "%", "MPE", "alanine", None) == pytest.approx(value / 1e4)
    assert volume_per_kg(value, "mL/kg") == pytest.approx(value / 1000)


# --- what a user can put right --------------------------------------------------------------------


def change(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


FAULTS = [
    (
        {"infusions": change(INFUSIONS, "14,umol/min", "14,")},
        "infusions.csv row 2: the unit is missing; write one such as umol/kg/min",
    ),
    (
        {"infusions": change(INFUSIONS, "14,umol/min", "fast,umol/min")},
        'infusions.csv row 2: rate "fast" is not a number',
    ),
    (
        {"infusions": change(INFUSIONS, "umol/min", "umol/L")},
        'infusions.csv row 2: unit "umol/L" is not an amount or radioactivity a minute',
    ),
    (
        {"infusions": change(INFUSIONS, "0,240", "240,0")},
        "the rate must not be negative and the end must follow the start",
    ),
    (
        {"infusions": change(INFUSIONS, "350,umol", "350,")},
        "infusions.csv row 2: the unit is missing",
    ),
    ({"subjects": None}, 'row 2: "umol/min" needs the weight of S1; give a table of subjects'),
    ({"subjects": change(SUBJECTS, "70,kg", "-70,kg")}, "subjects.csv row 2: weight -70 is not"),
    ({"subjects": change(SUBJECTS, "kg", "mL")}, 'unit "mL" cannot be turned into "kg"'),
    (
        {"analytes": change(ANALYTES, "180.156", "")},
        '"mg/dL" needs the molar mass of glucose; give molar_mass',
    ),
    ({"analytes": change(ANALYTES, "0.65", "65")}, "pool_fraction 65 is more than the whole"),
    ({"analytes": change(ANALYTES, "mL/kg", "")}, "analytes.csv row 2: the unit is missing"),
    (
        {"enrichments": change(ENRICHMENTS, "MPE,5.0", "MTTR,5.0")},
        'enrichments.csv row 3: unknown kind of enrichment "MTTR"; did you mean TTR?',
    ),
    (
        {"enrichments": change(ENRICHMENTS, "5.0,%", "5.0,")},
        "enrichments.csv row 3: the unit is missing",
    ),
    (
        {"enrichments": change(ENRICHMENTS, "5.0,%", "5.0,1")},
        "enrichments.csv row 3: MPE 500 %: must lie below 100 %; check value and unit",
    ),
    (
        {"enrichments": change(ENRICHMENTS, "800,dpm/umol", "800,%")},
        'unit "%" of SA is not a specific activity; write dpm/umol',
    ),
    (
        {"enrichments": change(ENRICHMENTS, "0.33,mmol/L", "0.33,")},
        "enrichments.csv row 4: the unit is missing",
    ),
    (
        {"enrichments": change(ENRICHMENTS, "0.1,0.33", "-0.1,0.33")},
        "enrichments.csv row 4: sd -0.1 is negative",
    ),
    (
        {"enrichments": change(ENRICHMENTS, "MPE,4.9", "MPE,-4.9")},
        "is negative at 60 min, after the infusion began",
    ),
    (
        {"enrichments": ENRICHMENTS.replace("[6-3H]glucose", "[6-3H]glucse")},
        'unknown infused tracer "[6-3H]glucse"; did you mean [6-3H]glucose',
    ),
    (
        {"enrichments": change(ENRICHMENTS, "MPE,4.9", "TTR,4.9")},
        "kind and atoms differ from those in enrichments.csv row",
    ),
    (
        {"infusions": change(INFUSIONS, "0.2,uCi/kg/h", "3,umol/min")},
        "radioactive tracers take SA, stable ones the others",
    ),
    (
        {"infusions": INFUSIONS + "S1,rest,[6-3H]glucose,glucose,0.4,uCi/min,200,300,,\n"},
        "row 4: overlaps the infusion of [6-3H]glucose in infusions.csv row 3; end one where",
    ),
    ({"infusions": None}, "has no table of infusions; its columns are subject state tracer"),
    (
        {"infusions": change(INFUSIONS, "rate,unit", "rate,units")},
        "infusions.csv: infusions lack the column unit",
    ),
    (
        {"enrichments": change(ENRICHMENTS, "sd,", "sdd,")},
        'enrichments.csv: unknown column "sdd"; did you mean sd?',
    ),
    ({"more": SUBJECTS}, "subjects.csv: subjects stand already in more.csv"),
    ({"exchange": "subject,state,share\n,,1.2\n"}, "1.2 of label lost by exchange is not below 1"),
    ({"exchange": "subject,state,share\n,,\n"}, "give either share or position_ratio"),
]


@pytest.mark.parametrize(("changed", "message"), FAULTS)
def test_a_fault_is_one_line_that_says_where_and_what(tmp_path, changed, message):
    (line,) = refused(tmp_path, **changed).splitlines()
    assert message in line


def test_every_fault_is_a_line(tmp_path):
    text = change(change(ENRICHMENTS, "5.0,%", "5.0,"), "MPE,4.9", "MPE,low")
    lines = refused(tmp_path, enrichments=text).splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        "enrichments.csv row 3",
        "enrichments.csv row 4",
    ]


def test_many_faults_end_with_how_many_more(tmp_path):
    rows = "S1,rest,{},alanine,[3-13C]alanine,MPE,5,,,,\n"
    head = ENRICHMENTS.splitlines()[0] + "\n"
    lines = refused(tmp_path, enrichments=head + "".join(rows.format(k) for k in range(30)))
    assert len(lines.splitlines()) == 21
    assert "and 10 more faults" in lines


def test_a_path_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="does not exist; give a folder, a workbook or tables"):
        read_infusion_study(tmp_path / "nowhere")
    (tmp_path / "bad.xlsx").write_text("no workbook")
    with pytest.raises(InputError, match="is not an Excel workbook"):
        read_infusion_study(tmp_path / "bad.xlsx")
