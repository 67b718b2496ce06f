"""Screen the liver tests of a trial or cohort."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.serum.cohort import SerumScreen
    from cahill.serum.rules import Rule


def screen(
    files: tuple[Path, ...],
    *,
    rules: tuple[str, ...] = (),
    dish: Literal["edish", "mdish"] = "edish",
    window_days: int | None = None,
    limits: Path | None = None,
    default_limits: str | None = None,
    unit: str | None = None,
    engine: Literal["duckdb", "spark"] = "duckdb",
    memory: str = "2GB",
    pseudonyms: Path | None = None,
    small_cells: int | None = None,
    findings_out: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> "SerumScreen":
    """Say which subjects of a cohort meet which rules on liver tests, and account for every row.

    The exit status is 3 if the screen ran to its end but some rows could not be evaluated (no unit,
    no limit, a date that does not parse, ...); the summary counts them.

    Parameters
    ----------
    files : tuple of Path
        Results: tidy or wide table (CSV, Parquet, XLSX), CDISC SDTM LB or ADaM (XPT, CSV), FHIR,
        OMOP measurement or HL7 v2; several files of one format, or a folder.
    rules : tuple of str
        Rule to evaluate, such as hys-law or ctcae-alt@5.0 (see cahill serum rules); may be
        repeated. A set for liver safety in trials if absent.
    dish : str
        Quadrants of the picture: edish (multiples of the limit) or mdish (of the baseline).
    window_days : int, optional
        Days within which bilirubin must follow ALT in rules that have a window.
    limits : Path, optional
        Table of upper limits for results without their own: test, uln, unit and any of sex,
        age_from, age_to, site, from_date.
    default_limits : str, optional
        Rule of reference limits for results that still have none, such as limit-acg; without it
        they are undetermined.
    unit : str, optional
        Unit of results that have none.
    engine : str
        duckdb, or spark when the cohort outgrows one machine.
    memory : str
        Most memory that the engine takes.
    pseudonyms : Path, optional
        File with a secret of your own; subjects are then named by a keyed hash of their names.
    small_cells : int, optional
        Smallest count of subjects to show; nothing about single subjects is shown then.
    findings_out : Path, optional
        File for all findings: .parquet, .csv, .ndjson (FHIR Observations) or .xpt (ADaM flags).
    progress : callable, optional
        Told how far the run is.
    """
    from cahill.io.lab import read_lab
    from cahill.serum.cohort import DEFAULT_RULES, screen_cohort
    from cahill.serum.privacy import read_key
    from cahill.serum.rules import find_rule

    if not files:
        raise InputError("which files? name one or more with results of liver tests")
    key = None if pseudonyms is None else read_key(pseudonyms)
    chosen = tuple(_windowed(find_rule(name), window_days) for name in rules or DEFAULT_RULES)
    lab = read_lab(list(files), unit=unit, limits=limits, default_uln=default_limits, memory=memory)
    options = {
        "rules": [rule.label for rule in chosen],
        "window days": "as the rules say" if window_days is None else window_days,
        "limits": limits or "-",
        "default limits": default_limits or "-",
        "small cells": small_cells or "-",
    }
    return screen_cohort(
        lab,
        chosen,
        dish=find_rule(dish),
        engine=engine,
        memory=memory,
        key=key,
        least=small_cells,
        findings_out=findings_out,
        options=options,
        progress=progress,
    )


def _windowed(rule: "Rule", days: int | None) -> "Rule":
    """Return the rule with another window, if it has one and another is asked for."""
    from cahill.serum.rule_changes import change_rule, parameters

    known = parameters(rule)
    if days is None or "window_days" not in known or known["window_days"] == f"0 to {days}":
        return rule
    return change_rule(rule, {"window_days": f"0 to {days}"})
