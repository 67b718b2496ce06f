"""Prove the model: units, balances, Haldane relations, sources, atom maps."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.check import CheckReport


def check(*, network: Path | None = None) -> "CheckReport":
    """Prove the model: units, C and N balances, Haldane relations, sources and atom maps.

    Every fault is a line; a model with an error is refused with all of them.

    Parameters
    ----------
    network : Path, optional
        Table of atom maps (TSV), or a folder with atom_maps.tsv, to prove against the model's
        reactions instead; a species.tsv beside it replaces the model's species.
    """
    from cahill.cycle.check import check_model

    report = check_model(network=network)
    report.raise_errors()
    return report
