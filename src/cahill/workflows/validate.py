"""Set the model beside the published numbers."""

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.validate import Validation


def validate(*, progress: Callable[[int, int], None] | None = None) -> "Validation":
    """Compare the model with every published target, calibration and validation apart.

    Parameters
    ----------
    progress : callable, optional
        Called with (done, total).
    """
    from cahill.cycle.validate import validate as run

    return run(progress=progress)
