"""qPCR exports: what wrote a file is found from its content, and faults are named by place."""

import numpy as np
import pytest
from openpyxl import Workbook

from cahill.errors import InputError
from cahill.io.qpcr_files import read_qpcr, read_qpcr_runs
from cahill.io.qpcr_roles import role_of
from cahill.io.qpcr_tables import heading

RESULTS = (
    "Well\tWell Position\tOmit\tSample Name\tTarget Name\tTask\tReporter\tCt Threshold\t"
    "Baseline Start\tBaseline End\tCT"
)
RDES = "Well\tSample\tSample Type\tTarget\tTarget Type\tDye"
QUANTSTUDIO = f"""* Block Type = 96-Well Block (0.2mL)
* Instrument Type = QuantStudio(TM) 6 Flex System
* Passive Reference = ROX

[Sample Setup]
Well\tWell Position\tSample Name\tTarget Name\tTask\tReporter\tQuantity
1\tA1\tliver 1\tGpt\tUNKNOWN\tFAM\t
2\tA2\tstd\tGpt\tSTANDARD\tFAM\t1,000.000

[Amplification Data]
Well\tCycle\tTarget Name\tRn\tDelta Rn
1\t1\tGpt\t0.500\t0.000
1\t2\tGpt\t0.600\t0.100
2\t1\tGpt\t0.510\t0.001
2\t2\tGpt\t1,000.700\t0.190

[Results]
{RESULTS}
1\tA1\tfalse\tliver 1\tGpt\tUNKNOWN\tFAM\t0.200\t3\t15\t24.512
2\tA2\ttrue\tstd\tGpt\tSTANDARD\tFAM\t0.200\t3\t15\tUndetermined

[Melt Curve Raw Data]
Well\tWell Position\tReading\tTemperature\tFluorescence\tDerivative
1\tA1\t1\t60.000\t2.000\t0.1
1\tA1\t2\t60.500\t1.900\t0.2

Analysis Type\tSingleplex
Endogenous Control\tACTB
"""


def write(folder, name, text, encoding="utf-8"):
    path = folder / name
    path.write_text(text, encoding=encoding)
    return path


def test_quantstudio_text(tmp_path):
    run = read_qpcr(write(tmp_path, "export.txt", QUANTSTUDIO))
    first, second = run.reactions
    assert (first.well, first.target, first.sample, first.role) == (
        "A1",
        "Gpt",
        "liver 1",
        "sample",
    )
    assert (first.cq, first.threshold, first.baseline) == (24.512, 0.2, (3, 15))
    assert (second.cq, second.cq_reported, second.role) == (None, True, "standard")
    assert second.quantity == 1000.0
    assert second.excluded == "omitted in the file"
    assert run.curves == "Rn"
    assert run.fluorescence.tolist() == [[0.5, 0.6], [0.51, 1000.7]]
    assert run.baselined is not None
    assert run.baselined.tolist() == [[0.0, 0.1], [0.001, 0.19]]
    assert run.melt is not None
    assert run.melt.temperature[0].tolist() == [60.0, 60.5]
    assert np.isnan(run.melt.fluorescence[1]).all()
    assert run.facts["Instrument Type"] == "QuantStudio(TM) 6 Flex System"


def test_quantstudio_workbook(tmp_path):
    book = Workbook()
    results = book.active
    assert results is not None
    results.title = "Results"
    for row in (
        ["Instrument Type", "QuantStudio 5"],
        [],
        ["Well", "Well Position", "Sample", "Target", "Task", "Reporter", "Cq", "Threshold"],
        [1, "A1", "liver", "Gpt", "UNKNOWN", "FAM", 21.5, 0.1],
        [2, "A2", "none", "Gpt", "NTC", "FAM", "UNDETERMINED", 0.1],
    ):
        results.append(row)
    curves = book.create_sheet("Amplification Data")
    curves.append(["Well", "Well Position", "Cycle Number", "Target", "Rn", "dRn"])
    for cycle in (1, 2, 3):
        curves.append([1, "A1", cycle, "Gpt", 0.5 + cycle, 0.1 * cycle])
    path = tmp_path / "run.xlsx"
    book.save(path)
    run = read_qpcr(path)
    assert [r.cq for r in run.reactions] == [21.5, None]
    assert [r.role for r in run.reactions] == ["sample", "ntc"]
    assert run.fluorescence[0].tolist() == [1.5, 2.5, 3.5]
    assert np.isnan(run.fluorescence[1]).all()
    assert "1 of 2 reactions have no curve" in run.notes[0]


def test_design_and_analysis_csv(tmp_path):
    text = (
        "# File Name: run.eds\n# Instrument Type: QuantStudio 5 System\n\n"
        '"Well","Well Position","Omit","Sample","Target","Task","Reporter","Cq","Auto Threshold"\n'
        '1,"A1","false","liver","Gpt","UNKNOWN","FAM",22.25,"true"\n'
    )
    run = read_qpcr(write(tmp_path, "run_Results_20240101.csv", text))
    assert run.reactions[0].cq == 22.25
    assert run.facts["Instrument Type"] == "QuantStudio 5 System"


