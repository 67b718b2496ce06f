"""Hold the model against every published target, calibration and validation apart."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cahill.cycle.build import DATA, CycleModel, build_model
from cahill.cycle.experiments import Laboratory
from cahill.cycle.targets import ROLES, Target, targets, targets_frame
from cahill.errors import CahillError
from cahill.io.references import format_reference
from cahill.results.base import Result
from cahill.results.comparison import draw_comparison
from cahill.results.page import Fact, Page, Picture, Section, Table
from cahill.results.provenance import collect_provenance

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Progress = Callable[[int, int], None]
# What at least has to be met, per cent of the rows of each role; all seed rows besides.
GOALS = {"calibration": 85, "validation": 70}
JSON_KEYS = (
    "id",
    "condition",
    "quantity",
    "unit",
    "target",
    "low",
    "high",
    "predicted",
    "role",
    "met",
    "source",
    "grade",
)


@dataclass(frozen=True, kw_only=True)
class Validation(Result):
    """Predictions beside published numbers.

    Attributes
    ----------
    rows : tuple of Target
        Every target, those of the seed documents first.
    predictions : mapping of str to float
        By target id, in the target's unit.
    failures : mapping of str to str
        Why a target has no prediction, by target id.
    """

    rows: tuple[Target, ...]
    predictions: Mapping[str, float]
    failures: Mapping[str, str]

    @property
    def title(self) -> str:
        """Heading of the report."""
        return "The model beside published numbers"

    def count(self, role: str | None = None, *, seed: bool = False) -> tuple[int, int]:
        """Return how many rows are met, and how many there are."""
        frame = self.to_frame()
        if role:
            frame = frame[frame["role"] == role]
        if seed:
            frame = frame[frame["seed"]]
        return int(frame["met"].sum()), len(frame)

    def summary(self) -> str:
        """Return how many rows of each kind are met, in one sentence."""
        parts = []
        for role in ROLES:
            met, count = self.count(role)
            share = 100.0 * met / max(count, 1)
            verdict = "met" if share >= GOALS[role] else "not met"
            parts.append(
                f"{met} of {count} {role} rows ({share:.0f} %, goal {GOALS[role]} % {verdict})"
            )
        met, count = self.count(seed=True)
        return f"Within their range: {met} of {count} seed rows, {' and '.join(parts)}."

    def lines(self) -> list[str]:
        """Return one line a target, for a terminal."""
        result = []
        for row in self.rows:
            predicted = self.predictions.get(row.id)
            shown = "no value" if predicted is None else f"{predicted:.4g}"
            met = predicted is not None and row.met(predicted)
            wanted = row.target if isinstance(row.target, str) else f"{row.target:g}"
            result.append(
                f"{'met    ' if met else 'NOT MET'} {row.id:4} {row.role:11} {row.condition}: "
                f"{row.quantity} {shown} (target {wanted}, {_range(row.low, row.high)}) {row.unit}"
            )
        return result

    def to_frame(self) -> "pd.DataFrame":
        """Return targets, ranges, predictions and verdicts, one target a row."""
        return targets_frame(self.rows, self.predictions, self.failures)

    def to_json(self) -> str:
        """Return the rows as a JSON list; what has no value is null."""
        records = [
            {key: None if _missing(row[key]) else row[key] for key in JSON_KEYS}
            for row in self.to_frame().to_dict("records")
        ]
        return json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1)

    def plot(self) -> "Figure":
        """Return every row's range as a bar with the prediction on it."""
        return draw_comparison(self.to_frame(), title=self.title)

    def page(self) -> Page:
        """Return the report: counts, picture, table."""
        facts = []
        for role in ROLES:
            met, count = self.count(role)
            enough = 100.0 * met >= GOALS[role] * count
            facts.append(
                Fact(f"{role} rows met", f"{met} of {count}", "", f"goal {GOALS[role]} %", enough)
            )
        met, count = self.count(seed=True)
        facts.insert(0, Fact("seed rows met", f"{met} of {count}", "", "goal all", met == count))
        picture = Picture(
            self.plot(),
            "Each bar is a published range, each marker the model's prediction. Circles were used "
            "to fit, diamonds never.",
            alt="Predictions beside published ranges",
            name="validation",
            min_width=820,
        )
        table = Table(self.to_frame(), "Every target", sortable=True)
        return Page(
            title=self.title,
            lead=self.summary(),
            facts=tuple(facts),
            sections=(
                Section("Prediction beside literature", pictures=(picture,), notes=self.notes),
                Section("Numbers", tables=(table,)),
            ),
            sources=self.sources,
            provenance=self.provenance,
        )


def validate(*, model: CycleModel | None = None, progress: Progress | None = None) -> Validation:
    """Predict every target.

    Parameters
    ----------
    model : CycleModel, optional
        The reference man by default.
    progress : callable, optional
        Called with (targets done, all).

    Returns
    -------
    Validation
        A target whose experiment fails is a row without a prediction, with the reason.
    """
    model = model or build_model()
    rows = targets()
    laboratory = Laboratory(model, rows)
    predictions: dict[str, float] = {}
    failures: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        try:
            predictions[row.id] = float(laboratory.predict(row))
        except CahillError as error:
            failures[row.id] = str(error)
        except ZeroDivisionError:
            failures[row.id] = "a flux or level it is compared with is 0"
        if progress:
            progress(number, len(rows))
    keys = sorted({key for row in rows for key in row.source.split(";") if key})
    table = DATA / "validation" / "targets.tsv"
    return Validation(
        rows=rows,
        predictions=predictions,
        failures=failures,
        notes=(
            "Rows marked calibration were used to fit; validation rows were never part of a fit. "
            "Strengths that no source gives were settled with all predictions in view, so the "
            "validation is weaker than a blind one (docs/explanation/validation.md).",
        ),
        sources=tuple(format_reference(key) for key in keys),
        provenance=collect_provenance({"model.ant": model.antimony, "targets.tsv": table}),
    )


def targets_for(scenario: str) -> tuple[Target, ...]:
    """Return the targets that a scenario predicts."""
    return tuple(row for row in targets() if row.scenario == scenario)


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _range(low: float, high: float) -> str:
    if low == -math.inf:
        return f"at most {high:g}"
    if high == math.inf:
        return f"at least {low:g}"
    return f"{low:g} to {high:g}"
