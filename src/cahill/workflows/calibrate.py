"""Refit the fitted parameters."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.calibrate import Calibration


def calibrate(*, progress: Callable[[int, int], None] | None = None) -> "Calibration":
    """Refit the fitted parameters to the calibration targets.

    Parameters
    ----------
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.calibrate import calibrate as run

    return run(progress=progress)