def test_cfx_files_of_a_run_are_joined(tmp_path):
    stem = "admin_2024-01-01 10-00-00 -  "
    write(
        tmp_path,
        f"{stem}Quantification Cq Results_0.csv",
        ",Well,Fluor,Target,Content,Sample,Biological Set Name,Cq,Starting Quantity (SQ)\n"
        ",A01,SYBR,Gpt,Unkn-01,liver,fed,24.5,NaN\n"
        ",A02,SYBR,Gpt,Std-1,pool,,20.25,1000\n"
        ",B01,SYBR,Gpt,NTC,,,NaN,NaN\n",
    )
    cycles = "".join(f",{c},{c % 3 - 1},{0.5 * (c % 2)},{0.2 * (c % 2)}\n" for c in range(1, 17))
    end = ",17,60,80,0.1\n,18,120,160,-0.1\n"
    amplification = write(
        tmp_path,
        f"{stem}Quantification Amplification Results_SYBR.csv",
        f",Cycle,A1,A2,B1\n{cycles}{end}",
    )
    write(
        tmp_path,
        f"{stem}Melt Curve RFU Results_SYBR.csv",
        ",Temperature,A1,A2\n,65,900,950\n,65.5,890,930\n",
    )
    for path in (amplification, tmp_path):
        run = read_qpcr(path)
        assert [r.well for r in run.reactions] == ["A1", "A2", "B1"]
        assert [r.role for r in run.reactions] == ["sample", "standard", "ntc"]
        assert [r.cq for r in run.reactions] == [24.5, 20.25, None]
        assert run.reactions[1].quantity == 1000
        assert run.reactions[0].fields["group"] == "fed"
        assert run.curves == "dRn"
        assert run.fluorescence[:, -1].tolist() == [120, 160, -0.1]
        assert run.melt is not None
        assert run.melt.fluorescence[1].tolist() == [950, 930]
    write(tmp_path, "other -  Quantification Cq Results.csv", "Well,Fluor,Cq\nA1,FAM,3\n")
    with pytest.raises(InputError, match="files of several runs"):
        read_qpcr(tmp_path)


def test_rdes_curves_and_melts(tmp_path):
    head = RDES
    path = write(
        tmp_path,
        "run.tsv",
        f"{head}\tCq\t1\t2\t3\nA1\tliver\tunkn\tGpt\ttoi\tSYBR\t23.5\t1\t2\t3\n"
        "A2\t\tntc\tGpt\ttoi\tSYBR\t-1.0\t1\t\t1\n",
    )
    run = read_qpcr(path)
    assert [(r.role, r.cq) for r in run.reactions] == [("sample", 23.5), ("ntc", None)]
    assert run.cycles.tolist() == [1, 2, 3]
    assert np.isnan(run.fluorescence[1, 1])
    path = write(
        tmp_path, "melt.tsv", f"{head}\t60.0\t60.5\nA1\tliver\tunkn\tGpt\ttoi\tSYBR\t9\t8\n"
    )
    melted = read_qpcr(path)
    assert melted.melt is not None
    assert melted.melt.temperature.tolist() == [[60.0, 60.5]]
    assert melted.curves == "none"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_plain_table_of_cq(tmp_path, encoding):
    text = "Sample;Gene;Ct;Group;Replicate\nLäber 1;Gpt;24,5;fed;1\nLäber 2;Gpt;;fasted;2\n"
    run = read_qpcr(write(tmp_path, "cq.csv", text, encoding))
    assert [(r.sample, r.target, r.cq) for r in run.reactions] == [
        ("Läber 1", "Gpt", 24.5),
        ("Läber 2", "Gpt", None),
    ]
    assert run.reactions[1].fields["group"] == "fasted"


def test_plain_table_of_curves(tmp_path):
    lines = "".join(f"A{w},Gpt,s{w},{c},{c * w}\n" for w in (1, 2) for c in range(1, 4))
    run = read_qpcr(write(tmp_path, "c.csv", f"well,target,sample,cycle,fluorescence\n{lines}"))
    assert [r.sample for r in run.reactions] == ["s1", "s2"]
    assert run.fluorescence.tolist() == [[1, 2, 3], [2, 4, 6]]
    assert run.curves == "raw"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "well,target,cq\nA1,Gpt,24\nA1,Gpt,25\n",
            r'cq.csv row 3: well A1 target "Gpt" stands twice; first in row 2',
        ),
        ("well,target,cq\nA1,Gpt,high\n", r'cq.csv row 2 column 3: Cq "high" is no number'),
        ("well,target,cq\nZZ9,Gpt,24\n", r'cq.csv row 2 column 1: .*"ZZ9"'),
        ("name,value\na,1\n", "cq.csv: not a qPCR file; give RDML"),
        (
            f"{RDES}\t1\tx\nA1\ts\tunkn\tG\ttoi\tS\t1\t2\n",
            'cq.csv row 1 column 8: "x" is no cycle or temperature',
        ),
        (
            f"{RDES}\t1\t2\nA1\ts\tunkn\tG\ttoi\tS\t1\tz\n",
            'cq.csv row 2 column 8: "z" is no number',
        ),
    ],
)
def test_faults_are_named_by_place(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_qpcr(write(tmp_path, "cq.csv", text))


def test_labels_changed_by_a_spreadsheet_are_noted(tmp_path):
    run = read_qpcr(write(tmp_path, "cq.csv", "well,sample,target,cq\nA1,x,1-Mar,24\n"))
    assert run.notes == (
        'cq.csv row 2 column 3: the name "1-Mar" looks like one that a spreadsheet has changed '
        "(MARCH1 becomes 1-Mar); write it as text.",
    )


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing.csv cannot be read"):
        read_qpcr_runs(tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="no CFX export in this folder"):
        read_qpcr_runs(tmp_path)


def test_words_for_roles_and_headings():
    assert [role_of(t) for t in ("Unkn-12", "NTC", "STANDARD", "Std-3", "Pos Ctrl", "IPC")] == [
        "sample",
        "ntc",
        "standard",
        "standard",
        "positive",
        "positive",
    ]
    assert role_of("BlockedIPC") == "other"
    for text in ("CT", "Ct", "Cq", "Cp", "C\u0442"):
        assert heading(text) == "cq"
    assert heading("Target Name") == heading("Gene") == heading("Detector Name") == "target"
    assert heading("\u0394Rn") == heading("Delta Rn") == "delta rn"
