"""Ask which step controls which flux."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.control import Control


def control(*, parameters: Path | None = None, set: tuple[str, ...] = ()) -> "Control":
    """Compute flux and concentration control coefficients and elasticities.

    Parameters
    ----------
    parameters : Path, optional
        Table of parameters (TSV) that replace those of the model.
    set : tuple of str
        One parameter that replaces that of the model, as name=value; may be repeated.
    """
    from cahill.cycle.control import control as run
    from cahill.workflows._choices import choose_model

    return run(model=choose_model(parameters, set))
