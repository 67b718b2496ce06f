"""The targets of one scenario beside what a model predicts for them."""

import pandas as pd

from cahill.cycle.build import CycleModel
from cahill.cycle.experiments import Laboratory
from cahill.cycle.scenarios import Scenario, load_scenario, scenario_names
from cahill.cycle.targets import Target, targets
from cahill.results.comparison import COLUMNS

KEPT = ("condition", "quantity", "unit", "low", "high", "role", "seed", "source")


def scenario_targets(scenario: Scenario) -> tuple[Target, ...]:
    """Return the targets that are predicted with a scenario of the package, seed rows first.

    A user's scenario has none, nor has one whose length was changed.
    """
    if scenario.name not in scenario_names() or scenario != load_scenario(scenario.name):
        return ()
    return tuple(target for target in targets() if target.scenario == scenario.name)


def compare(rows: tuple[Target, ...], model: CycleModel) -> pd.DataFrame:
    """Return targets and predictions as `draw_comparison` wants them, with seed and source."""
    laboratory = Laboratory(model, rows)
    records = []
    for row in rows:
        predicted = laboratory.predict(row)
        number = row.target if isinstance(row.target, float) else float("nan")
        records.append(
            {
                **{name: getattr(row, name) for name in KEPT},
                "target": number,
                "predicted": predicted,
                "met": row.met(predicted),
            }
        )
    return pd.DataFrame(records, columns=[*COLUMNS, "seed", "source"])
