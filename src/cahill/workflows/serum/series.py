"""Follow one subject's serum tests in time."""

from pathlib import Path
from typing import TYPE_CHECKING

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.serum.series import ModelCourse, SerumSeries

SCENARIO = "hepatocyte-injury"
MOST = 0.5  # share of hepatocytes; the scenario is meant for mild injury, beyond it says nothing
ROUNDS = 8


def series(
    results: Path,
    *,
    subject: str = "",
    baseline: str = "recorded",
    persistence_days: int | None = None,
    cv_analytical: float | None = None,
    ladder: str = "acg-bands",
    unit: str = "",
    limits: Path | None = None,
    default_limits: str = "",
    pseudonyms: Path | None = None,
    no_model: bool = False,
) -> "SerumSeries":
    """Follow one subject's ALT and other serum tests against baseline, limits and half-lives.

    Parameters
    ----------
    results : Path
        File or folder of laboratory results (CSV, Parquet, XLSX, SDTM LB, ADaM ADLB, FHIR, OMOP,
        HL7 v2).
    subject : str
        Whose results, if the files hold several subjects.
    baseline : str
        recorded (flagged, else the last on or before the start of treatment), first, or a date
        such as 2024-03-01.
    persistence_days : int, optional
        Least days from the first to the last elevated result, instead of the rule's 183.
    cv_analytical : float, optional
        Analytical coefficient of variation of ALT in percent, instead of the rule's 3.
    ladder : str
        Ladder of ALT behind the values of the picture (see `cahill serum rules`).
    unit : str
        Unit of results for which the file gives none.
    limits : Path, optional
        Table of upper limits for results without one: test, uln, unit, and any of sex, age_from,
        age_to, site, from_date.
    default_limits : str
        Named set of upper limits for results that still have none, such as limit-acg.
    pseudonyms : Path, optional
        File with a key; the subject is then shown under its pseudonym.
    no_model : bool
        Leave the cycle model's injury scenario out.
    """
    from cahill.io.lab import read_lab
    from cahill.serum.privacy import pseudonym, read_key
    from cahill.serum.series_read import alt_rise, serum_series
    from cahill.serum.series_subject import renamed, subject_of

    if cv_analytical is not None and not 0 <= cv_analytical < 100:
        raise InputError(f"--cv-analytical {cv_analytical:g}: give a percentage from 0 to 100")
    key = read_key(pseudonyms) if pseudonyms else None
    table = read_lab(results, unit=unit or None, limits=limits, default_uln=default_limits or None)
    chosen = subject_of(table, subject, baseline)
    if key is not None:
        chosen = renamed(chosen, pseudonym(chosen.name, key))
    model, note = None, ""
    if not no_model:
        model, note = match_injury(alt_rise(chosen, cv_analytical))
    return serum_series(
        table,
        chosen,
        persistence_days=persistence_days,
        cv_analytical=cv_analytical,
        ladder=ladder,
        model=model,
        notes=(note,) if note else (),
    )


def match_injury(rise: float | None) -> tuple["ModelCourse | None", str]:
    """Find the share of hepatocytes whose death gives the model's ALT a rise, and say so.

    Parameters
    ----------
    rise : float or None
        U/L from the resting level to the peak; None if there is none.

    Returns
    -------
    ModelCourse or None, str
        None with the reason where there is none.
    """
    import math
    from dataclasses import replace

    import numpy as np

    from cahill.cycle.build import build_model
    from cahill.cycle.run import run_scenario
    from cahill.cycle.scenarios import load_scenario
    from cahill.serum.series import ModelCourse

    if rise is None:
        return None, "The cycle model is not shown: ALT does not rise beyond variation."
    model, scenario = build_model(), load_scenario(SCENARIO)
    injury = next(item for item in scenario.inputs if item.name == "injury_rate")
    minutes = injury.end - injury.start
    times = np.union1d(np.linspace(0.0, scenario.duration, 241), [injury.end])

    def course(dose: float) -> np.ndarray:
        """Return serum ALT where the injury rate times its duration is `dose`."""
        inputs = tuple(
            replace(item, value=dose / minutes) if item is injury else item
            for item in scenario.inputs
        )
        run = run_scenario(model, replace(scenario, inputs=inputs), times)
        return np.array([run.view(time).value("ALT_serum") for time in times])

    dose, value = injury.value * minutes, np.empty(0)
    for _ in range(ROUNDS):
        dose = min(dose, -math.log1p(-MOST))
        value = course(dose)
        reached = float(value.max() - value[0])
        if abs(reached / rise - 1.0) < 1e-3:
            break
        dose *= rise / reached
    share = -math.expm1(-dose)
    if share > MOST:
        reason = f"its rise would ask for more than {100 * MOST:g} % of the hepatocytes"
        return None, f"The cycle model is not shown: {reason}, beyond what the scenario is for."
    half_life = float(model.parameters["half_life_ALT"].value) / 60.0
    found = ModelCourse(SCENARIO, times / 60.0, value, share, half_life)
    return found, found.words
