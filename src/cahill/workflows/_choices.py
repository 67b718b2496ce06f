"""What several workflows let the user choose: parameters and the length of a scenario."""

from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.core.quantity import Quantity
    from cahill.cycle.build import CycleModel


def choose_model(table: Path | None, settings: tuple[str, ...]) -> "CycleModel":
    """Build the model with the user's parameters in place of its own.

    Parameters
    ----------
    table : Path, optional
        A table of parameters.
    settings : tuple of str
        name=value each, with a unit or in the parameter's own; they win over the table.

    Raises
    ------
    InputError
        A setting is not name=value, or the table cannot be read.
    UnknownNameError
        The model has no such parameter.
    UnitError
        A unit does not fit the parameter.
    """
    from cahill.cycle.build import build_model, reference_parameters
    from cahill.io.tables import read_parameters

    if table is None and not settings:
        return build_model()
    parameters = reference_parameters()
    if table is not None:
        parameters = parameters.updated(read_parameters(table))
    changes = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InputError(f'--set "{setting}": is not name=value; write vmax_PC_liver=0.8')
        changes[name.strip()] = _value(name, value)
    return build_model(parameters.updated(changes, name=f"{parameters.name}, changed by the user"))


def _value(name: str, text: str) -> "float | Quantity":
    """Read a number, which is in the parameter's own unit, or a number with a unit."""
    from cahill.core.evidence import Evidence
    from cahill.core.quantity import Quantity
    from cahill.core.units import parse_quantity_text

    try:
        return float(text)
    except ValueError:
        number, unit = parse_quantity_text(text)
    return Quantity(number, unit, evidence=Evidence("assumed", note="set by the user"))
