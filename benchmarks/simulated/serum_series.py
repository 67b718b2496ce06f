"""One person's serum tests around a brief release of ALT and AST, simulated from known constants.

Shares no code with the estimators: release and clearance are integrated in small steps.

    python benchmarks/simulated/serum_series.py FOLDER

writes the example `serum-series` (the one in the package was made by this, seed 5).
"""

import csv
import datetime as dt
import math
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

START = dt.datetime(2024, 3, 1, 8, 0)  # first draw
ONSET, DURATION = 238.0, 12.0  # h after it
STEP = 0.05  # h


@dataclass(frozen=True)
class Enzyme:
    """What a course was made from: U/L at rest, U/L released, half-life in h."""

    rest: float
    released: float
    half_life: float


ALT = Enzyme(24.0, 900.0, 40.0)
AST = Enzyme(22.0, 800.0, 16.0)
HOURS = (0.0, 168.0, 240.5, 252.0, 264.0, 276.0, 300.0, 348.0, 396.0, 468.0, 600.0, 1320.0, 2760.0)
VARIATION = 0.05  # of a result, relative
LIMITS = {"ALT": 40, "AST": 35, "ALP": 120, "GGT": 60, "TBL": 21}
UNITS = {"ALT": "U/L", "AST": "U/L", "ALP": "U/L", "GGT": "U/L", "TBL": "umol/L"}


def level(enzyme, hours):
    """Return the activity at each time, U/L, by Euler steps of 3 minutes."""
    k = math.log(2.0) / enzyme.half_life
    time, now, found = min(hours) - STEP, enzyme.rest, {}
    wanted = sorted(hours)
    while wanted:
        time += STEP
        release = enzyme.released / DURATION if ONSET <= time < ONSET + DURATION else 0.0
        now += STEP * (release - k * (now - enzyme.rest))
        while wanted and time >= wanted[0] - STEP / 2:
            found[wanted.pop(0)] = now
    return np.array([found[hour] for hour in hours])


def simulate(seed=5):
    """Return rows of a table: subject, test, date, value, unit, uln, baseline, sex, age."""
    noise = np.random.default_rng(seed)
    hours = list(HOURS)
    courses = {
        "ALT": level(ALT, hours),
        "AST": level(AST, hours),
        "ALP": np.full(len(hours), 84.0),
        "GGT": np.full(len(hours), 11.0),
        # Bilirubin rises late and little.
        "TBL": 11.0 + 14.0 * np.exp(-(((np.array(hours) - 320.0) / 60.0) ** 2)),
    }
    rows = []
    for test, course in courses.items():
        seen = course * np.exp(VARIATION * noise.normal(size=len(hours)))
        for place, (hour, value) in enumerate(zip(hours, seen)):
            text = f"{value:.0f}" if test != "TBL" else f"{value:.1f}"
            if test == "GGT" and value < 11.0:
                text = "<11"  # below what its laboratory reports
            rows.append(row(test, hour, text, "Y" if place == 0 else ""))
    rows.append(row("ALT", 300.0, f"{courses['ALT'][6] * 1.02:.0f}", ""))  # measured twice that day
    order = noise.permutation(len(rows))
    return [rows[place] for place in order]


def row(test, hour, value, baseline):
    """Return one line of the table."""
    when = (START + dt.timedelta(hours=hour)).isoformat(timespec="minutes")
    return ["made-up", test, when, value, UNITS[test], LIMITS[test], baseline, "male", 46]


README = """\
Serum tests of one made-up person around a brief release of ALT and AST (simulated).

results.csv holds 66 results of ALT, AST, ALP, GGT and bilirubin at 13 times, in no order, one ALT
of one time twice, and GGT below 11 U/L as an interval. Release was made to last 12 h from
2024-03-11 06:00: 900 U of ALT and 800 U of AST per litre of plasma, cleared with half-lives of 40 h
and 16 h to 24 and 22 U/L. Results vary by 5 %. Nothing was measured.

Run:

    cahill serum series results.csv --out series
"""
HEADER = ["subject", "test", "date", "value", "unit", "uln", "baseline", "sex", "age"]


def main(folder):
    """Write results.csv and README.txt."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "results.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(simulate())
    (folder / "README.txt").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
