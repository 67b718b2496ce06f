"""Rates of ALT at many concentrations, simulated from known constants.

Shares no code with the estimators: the law is written out here a second time.

    python benchmarks/simulated/kinetics.py FOLDER

writes the example `alt-kinetics` (the one in the package was made by this, seed 1).
"""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KM_ALA, KM_AKG = 10.12, 0.70  # mmol/L, the model's ALT1 (Seed001Cycle Table 1; IFCC1979)
KI_AMINOOXYACETATE = 0.5  # umol/L, competitive with alanine (the model's; assumed there)
ALANINE = (2.0, 5.0, 10.0, 25.0, 75.0, 250.0)
OXOGLUTARATE = (0.15, 0.4, 1.0, 3.0, 10.0)
INHIBITED_ALANINE = (5.0, 20.0, 100.0)
AMINOOXYACETATE = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


@dataclass(frozen=True)
class Truth:
    """What the rates were made from: Vmax in U/L, Km in mmol/L, Ki in umol/L."""

    vmax: float = 180.0
    km_ala: float = KM_ALA
    km_akg: float = KM_AKG
    ki: float = KI_AMINOOXYACETATE


def rate(alanine, oxoglutarate, inhibitor, truth):
    """Return the ping-pong rate, U/L, with an inhibitor that holds the PLP form."""
    a, b = np.asarray(alanine, float), np.asarray(oxoglutarate, float)
    free = truth.km_ala * b * (1.0 + np.asarray(inhibitor, float) / truth.ki)
    return truth.vmax * a * b / (free + truth.km_akg * a + a * b)


def design(replicates=2):
    """Return (alanine, oxoglutarate, inhibitor) of every well."""
    grid = [(a, b, 0.0) for a in ALANINE for b in OXOGLUTARATE]
    grid += [(a, 3.0, i) for a in INHIBITED_ALANINE for i in (0.0, *AMINOOXYACETATE)]
    return [row for row in grid for _ in range(replicates)]


def simulate(seed, truth=Truth(), relative=0.04, constant=0.4, rows=None):
    """Return rows and noisy rates: errors of 4 % and 0.4 U/L together."""
    rows = design() if rows is None else rows
    alanine, oxoglutarate, inhibitor = np.array(rows).T
    exact = rate(alanine, oxoglutarate, inhibitor, truth)
    noise = np.random.default_rng(seed).normal(size=len(rows))
    return rows, exact + noise * np.hypot(relative * exact, constant)


README = """\
Rates of ALT against alanine and 2-oxoglutarate, and with aminooxyacetate (simulated).

rates.csv holds 102 initial rates at 37 C: 6 concentrations of alanine by 5 of 2-oxoglutarate, and
6 of aminooxyacetate at 3 of alanine, all in duplicate. They were made with Vmax 180 U/L, Km of
alanine 10.12 and of 2-oxoglutarate 0.70 mmol/L, ping-pong bi-bi, Ki of aminooxyacetate 0.5 umol/L,
competitive with alanine, and errors of 4 % and 0.4 U/L. Nothing was measured.

Run:

    cahill fit-kinetics rates.csv --out kinetics
"""


def write_example(folder, seed=1):
    """Write rates.csv and README.txt."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows, rates = simulate(seed)
    with (folder / "rates.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        heading = ["sample", "alanine (mmol/L)", "oxoglutarate (mmol/L)", "inhibitor"]
        writer.writerow([*heading, "inhibitor_concentration (umol/L)", "rate (U/L)"])
        for (a, b, i), value in zip(rows, rates):
            name = "aminooxyacetate" if i else ""
            writer.writerow(["liver extract", f"{a:g}", f"{b:g}", name, f"{i:g}", f"{value:.2f}"])
    (folder / "README.txt").write_text(README, encoding="utf-8")


if __name__ == "__main__":
    write_example(sys.argv[1])
