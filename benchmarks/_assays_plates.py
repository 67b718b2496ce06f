"""What Gen5 printed, computed again from the readings it exported; and how long reading takes.

An export holds rounded readings (1 mAU), and the kinetic one holds 13 of the 61 reads from which
Gen5 computed. Deviations are therefore divided by what rounding allows: half a unit of the last
printed digit of the result, and half a unit in every number it is computed from, at their worst.
Below 1 is "to its rounding".

Definitions found so: Mean V is the slope of the straight line through all reads, in mAU/min (the 61
reads are restored by a spline; a line through the 13 exported ones is up to 0.13 mAU/min off, as is
no linear combination of them less than 0.023). Max V is the steepest line through two neighbouring
reads. The standard curve is an unweighted 4PL through every well, and amounts beyond the largest
standard or below the lower asymptote are printed as ">40.000" and "<0.000".
"""

import time

import numpy as np
from scipy.interpolate import CubicSpline

from _assays_peers import in_environment
from _table import ROOT, Row, below, faster
from cahill.assays.activity.standard_curve import StandardCurve, fit_standard_curve
from cahill.assays.activity.standard_shapes import invert, predict, slopes
from cahill.core.plate import Plate
from cahill.io.plates import read_plates

FOLDER = ROOT.parent / "shared" / "data" / "assays" / "plate"
UNIT = 0.001  # last printed digit of readings (AU), pathlengths (cm) and results
ALLOTROPY_SECONDS = 0.25  # median over 156 vendors' files, measured on this project's machine
HELPER_A2 = np.array(
    [68, 68, 69, 70, 70, 68, 68, 68, 68, 68, 68, 68, 68, 68, 67, 68, 68, 68, 67, 68]
)
"""Well A2 of Gen5's growth curve, -mAU every 4 min (allotropy's test data, kinetic_helper_gene);
Gen5 printed Max V 0.500 at 0:18:22, the first read being at 0:00:22."""


def rows(quick: bool) -> list[Row]:
    """Return a row for every kind of number that Gen5 printed, and for the time of reading."""
    if not FOLDER.exists():
        return []
    (kinetic,) = read_plates(FOLDER / "gen5_kinetic_standard_curve.txt")
    (endpoint,) = read_plates(FOLDER / "gen5_endpoint_pathlength.txt")
    return [
        *_mean_v(kinetic),
        _max_v(),
        *_standard_curve(kinetic),
        _pathlength(endpoint),
        _speed(3 if quick else 15),
    ]


def _row(case: str, metric: str, share: float) -> Row:
    return below(f"Gen5 {case}", f"{metric}, largest deviation / rounding", share, 1.0, None, "")


def _all_reads(plate: Plate) -> tuple[np.ndarray, np.ndarray]:
    """Return the 61 times (min) and the matrix that restores the 61 reads from those exported."""
    minutes = plate.readings[0].times[:, 0] / 60.0
    every = np.linspace(minutes[0], minutes[-1], 61)
    return every, CubicSpline(minutes, np.eye(minutes.size))(every)


def _mean_v(plate: Plate) -> list[Row]:
    reading = plate.readings[0]
    printed = np.array([float(plate.reported["Mean V [420]"][well]) for well in reading.wells])
    every, restore = _all_reads(plate)
    centred = every - every.mean()
    weights = 1000.0 * centred @ restore / (centred @ centred)
    deviation = np.abs(weights @ reading.values - printed)
    allowed = UNIT / 2 + UNIT / 2 * np.abs(weights).sum()
    # Rounding errors are independent and even: their usual size, for the median well.
    usual = 0.6745 * np.hypot(UNIT / np.sqrt(12), UNIT / np.sqrt(12) * np.linalg.norm(weights))
    return [
        _row("Mean V", "96 wells", float(deviation.max() / allowed)),
        below(
            "Gen5 Mean V",
            "median deviation / expected of rounding",
            _median(deviation, usual),
            1.5,
            None,
            "",
        ),
    ]


