"""Refit the fitted parameters."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.calibrate import Calibration


def calibrate(
    *,
    table: Path | None = None,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> "Calibration":
    """Refit the fitted parameters to the calibration targets.

    Parameters
    ----------
    table : Path, optional
        Write the fitted parameters to this table (TSV), which `--parameters` reads.
    overwrite : bool
        Replace the table if it exists.
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.calibrate import calibrate as run
    from cahill.errors import InputError
    from cahill.io.tables import write_parameters

    # Refused before the work, not after it.
    if table is not None and table.exists() and not overwrite:
        raise InputError(f"{table} exists; choose another name or pass --overwrite")
    calibration = run(progress=progress)
    if table is not None:
        write_parameters(table, calibration.fitted, force=overwrite)
    return calibration
