import pytest

from cahill.core.annotation import Annotation
from cahill.core.evidence import Evidence
from cahill.core.network import Species
from cahill.core.parameters import Parameter, ParameterSet
from cahill.core.quantity import Quantity
from cahill.errors import InputError, ModelError
from cahill.io.tables import (
    read_annotations,
    read_atom_maps,
    read_parameters,
    read_species,
    write_parameters,
)

HEADER = "id\tvalue\tunit\tlow\thigh\tgrade\tsource\tlocator\tnote\n"
ROW = "Km\t10.12\tmmol/L\t5\t20\tmeasured\tSeed001Cycle\tTable 1\t\n"
SPECIES_HEADER = "id\tname\tcompartment\tcarbon\tnitrogen\tkind\tsbo\tidentifiers\n"
MAP_HEADER = "step\treaction\tmap\tnote\n"


@pytest.fixture
def table(tmp_path):
    def write(text, name="set.tsv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_read_parameters(table):
    path = table(f"# ALT\n\n{HEADER}{ROW}V\t1\tdimensionless\t\t\tassumed\t\t\tno measurement\n")
    parameters = read_parameters(path)
    assert parameters.name == "set"
    assert parameters.ids == ("Km", "V")
    km = parameters["Km"]
    assert (km.value, km.low, km.high) == (10.12, 5.0, 20.0)
    assert km.quantity.evidence == Evidence("measured", "Seed001Cycle", "Table 1")
    assert parameters["V"].low is None


def test_optional_columns_and_missing_last_cells(table):
    header = HEADER.replace("note", "note\tsd\trole")
    path = table(header + "Km\t1\tmmol/L\t\t\tmeasured\tX\t\t\t0.1\tKm\nV\t1\tU\t\t\tfitted\n")
    parameters = read_parameters(path)
    assert parameters["Km"].quantity.sd == 0.1
    assert parameters["Km"].role == "Km"
    assert parameters["V"].quantity.evidence == Evidence("fitted")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Km\tten\tmmol/L\t\t\tmeasured\tX\t\t\n", 'value "ten" is not a number'),
        ("Km\t\tmmol/L\t\t\tmeasured\tX\t\t\n", "value is blank"),
        ("Km\tnan\tmmol/L\t\t\tmeasured\tX\t\t\n", "finite"),
        ("Km\t1\t\t\t\tmeasured\tX\t\t\n", "unit is missing"),
        ("Km\t1\tmmol/Q\t\t\tmeasured\tX\t\t\n", "mmol/Q"),
        ("Km\t1\tmmol/L\t2\t\tmeasured\tX\t\t\n", "below its low"),
        ("Km\t1\tmmol/L\t\t\tmeasured\t\t\t\n", "needs a source"),
        ("Km\t1\tmmol/L\t\t\tassumed\t\t\t\n", "needs a note"),
        ("Km\t1\tmmol/L\t\t\trumour\tX\t\t\n", "rumour"),
        ("\t1\tmmol/L\t\t\tmeasured\tX\t\t\n", "no id"),
        (ROW.strip() + "\tx\ty\n", "10 cells"),
        ('Km\t1\tU\t\t\tfitted\t\t\t"open\n', "quotation"),
        (f"{ROW}{ROW}", "stands already in set.tsv row 3"),
    ],
)
def test_faults_name_file_and_row(table, row, fault):
    with pytest.raises(InputError) as error:
        read_parameters(table(f"# one comment\n{HEADER}{row}"))
    last = 4 if row.count("\n") == 2 else 3
    assert str(error.value).startswith(f"set.tsv row {last}: ")
    assert fault in str(error.value)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("id\tvalue\n", "row 1: missing column unit"),
        (HEADER.replace("note", "note\tcolour"), 'unknown column "colour"'),
        (HEADER.replace("note", "note\tnote"), "twice"),
        ("", "is empty"),
    ],
)
def test_bad_headers(table, text, fault):
    with pytest.raises(InputError, match=fault):
        read_parameters(table(text))


