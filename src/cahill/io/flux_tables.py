"""Read a flux state from a table: what `fit-fluxes` and `simulate-labels` write, or a user."""

from pathlib import Path
from typing import NamedTuple

from cahill.core.labelling import FluxPoint
from cahill.errors import InputError
from cahill.io.sheets import read_sheet

COLUMNS = ("flux", "kind", "value")
KINDS = ("net", "exchange", "pool", "share")


class FluxTable(NamedTuple):
    """A flux state as a table has it.

    Parameters
    ----------
    point : FluxPoint
        Net fluxes, exchange fluxes and pool sizes.
    shares : dict of str to float
        Shares of pools in mixtures whose shares are fitted, by the name a fit gives them.
    """

    point: FluxPoint
    shares: dict[str, float]


def read_fluxes(path: str | Path) -> FluxTable:
    """Read net fluxes, exchange fluxes, pool sizes and shares of mixtures.

    Parameters
    ----------
    path : str or Path
        CSV, TSV or XLSX with the columns flux, kind (net, exchange, pool or share) and value; other
        columns are left alone.

    Raises
    ------
    InputError
        Naming file and row: missing column, unknown kind, no number, flux twice.
    """
    sheet = read_sheet(path)
    missing = [column for column in COLUMNS if column not in sheet.frame]
    if missing:
        raise InputError(f"{sheet.name}: missing column {', '.join(missing)}")
    found: dict[str, dict[str, float]] = {kind: {} for kind in KINDS}
    for record, row in enumerate(sheet.frame.to_dict("records")):
        where, kind, name = sheet.where(record), row["kind"], row["flux"]
        if kind not in found:
            raise InputError(f'{where}: kind "{kind}" is not one of {", ".join(KINDS)}')
        if name in found[kind]:
            raise InputError(f"{where}: {kind} of {name} stands twice")
        try:
            found[kind][name] = float(row["value"])
        except ValueError:
            raise InputError(f'{where}: value "{row["value"]}" is not a number') from None
    return FluxTable(FluxPoint(found["net"], found["exchange"], found["pool"]), found["share"])
