"""Run one model in one other simulator and print its time course as CSV, columns by SBML id.

A process for each: the simulators bring their own integrators, which get in each other's way.
"""

import sys

import pandas as pd


def roadrunner_course(path: str, duration: float, points: int, values: dict) -> pd.DataFrame:
    """Return libRoadRunner's time course of an SBML file, some constants replaced."""
    import roadrunner

    runner = roadrunner.RoadRunner(path)
    runner.integrator.relative_tolerance = 1e-9
    runner.integrator.absolute_tolerance = 1e-12
    for name, value in values.items():
        runner.setValue(name, value)
    species, variables = runner.model.getFloatingSpeciesIds(), runner.model.getGlobalParameterIds()
    wanted = [*(f"[{name}]" for name in species), *variables]
    course = runner.simulate(0.0, duration, points, selections=wanted)
    return pd.DataFrame(course, columns=[name.strip("[]") for name in wanted])


def copasi_course(path: str, duration: float, points: int, values: dict) -> pd.DataFrame:
    """Return COPASI's time course of an SBML file or an archive, which brings its own values."""
    import basico

    assert not values
    basico.load_model(path)
    steps = {"intervals": points - 1, "max_steps": 1_000_000}
    return basico.run_time_course(
        duration=duration, r_tol=1e-8, a_tol=1e-12, use_sbml_id=True, **steps
    )


if __name__ == "__main__":
    tool, path, duration, points, *settings = sys.argv[1:]
    values = {name: float(value) for name, value in (text.split("=") for text in settings)}
    run = {"copasi": copasi_course, "roadrunner": roadrunner_course}[tool]
    run(path, float(duration), int(points), values).to_csv(sys.stdout, float_format="%.17g")
