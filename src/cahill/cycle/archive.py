"""A scenario as a COMBINE archive, for other people's programs."""

from dataclasses import replace
from pathlib import Path

from cahill.cycle.build import DATA, CycleModel, build_model
from cahill.cycle.run import starting_state
from cahill.cycle.scenarios import Scenario, load_scenario
from cahill.io.omex import scheduled_sbml, write_omex
from cahill.io.sedml import Experiment

POINTS = 240
PLOTTED = ("Glc_blood", "Lac_blood", "Ala_blood", "Gln_blood", "FFA_blood", "Ketone_blood")


def scenario_experiment(scenario: Scenario, model: CycleModel) -> Experiment:
    """Return what a scenario does to the model, as a simulation experiment.

    Parameters
    ----------
    scenario : Scenario
        The experiment starts from the state that its fast before time zero leaves.
    model : CycleModel
        The whole-body model.

    Returns
    -------
    Experiment
        Time in min; states in the model's units.
    """
    system = model.system
    names = system.parameter_names
    state = starting_state(model, scenario, system.default_parameters)
    (_, first), *later = scenario.changes(names, system.default_parameters)
    changes, before = [], first
    for time, values in later:
        differing = {names[i]: value for i, value in values.items() if value != before[i]}
        changes.append((time, differing))
        before = values
    return Experiment(
        title=scenario.title,
        duration=scenario.duration,
        points=POINTS,
        reported=(*system.state_names, *system.reaction_names),
        plotted=tuple(name for name in PLOTTED if name in system.state_names),
        values={
            names[i]: value for i, value in first.items() if value != system.default_parameters[i]
        },
        changes=changes,
        state=dict(zip(system.state_names, map(float, state))),
        held=scenario.held,
    )


def scenario_sbml(scenario: str | Path | Scenario, model: CycleModel | None = None) -> str:
    """Return the model as SBML that runs a scenario: its start, its inputs, later ones as events.

    Parameters
    ----------
    scenario : str, Path or Scenario
        Name, file or scenario.
    model : CycleModel, optional
        The reference man by default.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    model = model or build_model()
    experiment = scenario_experiment(chosen, model)
    # Outside an archive no SED-ML sets the inputs at time zero, so the file does.
    start = {**experiment.state, **experiment.values}
    return scheduled_sbml(model.sbml, replace(experiment, state=start))


def write_archive(
    path: str | Path, scenario: str | Path | Scenario, model: CycleModel | None = None
) -> Path:
    """Write a COMBINE archive that simulates a scenario.

    Parameters
    ----------
    path : str or Path
        The archive; overwritten if it exists.
    scenario : str, Path or Scenario
        Name, file or scenario.
    model : CycleModel, optional
        The reference man by default.

    Returns
    -------
    Path
        `path`.
    """
    chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
    model = model or build_model()
    files = {
        "scenario.toml": chosen.path.read_text(encoding="utf-8"),
        "model.ant": model.antimony,
        "atom_maps.tsv": (DATA / "models" / "atom_maps.tsv").read_text(encoding="utf-8"),
    }
    return write_omex(path, model.sbml, scenario_experiment(chosen, model), files)
