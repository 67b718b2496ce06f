"""List the scenarios that the package brings."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.scenarios import ScenarioList


def scenarios() -> "ScenarioList":
    """List the scenarios by name and title."""
    from cahill.cycle.scenarios import list_scenarios

    return list_scenarios()
