"""Exports of every instrument, typed after its format and filled with numbers of our own.

Every function returns the name of the file, its content, and what it holds: readings by name, each
as {well: [value, ...]} and times in s.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

LETTERS = "ABCDEFGHIJKLMNOP"


@dataclass
class Made:
    """A file and what a reader must find in it."""

    name: str
    content: str | bytes | dict[str, list[list[object]]]
    format: str
    readings: dict[str, dict[str, list[float]]]
    times: dict[str, list[float]] = field(default_factory=dict)
    plates: int = 1
    signals: dict[str, str] = field(default_factory=dict)
    waves: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / self.name
        if isinstance(self.content, dict):
            book = openpyxl.Workbook()
            book.remove(book.worksheets[0])
            for title, rows in self.content.items():
                sheet = book.create_sheet(title)
                for row in rows:
                    sheet.append(row)
            book.save(path)
        elif isinstance(self.content, bytes):
            path.write_bytes(self.content)
        else:
            path.write_bytes(self.content.encode(self.encoding))
        return path


def value(row, column, read=0, scale=1.0):
    """Return the number of a well, one that no other well has."""
    return round((0.1 + 0.03 * row + 0.001 * column + 0.05 * read) * scale, 4)


def truth(rows=8, columns=12, reads=1, scale=1.0):
    return {
        f"{LETTERS[row]}{column + 1}": [value(row, column, k, scale) for k in range(reads)]
        for row in range(rows)
        for column in range(columns)
    }


def matrix(rows=8, columns=12, read=0, scale=1.0, label=None, corner=""):
    """Return a block: numbers along the top, letters down the side."""
    lines = [[corner, *range(1, columns + 1)]]
    for row in range(rows):
        cells = [value(row, column, read, scale) for column in range(columns)]
        lines.append([LETTERS[row], *cells, *([label] if label else [])])
    return lines


def text(rows, separator="\t", decimal=".", end="\n"):
    def cell(item):
        return str(item).replace(".", decimal) if isinstance(item, float) else str(item)

    return end.join(separator.join(map(cell, row)) for row in rows) + end


WELLS = list(truth())

# --- Gen5 -----------------------------------------------------------------------------------------

GEN5_HEAD = [
    [],
    [],
    ["Software Version", "3.11.19"],
    [],
    ["Experiment File Path:", "C:\\Experiments\\alt.xpt"],
    ["Protocol File Path:", "C:\\Protocols\\alt.prt"],
    [],
    ["Plate Number", "Plate 1"],
    ["Date", "3/4/2024"],
    ["Time", "9:30:12 AM"],
    ["Reader Type:", "Synergy H1"],
    ["Reader Serial Number:", "2105271"],
    ["Reading Type", "Reader"],
    [],
    ["Procedure Details"],
    [],
    ["Plate Type", "96 WELL PLATE (Use plate lid)"],
]


def gen5_kinetic():
    rows = [
        *GEN5_HEAD,
        ["Start Kinetic", "Runtime 0:01:30 (HH:MM:SS), Interval 0:00:30, 4 Reads"],
        ["    Read", "NADH"],
        ["", "Absorbance Endpoint"],
        ["", "Wavelengths:  340"],
        ["End Kinetic"],
        [],
        ["Layout"],
        ["", *range(1, 13)],
        *[[LETTERS[k], *(["BLK"] + [f"SPL{k}"] * 11), "Well ID"] for k in range(8)],
        [],
        ["NADH:340"],
        [],
        ["Time", "T° NADH:340", *WELLS],
    ]
    rows += [
        [f"0:00:{8 + 30 * k:02d}" if k < 2 else f"0:01:{30 * k - 52:02d}", 37.0]
        + [found[k] for found in truth(reads=4).values()]
        for k in range(4)
    ]
    rows += [
        ["0:00:00"],
        ["0:00:00"],
        [],
        ["Results"],
        *matrix(scale=100, label="Max V [NADH:340]"),
    ]
    return Made(
        "gen5_kinetic.txt",
        text(rows, end="\r\n"),
        "Gen5",
        {"NADH:340": truth(reads=4)},
        {"NADH:340": [0.0, 30.0, 60.0, 90.0]},
        waves={"NADH:340": (340.0, None)},
        labels={"A1": "BLK", "H12": "SPL7"},
        encoding="cp1252",
    )


def gen5_workbook():
    """Endpoint with pathlength reads, in a workbook: matrices begin in column B."""
    rows = [[], [], *[list(row) for row in GEN5_HEAD[2:]]]
    rows += [["Read", "Absorbance Endpoint"], ["", "Wavelengths:  340, 977, 900"], [], ["Results"]]
    rows += [["", "", *range(1, 13)]]
    for row in range(8):
        for read, wave in enumerate((340, 977, 900)):
            cells: list[object] = [value(row, column, read) for column in range(12)]
            if (row, read) == (0, 0):
                cells[0] = "OVRFLW"
            rows.append(["", LETTERS[row] if read == 0 else "", *cells, str(wave)])
        rows.append(["", "", *[0.25] * 12, "Pathlength"])
    found = {
        str(wave): {w: [v[read]] for w, v in truth(reads=3).items()}
        for read, wave in enumerate((340, 977, 900))
    }
    found["340"]["A1"] = [float("inf")]
    return Made("gen5.xlsx", {"Plate 1 - Sheet1": rows}, "Gen5", found)


def gen5_two_modes():
    rows = [
        *GEN5_HEAD,
        ["Read", "od"],
        ["", "Absorbance Endpoint"],
        ["", "Wavelengths:  570"],
        ["Read", "fluor"],
        ["", "Fluorescence Endpoint"],
        ["", "    Excitation: 535,  Emission: 587"],
        [],
        ["Actual Temperature:", 37.1],
        ["Results"],
        ["", *range(1, 13)],
    ]
    for row in range(8):
        rows.append([LETTERS[row], *[value(row, column) for column in range(12)], "od:570"])
        rows.append(["", *[value(row, column, 1, 1e4) for column in range(12)], "fluor:535,587"])
        rows.append(["", *[value(row, column, 1) for column in range(12)], "Blank od:570"])
    fluor = {well: found[1:] for well, found in truth(reads=2, scale=1e4).items()}
    return Made(
        "gen5_modes.csv",
        text([[f'"{c}"' if "," in str(c) else c for c in row] for row in rows], ","),
        "Gen5",
        {"od:570": truth(), "fluor:535,587": fluor},
        signals={"od:570": "absorbance", "fluor:535,587": "fluorescence"},
        waves={"fluor:535,587": (535.0, 587.0)},
    )


# --- SoftMax Pro ----------------------------------------------------------------------------------


def _softmax_plate(name, kind, reads, waves):
    rows = [
        f"Plate:\t{name}\t1.3\tPlateFormat\t{kind}\tAbsorbance\tRaw\tFALSE\t{reads}\t90\t30\t\t\t\t"
        f"{len(waves)}\t{' '.join(map(str, waves))} \t1\t12\t96\t1\t8\tNone\t".split("\t"),
        ["", "Temperature(°C)", *([*range(1, 13), ""] * len(waves))],
    ]
    for read in range(reads):
        for row in range(8):
            clock = f"00:{read // 2:02d}:{read % 2 * 30:02d}" if kind == "Kinetic" else ""
            start = [clock, 37.0] if row == 0 else ["", ""]
            cells = []
            for k in range(len(waves)):
                cells += [*[value(row, column, read + k) for column in range(12)], ""]
            rows.append([*start, *cells])
        rows.append([])
    return [*rows, ["~End"]]


def softmax_kinetic():
    rows = [
        ["##BLOCKS= 4          "],
        ["Note:"],
        ["Basic kinetic protocol"],
        ["~End"],
        *_softmax_plate("Plate#1", "Kinetic", 3, [340]),
        *_softmax_plate("Plate#2", "Kinetic", 3, [340]),
        ["Group: Standards", "1"],
        ["Sample", "Conc", "Wells", "Value"],
        ["St01", "10.0", "A1", "0.1"],
        ["", "", "A2", "0.1"],
        [],
        ["~End"],
        ["Original Filename: run; Date Last Saved: 1/2/2024"],
    ]
    return Made(
        "softmax.txt",
        text(rows, end="\r\n"),
        "SoftMax Pro",
        {"340": truth(reads=3)},
        {"340": [0.0, 30.0, 60.0]},
        plates=2,
        waves={"340": (340.0, None)},
        labels={"A1": "Standards 1 St01", "A2": "Standards 1 St01"},
        encoding="utf-16-le",
    )


def softmax_comma():
    """Two wavelengths side by side, decimal commas in the plate, points in a group."""
    rows = text([["##BLOCKS= 2"], *_softmax_plate("P", "Endpoint", 1, [450, 650])], decimal=",")
    rows += "Group: Unknowns\nSample\tWells\tValue\n01\tB2\t1.234\n\n~End\n"
    second = {well: found[1:] for well, found in truth(reads=2).items()}
    return Made("softmax_comma.txt", rows, "SoftMax Pro", {"450": truth(), "650": second})


def softmax_time_format():
    rows = [
        ["##BLOCKS= 1"],
        [
            "Plate:",
            "Amplex",
            "1.3",
            "TimeFormat",
            "Kinetic",
            "Fluorescence",
            "FALSE",
            "Raw",
            "FALSE",
            "3",
            "120",
            "60",
            "",
            "",
            "",
            "1",
            "587 ",
            "1",
            "12",
            "96",
            "535 ",
            "Manual",
            "570 ",
        ],
        ["Time(hh:mm:ss)", "Temperature(°C)", *WELLS],
        *[
            [f"00:{k:02d}:00", 37.0, *[found[k] for found in truth(reads=3, scale=1e3).values()]]
            for k in range(3)
        ],
        [],
        ["~End"],
    ]
    return Made(
        "softmax_time.txt",
        text(rows),
        "SoftMax Pro",
        {"535/587": truth(reads=3, scale=1e3)},
        {"535/587": [0.0, 60.0, 120.0]},
        signals={"535/587": "fluorescence"},
        waves={"535/587": (535.0, 587.0)},
        encoding="utf-16",
    )


# --- Tecan ----------------------------------------------------------------------------------------


def icontrol_columns():
    """Cycles as columns, in a workbook of i-control."""
    rows = [
        ["Application: Tecan i-control", "", "", "", "Tecan i-control , 1.10.4.0"],
        ["Device: infinite 200Pro", "", "", "", "Serial number: 1205002487"],
        ["Plate", "", "", "", "Greiner 96 Flat Bottom Transparent [GRE96ft.pdfx]"],
        [],
        ["Label: NADH"],
        ["Mode", "", "", "", "Absorbance"],
        ["Wavelength", "", "", "", 340, "nm"],
        ["Start Time:", "", "", "", "2024-03-04 10:11:12"],
        [],
        ["NADH"],
        ["Cycle Nr.", 1, 2, 3],
        ["Time [s]", 0.0, 29.8, 59.7],
        ["Temp. [°C]", 36.9, 37.0, 37.1],
        *[[well, *found] for well, found in truth(reads=3).items()],
        [],
        ["End Time:", "", "", "", "2024-03-04 10:12:12"],
    ]
    return Made(
        "icontrol.xlsx",
        {"Sheet2": rows},
        "Tecan Spark/i-control",
        {"NADH": truth(reads=3)},
        {"NADH": [0.0, 29.8, 59.7]},
        waves={"NADH": (340.0, None)},
    )


def spark_matrix():
    """An endpoint as a matrix, saturated wells marked."""
    rows = [
        ["Method name: Amplex", "", ""],
        ["Application: SparkControl", "", "", "", "V2.3"],
        ["Device: Spark", "", "", "", "Serial number: 1805006000"],
        ["Plate", "", "", "", "[GRE96fb_chimney] - Greiner 96 Flat Black"],
        [],
        ["Mode", "", "", "", "Fluorescence Top Reading"],
        ["Name", "", "", "", "Resorufin"],
        ["Excitation wavelength", "", "", "", 535, "nm"],
        ["Excitation bandwidth", "", "", "", 20, "nm"],
        ["Emission wavelength", "", "", "", 587, "nm"],
        [],
        ["Resorufin"],
        *matrix(scale=1e4, corner="<>"),
    ]
    rows[-1][12] = "OVER"
    found = truth(scale=1e4)
    found["H12"] = [float("inf")]
    return Made(
        "spark.csv",
        text(rows, ";", ","),
        "Tecan Spark/i-control",
        {"Resorufin": found},
        signals={"Resorufin": "fluorescence"},
        waves={"Resorufin": (535.0, 587.0)},
    )


def magellan_list():
    rows = [["Well positions", "Layout", "450nm", "620nm"]]
    for well, (first, second) in truth(reads=2).items():
        rows.append([well, "BL1" if well == "A1" else "SM1", first, second])
    rows += [
        [],
        ["Date: 04.03.2024; Time: 10:11:12"],
        ["alt.mth"],
        ["infinite 200Pro"],
        ["Measurement mode: Absorbance"],
        ["Measurement wavelength: 450 nm"],
    ]
    second = {well: found[1:] for well, found in truth(reads=2).items()}
    return Made(
        "magellan.xlsx",
        {"Sheet1": rows},
        "Tecan Magellan",
        {"450nm": truth(), "620nm": second},
        waves={"450nm": (450.0, None), "620nm": (620.0, None)},
        labels={"A1": "BL1"},
    )


def magellan_bare():
    """A list of two labels and nothing else."""
    rows = [["Well positions", "Layout", "Acceptor", "Donor", ""]]
    rows += [[w, f"SM1_{k}", *v, ""] for k, (w, v) in enumerate(truth(reads=2, scale=1e5).items())]
    second = {well: found[1:] for well, found in truth(reads=2, scale=1e5).items()}
    return Made(
        "magellan_bare.txt",
        text(rows),
        "Tecan Magellan",
        {"Acceptor": truth(scale=1e5), "Donor": second},
        signals={"Acceptor": "fluorescence", "Donor": "fluorescence"},
        labels={"A2": "SM1_1"},
    )


def magellan_kinetic():
    rows = [["Well positions", "0s 36.9°C", "30s 37.0°C", "61s 37.0°C"]]
    rows += [[well, *found] for well, found in truth(reads=3).items()]
    rows += [[], ["alt.mth"], ["Measurement mode: Absorbance"], ["Measurement wavelength: 340 nm"]]
    return Made(
        "magellan.asc",
        text(rows),
        "Tecan Magellan",
        {"Kinetic": truth(reads=3)},
        {"Kinetic": [0.0, 30.0, 61.0]},
        waves={"Kinetic": (340.0, None)},
    )


# --- SkanIt ---------------------------------------------------------------------------------------


def skanit_endpoint():
    samples = [["Sample", *range(1, 13)], *[[LETTERS[k], *["Un1"] * 12] for k in range(8)]]
    sheet = [
        ["Absorbance 1"],
        ["alt.skax"],
        ["3/4/2024 10:11:12 AM"],
        [],
        ["Wavelength: 340 nm"],
        [],
        ["Plate 1"],
        *matrix(corner="Abs"),
        [],
        *samples,
        [],
        ["Plate 2"],
        *matrix(corner="Abs"),
    ]
    info = [["General information"], [], ["", "Report generated with SW version", "SkanIt 7.0.0"]]
    return Made(
        "skanit.xlsx",
        {"General information": info, "Absorbance 1_01": sheet},
        "SkanIt",
        {"Absorbance 1 340": truth()},
        plates=2,
        waves={"Absorbance 1 340": (340.0, None)},
        labels={"A1": "Un1"},
    )


def skanit_kinetic():
    rows = [
        ["SkanIt Software 6.1 RE for Microplate Readers"],
        ["Absorbance 2"],
        ["Wavelength: 340 nm"],
        ["Plate 1"],
        ["Reading", "avg. time [s]", *WELLS],
        *[[k + 1, 20.0 * k, *[f[k] for f in truth(reads=3).values()]] for k in range(3)],
    ]
    return Made(
        "skanit.txt",
        text(rows),
        "SkanIt",
        {"Absorbance 2 340": truth(reads=3)},
        {"Absorbance 2 340": [0.0, 20.0, 40.0]},
        encoding="utf-16",
    )


# --- BMG ------------------------------------------------------------------------------------------

BMG_HEAD = [
    ["User: USER", "Path: C:\\Program Files (x86)\\BMG\\CLARIOstar\\User\\Data", "Test run no.: 7"],
    ["Test name: ALT", "Date: 04/03/2024", "Time: 10:11:12"],
    ["ID1: plate one"],
    ["Absorbance"],
    [],
]


def bmg_matrix():
    rows = [*BMG_HEAD, ["Raw Data (340)"], [], *matrix(16, 24)]
    return Made("bmg.csv", text(rows, ","), "BMG Labtech MARS", {"340": truth(16, 24)})


def bmg_list():
    """A list of wells in time, semicolons and decimal commas."""
    head = ["Well Row", "Well Col", "Content", *["Raw Data (340)"] * 3]
    rows = [*BMG_HEAD, head, ["", "", "Time [s]", 0.0, 30.0, 60.0]]
    for well, found in truth(reads=3).items():
        rows.append([well[0], f"{int(well[1:]):02d}", "Sample X1", *found])
    return Made(
        "bmg_list.csv",
        text(rows, ";", ","),
        "BMG Labtech MARS",
        {"340": truth(reads=3)},
        {"340": [0.0, 30.0, 60.0]},
        labels={"A1": "Sample X1"},
        encoding="cp1252",
    )


def bmg_minutes():
    """An empty line after every line, times in words, no wavelength."""
    rows = [*BMG_HEAD, ["Well Row", "Well Col", "Content", *["Raw Data"] * 3]]
    rows += [["", "", "Time", "0 h ", "0 h 60 min", "1 h 15 min"]]
    rows += [[w[0], int(w[1:]), "Sample X2", *found] for w, found in truth(reads=3).items()]
    spaced = [line for row in rows for line in (row, [])]
    return Made(
        "bmg_minutes.csv",
        text(spaced, ","),
        "BMG Labtech MARS",
        {"Raw Data": truth(reads=3)},
        {"Raw Data": [0.0, 3600.0, 4500.0]},
    )


def bmg_cycles():
    rows = list(BMG_HEAD)
    for k in range(3):
        rows += [[f"Raw Data (340) Cycle {k + 1} ({k} min {k * 5} s)"], *matrix(read=k), []]
    return Made(
        "bmg_cycles.csv",
        text(rows, ","),
        "BMG Labtech MARS",
        {"340": truth(reads=3)},
        {"340": [0.0, 65.0, 130.0]},
    )


# --- EnVision -------------------------------------------------------------------------------------


def envision():
    head = (
        "Plate,Repeat,Barcode,Measured height,Chamber temperature at start,Group,Label,ScanX,ScanY,"
        "Measinfo,Kinetics,Measurement date,"
    )
    parts = []
    for plate in (1, 2):
        for repeat in (1, 2):
            path = "De=1st Ex=Btm Em=N/A Wdw=N/A (8)"
            moment = f"1/15/2024 10:3{plate}:{20 * repeat:02d} AM"
            block = text([[*row, ""] for row in matrix(read=repeat - 1)], ",")
            parts.append(
                f'Plate information\n{head}\n{plate},{repeat},="",14.35,37.00,1,A340({repeat}),0,0,'
                f"{path},0,{moment},\n\nBackground information\nPlate,Label,Result,\n1,A340,0,\n\n"
                f"Results for A340({repeat}) - channel 1 (A)\n{block}\n"
            )
    tail = (
        "\nBasic assay information\nAssay ID: ,,,,101\nProtocol Name: ,,,,ALT\n\nPlatemap:\n"
        + text([["", *range(1, 13)], *[[k, *["- "] * 12] for k in LETTERS[:8]]], ",")
        + "\nExported with EnVision Workstation version 1.14\n"
    )
    return Made(
        "envision.csv",
        "".join(parts) + tail,
        "EnVision",
        {"A340": truth(reads=2)},
        {"A340": [0.0, 20.0]},
        plates=2,
        waves={"A340": (340.0, None)},
    )


# --- forms that no instrument signs ---------------------------------------------------------------


def plain_block():
    return Made("block.csv", text(matrix(), ","), "plate-shaped table", {"Reading 1": truth()})


def plain_blanks():
    """Columns set apart by blanks, the corner lost."""
    rows = [" ".join(map(str, row)) for row in [["340"], *matrix()]]
    rows[1] = "     " + rows[1].strip()
    return Made(
        "blanks.txt",
        "\n".join(rows),
        "plate-shaped table",
        {"340": truth()},
        waves={"340": (340.0, None)},
    )


def plain_times():
    rows = [row for k in range(3) for row in ([f"A340, {k * 0.5} min"], *matrix(read=k), [])]
    rows += [["Layout"], ["", *range(1, 13)], *[[k, *["SPL"] * 12] for k in LETTERS[:8]]]
    return Made(
        "times.tsv",
        text(rows),
        "plate-shaped table",
        {"A340": truth(reads=3)},
        {"A340": [0.0, 30.0, 60.0]},
        signals={"A340": "absorbance"},
        labels={"B7": "SPL"},
    )


def plain_sheets():
    second = {well: found[1:] for well, found in truth(reads=2).items()}
    return Made(
        "sheets.xlsx",
        {"340 nm": matrix(), "977 nm": matrix(read=1)},
        "plate-shaped table",
        {"340 nm": truth(), "977 nm": second},
    )


def tidy():
    rows = [["Well", "Time (min)", "Wavelength", "Absorbance", "Sample"]]
    for well, found in truth(reads=2).items():
        rows += [[well, 0.5 * k, 340, found[k], "ALT1"] for k in range(2)]
    return Made(
        "tidy.csv",
        text(rows, ";", ","),
        "tidy table",
        {"340": truth(reads=2)},
        {"340": [0.0, 30.0]},
        labels={"C3": "ALT1"},
    )


def tidy_columns():
    rows = [["well", "A340", "A977", "A900"], *[[w, *f] for w, f in truth(reads=3).items()]]
    found = {
        name: {well: [v[k]] for well, v in truth(reads=3).items()}
        for k, name in enumerate(("A340", "A977", "A900"))
    }
    return Made("columns.xlsx", {"Data": rows}, "tidy table", found)


def wide():
    rows = [["A340"], ["Time (min)", "T° 340", *WELLS]]
    rows += [[0.5 * k, 37.0, *[f[k] for f in truth(reads=3).values()]] for k in range(3)]
    return Made(
        "wide.csv",
        text(rows, "\t", ","),
        "table of times and wells",
        {"A340": truth(reads=3)},
        {"A340": [0.0, 30.0, 60.0]},
    )


def wide_names():
    rows = [["Time (s)", "0 uM", "5 uM", "10 uM"], *[[10 * k, 0.1, 0.2, 0.3 + k] for k in range(4)]]
    return Made(
        "names.csv",
        text(rows, ","),
        "table of times and wells",
        {"Absorbance": {"A1": [0.1] * 4, "A2": [0.2] * 4, "A3": [0.3, 1.3, 2.3, 3.3]}},
        {"Absorbance": [0.0, 10.0, 20.0, 30.0]},
        labels={"A1": "0 uM", "A3": "10 uM"},
    )


def _measurement(well, points):
    control = {"detector wavelength setting": {"value": 340, "unit": "nm"}}
    found: dict[str, object] = {
        "device control aggregate document": {"device control document": [control]},
        "sample document": {"location identifier": well, "well plate identifier": "P1"},
    }
    if len(points) == 1:
        return found | {"absorbance": {"value": points[0], "unit": "mAU"}}
    structure = {
        "dimensions": [{"concept": "elapsed time", "unit": "s"}],
        "measures": [{"concept": "absorbance", "unit": "mAU"}],
    }
    data = {"dimensions": [[30.0 * k for k in range(len(points))]], "measures": [points]}
    return found | {"absorption profile data cube": {"cube-structure": structure, "data": data}}


def _allotrope(name, converter, reads, scale):
    groups = [
        {
            "measurement aggregate document": {
                "plate well count": {"value": 96, "unit": "#"},
                "measurement document": [_measurement(well, [v * scale for v in found])],
            }
        }
        for well, found in truth(reads=reads).items()
    ]
    document = {
        "$asm.manifest": "http://purl.allotrope.org/manifests/plate-reader/REC/2025/03/x.manifest",
        "plate reader aggregate document": {
            "data system document": {"ASM converter name": converter},
            "device system document": {"model number": "Synergy H1"},
            "plate reader document": groups,
        },
    }
    return Made(
        name,
        json.dumps(document, indent=1),
        "Allotrope Simple Model (JSON)",
        {"340": truth(reads=reads)},
        {"340": [30.0 * k for k in range(reads)]},
        waves={"340": (340.0, None)},
    )


def allotrope_endpoint():
    return _allotrope("endpoint.json", "allotropy_agilent_gen5", 1, 1.0)


def allotrope_kinetic():
    """Another converter, whose mAU are mAU."""
    return _allotrope("kinetic.json", "vendor export", 3, 1000.0)


EVERY = (
    gen5_kinetic,
    gen5_workbook,
    gen5_two_modes,
    softmax_kinetic,
    softmax_comma,
    softmax_time_format,
    icontrol_columns,
    spark_matrix,
    magellan_list,
    magellan_bare,
    magellan_kinetic,
    skanit_endpoint,
    skanit_kinetic,
    bmg_matrix,
    bmg_list,
    bmg_minutes,
    bmg_cycles,
    envision,
    plain_block,
    plain_blanks,
    plain_times,
    plain_sheets,
    tidy,
    tidy_columns,
    wide,
    wide_names,
    allotrope_endpoint,
    allotrope_kinetic,
)
