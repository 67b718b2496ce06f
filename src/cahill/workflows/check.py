"""Prove the model: units, balances, Haldane relations, sources, atom maps."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.check import CheckReport


def check(*, network: Path | None = None) -> "CheckReport":
    """Prove the model: units, C and N balances, Haldane relations, sources and atom maps.

    Parameters
    ----------
    network : Path, optional
        Table of atom maps (TSV) to check instead of the model's own.
    """
    from cahill.cycle.check import check_model

    return check_model(network=network)
