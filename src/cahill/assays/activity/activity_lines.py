"""An answer a line, as the command line prints them."""

from collections.abc import Hashable
from typing import Any

import pandas as pd

from cahill.results.tables import format_number, format_range

CONDITIONS = (
    *("group", "tissue", "fraction", "plp"),
    *("alanine", "oxoglutarate", "inhibitor", "inhibitor_concentration"),
)
AMOUNTS = {
    "alanine": "Ala {} mmol/L",
    "oxoglutarate": "2-OG {} mmol/L",
    "inhibitor_concentration": "{} umol/L",
}
UNITS = {"activity_u_per_l": "U/L", "activity_u_per_mg": "U/mg", "activity_u_per_g": "U/g"}


def answer_lines(table: pd.DataFrame, value: str, unit: str) -> list[str]:
    """Return a line for each sample and condition: its activity, and what speaks against it.

    Parameters
    ----------
    table : pandas.DataFrame
        As `AltActivity.to_frame` gives it.
    value : str
        Column of the answer; those of `UNITS` are added where the table has them.
    unit : str
        Of `value`.
    """
    columns = {value: unit} | {name: text for name, text in UNITS.items() if name in table}
    # What is the same for all tells nothing apart.
    told = [
        name for name in CONDITIONS if name in table and table[name].replace("", None).nunique() > 1
    ]
    lines = []
    for row in table.to_dict("records"):
        found = [
            f"{format_number(row[name])} {text} "
            f"({format_range(row[f'{name}_low'], row[f'{name}_high'])})"
            for name, text in columns.items()
            if pd.notna(row[name])
        ]
        said = [", ".join(found), str(row["verdict"] or "")]
        lines.append(f"{_name(row, told)}: {'; '.join(part for part in said if part)}")
    return lines


def _name(row: dict[Hashable, Any], told: list[str]) -> str:
    """Return the sample and the conditions in which it differs from others."""
    parts = [row["sample"]]
    for name in told:
        stated = row[name]
        if pd.isna(stated) or stated == "":
            continue
        if name == "plp":
            stated = "with PLP" if stated == "yes" else "without PLP"
        elif name in AMOUNTS:
            stated = AMOUNTS[name].format(format_number(stated))
        parts.append(str(stated))
    return ", ".join(parts)