def _median(deviation: np.ndarray, usual: float) -> float:
    return float(np.median(deviation) / usual)


def _max_v() -> Row:
    steepest = float(np.diff(-HELPER_A2).max()) / 4.0
    return _row("Max V", "1 well", abs(steepest - 0.500) / (UNIT / 2 + 1.0 / 4.0))


def _standard_curve(plate: Plate) -> list[Row]:
    """Fit the printed Mean V against the standards, and read every well off."""
    values = {well: float(text) for well, text in plate.reported["Mean V [420]"].items()}
    wells = list(plate.concentrations)
    amounts = np.array([plate.concentrations[well] for well in wells])
    curve = fit_standard_curve(
        amounts, np.array([values[well] for well in wells]), shape="4pl", weights="1"
    )
    printed = [float(plate.facts[f"Curve {name}"]) for name in "ABCD"]
    units = np.array([0.01, 0.01, 0.1, 0.1])
    parameters = np.abs(curve.parameters - printed) / (units / 2)
    fit = _row("4PL", "A, B, C, D", float(parameters.max()))
    r2 = _row("4PL", "R2", abs(curve.r2 - float(plate.facts["Curve R2"])) / (UNIT / 2))
    return [fit, r2, *_amounts(plate, values, curve)]


def _amounts(plate: Plate, values: dict[str, float], curve: StandardCurve) -> list[Row]:
    low, _, _, high = curve.parameters
    largest = max(plate.concentrations.values())
    shares, wrong = [], 0
    for well, text in plate.reported["[Concentration]"].items():
        (found,) = invert("4pl", curve.parameters, np.array([values[well]]), largest)
        if text.startswith(("<", ">")):
            beyond = values[well] >= high or found > largest
            wrong += not (beyond if text.startswith(">") else values[well] <= low)
        else:
            shares.append(abs(found - float(text)) / _allowed_amount(curve, found))
    return [
        _row("back-calculation", f"{len(shares)} wells", max(shares)),
        below("Gen5 back-calculation", "marks > and < that differ", float(wrong), 0.5, None, ""),
    ]


def _allowed_amount(curve: StandardCurve, amount: float) -> float:
    """Return what rounding of the well's signal, of the standards' and of the print can do."""
    at = np.array([amount])
    spread = slopes("4pl", curve.parameters, curve.amounts)
    standards = slopes("4pl", curve.parameters, at) @ np.linalg.pinv(spread)
    step = 1e-5 * amount
    (low, high) = predict("4pl", curve.parameters, np.array([amount - step, amount + step]))
    steepness = (high - low) / (2 * step)
    return UNIT / 2 * (1.0 + (1.0 + float(np.abs(standards).sum())) / steepness)


def _pathlength(plate: Plate) -> Row:
    water, base = (
        next(reading for reading in plate.readings if reading.wavelength == wave)
        for wave in (977.0, 900.0)
    )
    printed = [float(plate.reported["260:Pathlength"][well]) for well in water.wells]
    found = (water.values[0] - base.values[0]) / 0.18
    share = np.abs(found - printed) / (UNIT / 2 + UNIT / 0.18)
    return _row("pathlength", "96 wells", float(share.max()))


def _speed(repeats: int) -> Row:
    """Time the reading of every shared file; the median of the files, the best of the repeats."""
    medians = []
    for path in sorted(FOLDER.iterdir()):
        taken = []
        for _ in range(repeats):
            start = time.perf_counter()
            read_plates(path)
            taken.append(time.perf_counter() - start)
        medians.append(min(taken))
    ours = float(np.median(medians))
    peers = in_environment("allotropy", *sorted(FOLDER.glob("gen5_*.txt")))
    if peers is None:
        name = "allotropy (as measured before)"
        return faster("plate files", "s a file, median", ours, ALLOTROPY_SECONDS, name, 1.0)
    theirs = float(np.median(list(peers.values())))
    return faster("plate files", "s a file, median", ours, theirs, "allotropy (Gen5 files)", 1.0)