def test_unreadable_files(tmp_path):
    with pytest.raises(InputError, match=r"none\.tsv cannot be read"):
        read_parameters(tmp_path / "none.tsv")
    (tmp_path / "latin.tsv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_parameters(tmp_path / "latin.tsv")


def test_write_then_read_returns_the_same_and_never_overwrites(tmp_path):
    evidence = Evidence("measured", "X", note='"quoted" note')
    km = Parameter("Km", Quantity(0.1 + 0.2, "mmol/L", 0.01, evidence), 0.1, None, "Km")
    parameters = ParameterSet((km,), "mine")
    path = tmp_path / "mine.tsv"
    write_parameters(path, parameters)
    assert read_parameters(path) == parameters
    with pytest.raises(InputError, match="exists"):
        write_parameters(path, parameters)
    write_parameters(path, parameters, force=True)
    with pytest.raises(InputError, match="cannot be written"):
        write_parameters(tmp_path / "no" / "folder.tsv", parameters)


def test_line_breaks_in_notes_become_blanks(tmp_path):
    evidence = Evidence("assumed", note="first\nsecond\tthird")
    parameters = ParameterSet((Parameter("Km", Quantity(1.0, "mmol/L", evidence=evidence)),))
    write_parameters(tmp_path / "x.tsv", parameters)
    written = read_parameters(tmp_path / "x.tsv")["Km"].quantity.evidence
    assert written.note == "first second third"


def test_write_refuses_numbers_without_evidence(tmp_path):
    bare = ParameterSet((Parameter("Km", Quantity(1.0, "mmol/L")),))
    with pytest.raises(InputError, match="evidence"):
        write_parameters(tmp_path / "x.tsv", bare)


def test_read_species(table):
    text = SPECIES_HEADER + "Ala\talanine\tliver\t3\t1\t\tSBO:0000247\tchebi:16977 kegg:C00041\n"
    species = read_species(table(text + "PMP\t\tliver\t\t1\tenzyme-bound\t\t\n"))
    assert species["Ala"] == Species(
        *("Ala", "alanine", "liver", {"C": 3, "N": 1}, "pool", "SBO:0000247"),
        ("chebi:16977", "kegg:C00041"),
    )
    assert species["PMP"].atoms == {"N": 1}
    assert species["PMP"].enzyme_bound


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("Ala\t\tliver\tthree\t1\tpool\t\t\n", 'carbon "three"'),
        ("Ala\t\tliver\t-3\t1\tpool\t\t\n", 'carbon "-3"'),
        ("Ala\t\tliver\t3\t1\tsolid\t\t\n", '"solid"'),
        ("Ala\t\t\t3\t1\tpool\t\t\n", "compartment"),
    ],
)
def test_species_faults(table, row, fault):
    with pytest.raises(InputError) as error:
        read_species(table(SPECIES_HEADER + row))
    assert str(error.value).startswith("set.tsv row 2: ")
    assert fault in str(error.value)


def test_read_annotations(table):
    text = "id\tname\tunit\tsbo\tidentifiers\n"
    text += "v\tflux\tmmol/min\tSBO:0000612\n"
    path = table(text + "r\tALT\t\tSBO:0000403\tec-code:2.6.1.2\n")
    assert read_annotations(path) == (
        Annotation("v", "flux", "SBO:0000612", (), "mmol/min"),
        Annotation("r", "ALT", "SBO:0000403", ("ec-code:2.6.1.2",)),
    )


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("v\t\t\tSBO:0000612\t\n", "name must both be given"),
        ("v\tflux\t\tSBO:612\t\n", "no SBO term"),
        ("v\tflux\tmmol/Q\tSBO:0000612\t\n", "mmol/Q"),
    ],
)
def test_annotation_faults(table, row, fault):
    with pytest.raises(InputError, match=fault) as error:
        read_annotations(table("id\tname\tunit\tsbo\tidentifiers\n" + row))
    assert str(error.value).startswith("set.tsv row 2: ")


def test_read_atom_maps(table):
    species = {name: Species(name, "", "liver", {"C": 3}) for name in ("Pyr", "Lac")}
    (step,) = read_atom_maps(table(MAP_HEADER + "LDH\tLDH\tPyr C:abc -> Lac C:abc\t\n"), species)
    assert (step.id, step.reaction, step.where) == ("LDH", "LDH", "set.tsv row 2")
    broken = table(MAP_HEADER + "LDH\tLDH\tPyr C:abc -> Lac C:abd\t\n")
    with pytest.raises(ModelError, match=r'^set.tsv row 2: step "LDH": atom C:c of Pyr is lost'):
        read_atom_maps(broken, species)
    assert len(read_atom_maps(broken)) == 1
    with pytest.raises(InputError, match="both be named"):
        read_atom_maps(table(MAP_HEADER + "\tLDH\tPyr C:abc -> Lac C:abc\t\n"))
