"""List the scenarios that the package brings."""


def scenarios() -> dict[str, str]:
    """List the scenarios by name and title."""
    from cahill.cycle.scenarios import load_scenario, scenario_names

    return {name: load_scenario(name).title for name in scenario_names()}
