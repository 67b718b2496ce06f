"""Simulate what a labelling study would measure, or the label of a tracer in the cycle."""

from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.tracing.simulate_labels import LabelSimulation
    from cahill.workflows._label_courses import LabelCourses


def simulate_labels(
    source: Path,
    *,
    configuration: str | None = None,
    condition: str | None = None,
    fluxes: Path | None = None,
    tracer: tuple[str, ...] = (),
    pool: tuple[str, ...] = (),
    hours: float | None = None,
) -> "LabelSimulation | LabelCourses":
    """Simulate mass isotopologues and other labels of a study at a flux state, or over a scenario.

    Parameters
    ----------
    source : Path
        FluxML file, folder or workbook of tidy tables, or folder of equation tables. Or a scenario
        of the cycle (name or TOML file), into which tracers are infused.
    configuration : str, optional
        Configuration of a FluxML file with several.
    condition : str, optional
        Condition of equation tables with several.
    fluxes : Path, optional
        Table of fluxes to simulate at (flux, kind, value), such as the fluxes.csv that `fit-fluxes`
        writes, instead of the study's own.
    tracer : tuple of str
        What is infused into a scenario, such as "Glc_blood C:U 0.2 umol/kg/min"; may be repeated.
    pool : tuple of str
        Pool of the cycle whose label is wanted; may be repeated. Those infused, and glucose,
        alanine and lactate in blood, if absent.
    hours : float, optional
        Length of the scenario in h, instead of its own.
    """
    if tracer:
        _require_absent(
            "a scenario", configuration=configuration, condition=condition, fluxes=fluxes
        )
        return _over_scenario(str(source), tracer, pool, hours)
    _refuse_bare_scenario(source)
    _require_absent("a study", pool=pool or None, hours=hours)
    from cahill.io.flux_tables import read_fluxes
    from cahill.io.studies import read_study, study_files
    from cahill.results.provenance import collect_provenance
    from cahill.tracing.simulate_labels import simulate_labels as run

    read = read_study(source, condition, configuration)
    point, shares = (None, None) if fluxes is None else read_fluxes(fluxes)
    options = {"configuration": configuration, "condition": condition}
    given = {name: value for name, value in options.items() if value is not None}
    files = [*study_files(source), *([fluxes] if fluxes else [])]
    provenance = collect_provenance({path.name: path for path in files}, given)
    return run(read, point, shares=shares, provenance=provenance)


def _over_scenario(
    scenario: str, tracers: tuple[str, ...], pools: tuple[str, ...], hours: float | None
) -> "LabelCourses":
    from cahill.cycle.scenarios import load_scenario

    # A bad scenario is refused before the engine is loaded.
    chosen = load_scenario(scenario)
    from cahill.workflows._label_courses import labels_on_scenario

    return labels_on_scenario(chosen, tracers, pools, hours)


def _refuse_bare_scenario(source: Path) -> None:
    from cahill.cycle.scenarios import scenario_names

    if source.suffix == ".toml" or (not source.exists() and str(source) in scenario_names()):
        raise InputError(
            f"scenario {source}: say what is infused, such as "
            '--tracer "Glc_blood C:U 0.2 umol/kg/min"'
        )


def _require_absent(kind: str, **options: object) -> None:
    for name, value in options.items():
        if value is not None:
            raise InputError(f"--{name}: {kind} has none; leave it out")
