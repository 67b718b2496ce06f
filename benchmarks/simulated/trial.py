"""A made-up trial of three arms whose liver tests hide known subjects and known faults.

Of 120 subjects most have log-normal results about their own level, with the within-subject
variation of healthy adults. Two laboratories report them, in different units and with different
limits. `PLANTED` are the subjects that a screen must find, or must not; `FAULTS` are the rows that
cannot be evaluated. `truth.csv` names both.

    python benchmarks/simulated/trial.py
"""

import csv
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[2] / "src" / "cahill" / "data" / "examples" / "serum-trial"
SEED = 20260214
ARMS = ("placebo", "10 mg", "30 mg")
SUBJECTS = 120
VISITS = (("baseline", 0), ("week 2", 14), ("week 4", 28), ("week 8", 56), ("week 12", 84))
TESTS = ("ALT", "AST", "ALP", "TBL")
START = dt.date(2024, 3, 4)
LEVEL = {"ALT": 21.0, "AST": 21.0, "ALP": 72.0, "TBL": 9.5}  # U/L; bilirubin umol/L
BETWEEN = {"ALT": 0.35, "AST": 0.25, "ALP": 0.22, "TBL": 0.30}  # log-normal, made up
WITHIN = {"ALT": 0.093, "AST": 0.09, "ALP": 0.055, "TBL": 0.18}  # log-normal, made up but for ALT
# Two laboratories: limits with a decimal, and units that must be converted.
LIMITS = (
    {"ALT": "35.1", "AST": "34.7", "ALP": "116.0", "TBL": "20.5"},
    {"ALT": "0.75", "AST": "0.68", "ALP": "2.00", "TBL": "1.2"},
)
UNITS = (
    {"ALT": "U/L", "AST": "IU/L", "ALP": "U/L", "TBL": "umol/L"},
    {"ALT": "ukat/L", "AST": "ukat/L", "ALP": "ukat/L", "TBL": "mg/dL"},
)
FACTOR = {"U/L": 1.0, "IU/L": 1.0, "umol/L": 1.0, "ukat/L": 60.0, "mg/dL": 17.104}
DECIMALS = {"U/L": 1, "IU/L": 1, "umol/L": 1, "ukat/L": 2, "mg/dL": 2}
HEADER = (
    *("subject", "arm", "sex", "age", "visit", "date", "treatment_start", "baseline"),
    *("test", "value", "unit", "lln", "uln"),
)


@dataclass(frozen=True)
class Planted:
    """A subject made by hand: multiples of the limit by visit and test, and what must be found.

    `hys_law` is the outcome of FDA's rule with its gate within 30 days, `ungated` without it.
    """

    number: int
    what: str
    multiples: dict[tuple[int, str], float]
    hys_law: str
    ungated: str
    missing: tuple[tuple[int, str], ...] = field(default=())


PLANTED = (
    Planted(
        83,
        "ALT 8.4 x ULN and bilirubin 3.1 x ULN in one draw, ALP 1.2 x ULN",
        {(2, "ALT"): 8.4, (2, "AST"): 6.0, (2, "TBL"): 3.1, (2, "ALP"): 1.2, (3, "ALT"): 4.0},
        "true",
        "true",
    ),
    Planted(
        97,
        "ALT 12 x ULN, bilirubin 2.6 x ULN four weeks later, ALP 0.9 x ULN",
        {(2, "ALT"): 12.0, (2, "AST"): 9.5, (2, "ALP"): 0.9, (3, "TBL"): 2.6, (3, "ALT"): 2.6},
        "true",
        "true",
    ),
    Planted(
        51,
        "ALT 5 x ULN at week 2, bilirubin 2.4 x ULN at week 12: ten weeks apart",
        {(1, "ALT"): 5.0, (1, "AST"): 3.4, (1, "ALP"): 1.0, (4, "TBL"): 2.4},
        "false",
        "false",
    ),
    Planted(
        90,
        "cholestatic pattern: ALT 4.1 x, bilirubin 4.4 x, ALP 4.6 x ULN",
        {(3, "ALT"): 4.1, (3, "AST"): 3.2, (3, "TBL"): 4.4, (3, "ALP"): 4.6},
        "false",
        "true",
    ),
    Planted(
        60,
        "cholestatic pattern: ALT 3.3 x, bilirubin 2.9 x, ALP 2.0 x ULN exactly",
        {(2, "ALT"): 3.3, (2, "AST"): 2.1, (2, "TBL"): 2.9, (2, "ALP"): 2.0},
        "false",
        "true",
    ),
    Planted(
        111,
        "ALT 6 x and bilirubin 2.8 x ULN; ALP of that draw was not measured",
        {(2, "ALT"): 6.0, (2, "AST"): 4.4, (2, "TBL"): 2.8},
        "undetermined",
        "true",
        ((2, "ALP"),),
    ),
    Planted(
        46,
        "ALT 105.3 U/L at a limit of 35.1 U/L: 3 x ULN exactly; bilirubin 2 x ULN exactly",
        {(1, "ALT"): 3.0, (1, "AST"): 2.0, (1, "TBL"): 2.0, (1, "ALP"): 0.8},
        "false",
        "false",
    ),
    Planted(17, "bilirubin 2.5 x ULN alone", {(3, "TBL"): 2.5}, "false", "false"),
    Planted(73, "bilirubin 2.3 x ULN alone", {(1, "TBL"): 2.3}, "false", "false"),
    Planted(12, "ALT 3.6 x ULN alone", {(2, "ALT"): 3.6, (2, "AST"): 2.2}, "false", "false"),
    Planted(56, "ALT 4.4 x ULN alone", {(3, "ALT"): 4.4, (3, "AST"): 2.9}, "false", "false"),
    Planted(86, "ALT 5.7 x ULN alone", {(2, "ALT"): 5.7, (2, "AST"): 4.0}, "false", "false"),
    Planted(103, "ALT 9.2 x ULN alone", {(1, "ALT"): 9.2, (1, "AST"): 7.1}, "false", "false"),
    Planted(
        108,
        "ALT 1.8 x ULN at baseline, 3.4 x ULN later",
        {(0, "ALT"): 1.8, (1, "ALT"): 2.1, (2, "ALT"): 3.4, (3, "ALT"): 2.6, (4, "ALT"): 1.9},
        "false",
        "false",
    ),
)
NO_LIMITS = 29
"""No result of this subject has a limit: nothing can be decided in multiples of it."""
TWO_SEXES = 34
FIRST_LABORATORY = (5, 22, 41, 46, 60)
"""Subjects whose hand-made values are in the units of the first laboratory."""
# (subject, visit, test, column, what is written there, what must become of the row)
FAULTS = (
    (5, 1, "ALT", "value", "<5", "kept as an interval"),
    (22, 3, "ALT", "value", "<5", "kept as an interval"),
    (41, 2, "TBL", "value", "<2", "kept as an interval"),
    (8, 2, "ALT", "value", "NaN", "no value"),
    (64, 3, "AST", "value", "", "no value"),
    (14, 4, "ALT", "unit", "", "unit missing"),
    (71, 1, "ALP", "unit", "mg/mL", "unit unknown"),
    (26, 1, "ALT", "value", "-3", "impossible"),
    (99, 2, "TBL", "date", "2024-06-31", "date unreadable"),
    (38, 3, "AST", "uln", "0", "kept without a limit"),
    (53, 2, "ALP", "uln", "", "kept without a limit"),
    (77, 4, "ALT", "subject", "", "subject missing"),
)
DUPLICATES = ((19, 2, "ALT"), (19, 2, "AST"), (66, 0, "TBL"))


