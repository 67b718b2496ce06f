"""The published numbers and signs that the model is held against."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import TYPE_CHECKING

from cahill.cycle.build import DATA
from cahill.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd

ROLES = ("calibration", "validation")


@dataclass(frozen=True)
class Target:
    """One published number or sign.

    Parameters
    ----------
    id, condition, quantity, unit : str
        What was measured, where.
    target : float or str
        The number, or the sign in words ("up", "down", "unchanged").
    low, high : float
        The range in which a prediction meets it; infinite where a sign leaves a side open.
    role : {"calibration", "validation"}
        Whether it may be used to fit.
    seed : bool
        Whether it stands in a document the project implements.
    source, grade : str
        Keys of the references, and how well the source was seen.
    scenario, measure, hours, versus : str
        How it is predicted: see `cahill.cycle.experiments`.
    note : str
        Doubts.
    """

    id: str
    condition: str
    quantity: str
    unit: str
    target: float | str
    low: float
    high: float
    role: str
    seed: bool
    source: str
    grade: str
    scenario: str
    measure: str
    hours: str
    versus: str
    note: str

    def met(self, predicted: float) -> bool:
        """Return whether a prediction lies in the range."""
        return self.low <= predicted <= self.high

    @property
    def halfwidth(self) -> float:
        """Half of the range; of a sign, the smallest change that counts."""
        width = (self.high - self.low) / 2.0
        return width if width < inf else 0.02


@cache
def targets() -> tuple[Target, ...]:
    """Return all targets, those of the seed documents first."""
    path = DATA / "validation" / "targets.tsv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(
        [line for line in lines if line and not line.startswith("#")], dialect="excel-tab"
    )
    read = [_target(row) for row in rows]
    return tuple(sorted(read, key=lambda target: not target.seed))


def target_by_id(target_id: str) -> Target:
    """Return one target, or raise UnknownNameError with the nearest ids."""
    known = {target.id: target for target in targets()}
    if target_id not in known:
        raise UnknownNameError("target", target_id, known)
    return known[target_id]


def targets_frame(
    rows: Sequence[Target],
    predictions: Mapping[str, float],
    reasons: Mapping[str, str] | None = None,
) -> "pd.DataFrame":
    """Return targets beside predictions, one a row.

    Parameters
    ----------
    rows : sequence of Target
        The targets.
    predictions : mapping of str to float
        By target id; a target without one counts as not met.
    reasons : mapping of str to str, optional
        Why there is no prediction, by target id.
    """
    import pandas as pd

    records = []
    for row in rows:
        predicted = predictions.get(row.id)
        note = (reasons or {}).get(row.id, row.note)
        records.append(
            {
                "id": row.id,
                "condition": row.condition,
                "quantity": row.quantity,
                "unit": row.unit,
                "target": row.target,
                "low": row.low if row.low > -inf else None,
                "high": row.high if row.high < inf else None,
                "predicted": predicted,
                "role": row.role,
                "met": predicted is not None and row.met(predicted),
                "source": row.source,
                "grade": row.grade,
                "seed": row.seed,
                "note": note,
            }
        )
    return pd.DataFrame.from_records(records)


def _target(row: Mapping[str, str]) -> Target:
    try:
        target: float | str = float(row["target"])
    except ValueError:
        target = row["target"]
    if row["role"] not in ROLES:
        raise InputError(f'targets.tsv row {row["id"]}: role "{row["role"]}" is not one of {ROLES}')
    return Target(
        **{
            **row,
            "target": target,
            "low": float(row["low"] or -inf),
            "high": float(row["high"] or inf),
            "seed": row["seed"] == "yes",
        }
    )
