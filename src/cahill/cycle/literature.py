"""The targets of one scenario beside what a model predicts for them."""

from typing import TYPE_CHECKING

from cahill.cycle.build import CycleModel
from cahill.cycle.experiments import Laboratory
from cahill.cycle.scenarios import Scenario, load_scenario, scenario_names
from cahill.cycle.targets import Target, targets_frame
from cahill.cycle.validate import targets_for
from cahill.errors import CahillError

if TYPE_CHECKING:
    import pandas as pd


def scenario_targets(scenario: Scenario) -> tuple[Target, ...]:
    """Return the targets that are predicted with a scenario of the package, seed rows first.

    A user's scenario has none, nor has one whose length was changed.
    """
    if scenario.name not in scenario_names() or scenario != load_scenario(scenario.name):
        return ()
    return targets_for(scenario.name)


def compare(rows: tuple[Target, ...], model: CycleModel) -> "pd.DataFrame":
    """Return targets and predictions, one a row, as `targets_frame` has them.

    A target whose experiment fails is a row without a prediction, with the reason as its note.
    """
    laboratory = Laboratory(model, rows)
    predictions: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for row in rows:
        try:
            predictions[row.id] = float(laboratory.predict(row))
        except CahillError as error:
            reasons[row.id] = str(error)
        except ZeroDivisionError:
            reasons[row.id] = "what it is a share of is zero"
    return targets_frame(rows, predictions, reasons)