def subject_name(number: int) -> str:
    """Return the name of a subject: "T-083"."""
    return f"T-{number:03d}"


def trial_rows(seed: int = SEED) -> list[dict[str, str]]:
    """Return the results, a row each, as the file has them."""
    random = np.random.default_rng(seed)
    planted = {one.number: one for one in PLANTED}
    rows = []
    for number in range(1, SUBJECTS + 1):
        rows += _subject_rows(number, planted.get(number), random)
    return rows


def _subject_rows(
    number: int, planted: Planted | None, random: np.random.Generator
) -> list[dict[str, str]]:
    laboratory = 0 if number in FIRST_LABORATORY else int(random.random() < 0.3)
    sex, age = ("M", "F")[number % 2], str(int(random.integers(22, 78)))
    start = START + dt.timedelta(days=int(random.integers(0, 90)))
    own = {test: LEVEL[test] * np.exp(BETWEEN[test] * random.normal()) for test in TESTS}
    rows = []
    for v, (visit, day) in enumerate(VISITS):
        shift = 0 if planted or v == 0 else int(random.integers(-2, 3))
        for test in TESTS:
            unit, uln = UNITS[laboratory][test], LIMITS[laboratory][test]
            usual = own[test] * np.exp(WITHIN[test] * random.normal())
            held = min(usual / FACTOR[unit], 1.6 * float(uln))
            if planted and (v, test) in planted.multiples:
                held = planted.multiples[v, test] * float(uln)
            if planted and (v, test) in planted.missing:
                continue
            rows.append(
                {
                    "subject": subject_name(number),
                    "arm": ARMS[(number - 1) // (SUBJECTS // len(ARMS))],
                    "sex": "F" if number == TWO_SEXES and v == 3 else sex,
                    "age": age,
                    "visit": visit,
                    "date": str(start + dt.timedelta(days=day + shift)),
                    "treatment_start": str(start),
                    "baseline": "Y" if v == 0 else "",
                    "test": test,
                    "value": f"{held:.{DECIMALS[unit]}f}",
                    "unit": unit,
                    "lln": "",
                    "uln": "" if number == NO_LIMITS else uln,
                }
            )
    return rows


def write_example(folder: Path = FOLDER) -> list[Path]:
    """Write results and truth, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = trial_rows()
    by_place = {(row["subject"], row["visit"], row["test"]): row for row in rows}
    truth = [
        {
            "subject": subject_name(one.number),
            "row": "",
            "what": one.what,
            "hys_law": one.hys_law,
            "ungated": one.ungated,
        }
        for one in PLANTED
    ]
    for number, visit, test, column, text, _ in FAULTS:
        by_place[subject_name(number), VISITS[visit][0], test][column] = text
    # Repeated as they stand, at the end.
    rows += [by_place[subject_name(n), VISITS[v][0], test] for n, v, test in DUPLICATES]
    for number, visit, test, _, text, becomes in FAULTS:
        # Counted as an editor does, the header being row 1.
        at = rows.index(by_place[subject_name(number), VISITS[visit][0], test]) + 2
        truth.append({"row": str(at), "what": f'"{text}": {becomes}'})
    for k in range(len(DUPLICATES)):
        truth.append({"row": str(len(rows) - len(DUPLICATES) + k + 2), "what": "duplicate"})
    files = [folder / "results.csv", folder / "truth.csv"]
    _write(files[0], HEADER, rows)
    _write(files[1], ("subject", "row", "what", "hys_law", "ungated"), truth)
    return files


def _write(path: Path, header: Sequence[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    for file in write_example():
        print(file)
