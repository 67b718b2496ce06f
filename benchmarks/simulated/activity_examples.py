"""The package's examples of ALT activity, written from the simulated plates."""

import csv
import io
from pathlib import Path

import numpy as np
from activity import (
    Well,
    amplex_wells,
    coupled_wells,
    gen5_text,
    simulate_amplex,
    simulate_coupled,
)

FOLDER = Path(__file__).parents[2] / "src" / "cahill" / "data" / "examples"
SEED = 20260123
EXPERIMENT = """\
# What is in the wells of plate.txt. Later tables add to the earlier ones (wellmap's notation).

[expt]
total_volume = "200 uL"
sample_volume = "10 uL"
alanine = "500 mmol/L"
oxoglutarate = "15 mmol/L"
"""


def write_examples(folder: Path = FOLDER) -> list[Path]:
    """Write both examples and return their files."""
    return [*_write_coupled(folder / "alt-coupled"), *_write_amplex(folder / "alt-amplex")]


def _write_coupled(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    wells = coupled_wells(SEED)
    plate = simulate_coupled(wells, SEED + 1)
    files = {name: folder / name for name in ("plate.txt", "layout.toml", "truth.csv")}
    # Gen5 writes UTF-16 with a byte order mark.
    files["plate.txt"].write_bytes(gen5_text(plate).encode("utf-16"))
    files["layout.toml"].write_text(_toml(wells), encoding="utf-8", newline="\n")
    _write_truth(files["truth.csv"], wells)
    return list(files.values())


def _toml(wells: tuple[Well, ...]) -> str:
    """Return the layout: tissues and fractions by block, the rest by well."""
    lines = [EXPERIMENT]
    for first, tissue in ((1, "liver"), (6, "muscle")):
        lines += [
            f"[block.5x6.A{first}]",
            f'tissue = "{tissue}"',
            'group = "overnight fast"',
            'tissue_mass = "100 mg"',
            'extract_volume = "1 mL"',
            "",
        ]
        for plp, column, wide, role in (
            ("yes", first, 2, "sample"),
            ("no", first + 2, 2, "sample"),
            ("", first + 4, 1, "sample_blank"),
        ):
            lines += [f"[block.{wide}x6.A{column}]", f'role = "{role}"']
            lines += [f'plp = "{plp}"', ""] if plp else [""]
        for donor in range(3):
            for k, fraction in enumerate(("cytosol", "mitochondria")):
                row = "ABCDEF"[2 * donor + k]
                one = next(w for w in wells if w.name == f"{row}{first}")
                protein = PROTEIN_TEXT[tissue, fraction]
                lines += [
                    f"[block.5x1.{row}{first}]",
                    f'sample = "{one.fields["sample"]}"',
                    f"replicate = {donor + 1}",
                    f'fraction = "{fraction}"',
                    f"dilution = {one.fields['dilution']}",
                    f'protein = "{protein[0]} mg/mL"',
                    f'protein_sd = "{protein[1]} mg/mL"',
                    "",
                ]
    done = set()
    for well in wells:
        if well.name[0] == "G" and well.name not in done:
            same = [other.name for other in wells if other.fields == well.fields]
            done |= set(same)
            lines += [f"[block.{len(same)}x1.{same[0]}]"]
            lines += [*(f'{name} = "{text}"' for name, text in well.fields.items()), ""]
    return "\n".join(lines)


PROTEIN_TEXT = {
    ("liver", "cytosol"): (9.0, 0.4),
    ("liver", "mitochondria"): (4.0, 0.2),
    ("muscle", "cytosol"): (5.0, 0.3),
    ("muscle", "mitochondria"): (1.5, 0.1),
}


def _write_amplex(folder: Path) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    wells = amplex_wells(SEED + 2)
    times, signal = simulate_amplex(wells, SEED + 3)
    files = {name: folder / name for name in ("plate.csv", "layout.xlsx", "truth.csv")}
    rows = [["Time (s)", *(well.name for well in wells)]]
    rows += [[f"{t:g}", *(f"{x:.4f}" for x in values)] for t, values in zip(times, signal)]
    text = io.StringIO()
    # As a spreadsheet writes it where the comma is the decimal mark.
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(
        [[cell.replace(".", ",") for cell in row] for row in rows]
    )
    files["plate.csv"].write_text(text.getvalue(), encoding="utf-8", newline="\n")
    _write_book(files["layout.xlsx"], wells)
    _write_truth(files["truth.csv"], wells)
    return list(files.values())


def _write_book(path: Path, wells: tuple[Well, ...]) -> None:
    """Write a layout with one sheet a field, in the shape of the plate."""
    import datetime as dt

    from openpyxl import Workbook

    fields = ["role", "sample", "group", "replicate", "dilution", "plp"]
    contents = {well.name: dict(well.fields) for well in wells}
    for content in contents.values():
        amount = content.pop("standard", "")
        content |= {"standard (nmol)": amount.removesuffix(" nmol")}
        content |= {"sample_volume (uL)": "50", "total_volume (uL)": "100"}
    book = Workbook()
    book.remove(book.worksheets[0])
    for name in [*fields, "standard (nmol)", "sample_volume (uL)", "total_volume (uL)"]:
        sheet = book.create_sheet(name)
        sheet.append(["", *range(1, 13)])
        for letter in "ABCDEFGH":
            texts = [contents.get(f"{letter}{k}", {}).get(name, "") for k in range(1, 13)]
            sheet.append([letter, *(_cell(text) for text in texts)])
    book.properties.created = book.properties.modified = dt.datetime(2025, 3, 14)
    book.save(path)


def _cell(text: str) -> object:
    try:
        return float(text) if text else None
    except ValueError:
        return text


def _write_truth(path: Path, wells: tuple[Well, ...]) -> None:
    """Write what the samples truly have, U/L of the undiluted sample."""
    lines = {}
    for well in wells:
        if well.fields["role"] in ("sample", "positive"):
            key = tuple(well.fields.get(name, "") for name in ("sample", "fraction", "plp"))
            lines[key] = np.round(well.activity, 6)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["sample", "fraction", "plp", "activity_u_per_l"])
        writer.writerows([*key, f"{value:g}"] for key, value in lines.items())
