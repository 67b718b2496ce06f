"""What is in the wells of an activity plate: one table, from the layout or the file's labels."""

import re
from typing import TYPE_CHECKING

import numpy as np

from cahill.core.layout import Layout
from cahill.core.plate import Plate, well_position
from cahill.core.units import check_dimension, parse_quantity_text, to
from cahill.errors import InputError, UnitError

if TYPE_CHECKING:
    import pandas as pd

KEY = (
    "sample",
    "group",
    "replicate",
    "tissue",
    "fraction",
    "plp",
    "alanine",
    "oxoglutarate",
    "inhibitor",
    "inhibitor_concentration",
)
"""Wells that agree in these are technical replicates."""

UNITS = {
    "sample_volume": "uL",
    "total_volume": "uL",
    "pathlength": "cm",
    "protein": "mg/mL",
    "protein_sd": "mg/mL",
    "tissue_mass": "g",
    "extract_volume": "mL",
    "alanine": "mmol/L",
    "oxoglutarate": "mmol/L",
    "inhibitor_concentration": "umol/L",
}
"""Unit of each number of the table of wells."""

TEXTS = ("sample", "group", "replicate", "tissue", "fraction", "plp", "inhibitor")
UNKNOWN_UNIT = "unit of the standards"

_LABELS = (
    (re.compile(r"ST(?:D|ANDARD)?[ _-]?\d*", re.I), "standard"),
    (re.compile(r"(?:BLK|BLANK)[ _-]?\d*", re.I), "blank"),
    (re.compile(r"POS(?:ITIVE)?(?:[ _-]?C(?:TR?L|ONTROL))?[ _-]?\d*", re.I), "positive"),
    (re.compile(r"NEG(?:ATIVE)?(?:[ _-]?C(?:TR?L|ONTROL))?[ _-]?\d*", re.I), "negative"),
    (re.compile(r"(?:EMPTY|N/?A|-)", re.I), "empty"),
)


def well_table(plate: Plate, layout: Layout | None) -> "pd.DataFrame":
    """Return one row a well, read or described, in the order rows and columns have on the plate.

    Parameters
    ----------
    plate : Plate
    layout : Layout or None
        Without it the labels of the file serve: STD, BLK, POS, NEG; any other is a sample.

    Returns
    -------
    pandas.DataFrame
        well, row, column (from 0), role, the texts and numbers of the layout (`UNITS`; NaN where
        absent), standard (amount) and standard_unit, excluded (why the well gives no number; blank
        if it may).

    Raises
    ------
    InputError
        If a standard says neither amount nor concentration that can be one.
    """
    import pandas as pd

    described = layout.wells if layout is not None else ()
    wells = dict.fromkeys((*plate.wells, *described))
    places = {well: well_position(well, plate.rows, plate.columns, plate.name) for well in wells}
    read = set(plate.wells)
    rows = []
    for well in sorted(wells, key=lambda name: places[name]):
        row = {"well": well, "row": places[well][0], "column": places[well][1]}
        content = _from_label(plate, well) if layout is None else _from_layout(layout, well)
        if well not in read and not content["excluded"] and content["role"] != "empty":
            content["excluded"] = "described but not read"
        rows.append(row | content)
    return pd.DataFrame(rows)


def _blank_row() -> dict[str, object]:
    return {
        "role": "",
        **dict.fromkeys(TEXTS, ""),
        **dict.fromkeys(UNITS, np.nan),
        "dilution": np.nan,
        "standard": np.nan,
        "standard_unit": "",
        "excluded": "",
    }


def _from_label(plate: Plate, well: str) -> dict[str, object]:
    label = plate.labels.get(well, "")
    role = next((role for pattern, role in _LABELS if pattern.fullmatch(label)), "sample")
    content = _blank_row() | {"role": role, "sample": label or well}
    if role == "standard":
        content["standard"] = plate.concentrations.get(well, np.nan)
        content["standard_unit"] = UNKNOWN_UNIT
        if well not in plate.concentrations:
            content["excluded"] = "a standard without amount"
    return content


def _from_layout(layout: Layout, well: str) -> dict[str, object]:
    if well not in layout:
        return _blank_row() | {"excluded": "read but not described by the layout"}
    content = layout[well]
    role = content.text("role") or ("sample" if content.text("sample") else "")
    row = _blank_row() | {"role": role} | {name: content.text(name) for name in TEXTS}
    for name, unit in UNITS.items():
        row[name] = content.number(name, unit, np.nan)
    row["dilution"] = content.number("dilution", "dimensionless", np.nan)
    if not role:
        row["excluded"] = "its layout says neither role nor sample"
    if role == "standard":
        volume = float(row["sample_volume"])  # pyright: ignore[reportArgumentType]
        text = content.text("standard")
        row["standard"], row["standard_unit"] = _amount(text, volume, content.where)
    return row


def _amount(text: str, volume: float, where: str) -> tuple[float, str]:
    """Return the amount of a standard in nmol.

    A concentration is that of the solution of which `volume` uL went into the well.
    """
    try:
        value, unit = parse_quantity_text(text)
        if _measures(unit, "nmol"):
            return to(value, unit, "nmol"), "nmol"
        concentration = to(value, unit, "umol/L")
    except UnitError as error:
        raise UnitError(f"{where}: standard: {error}") from None
    if not np.isfinite(volume):
        raise InputError(
            f"{where}: the standard is a concentration ({text}); give its sample_volume, or the "
            'amount in the well such as "4 nmol"'
        )
    return concentration * volume * 1e-3, "nmol"


def _measures(unit: str, like: str) -> bool:
    try:
        check_dimension(unit, like)
    except UnitError:
        return False
    return True
