"""qPCR: Cq from raw curves against the instruments' own, and against simulated truth.

The peer, rdmlpython, runs in an environment of its own (its release needs numpy 1); without that
environment its speed as measured before is shown.
"""

import time
from pathlib import Path

import numpy as np

from _assays_peers import in_environment
from _table import Row, above, below
from cahill.assays.amplification.analysis import CurveAnalysis, analyse_curves
from cahill.core.amplification import QpcrRun, Reaction
from cahill.io.qpcr_files import read_qpcr
from cahill.numerics.amplification_crossing import crossings
from cahill.numerics.amplification_smoothing import smooth
from simulated.amplification import SimulatedCurves, simulate_curves

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "assays" / "qpcr"
PEER = "rdmlpython (measured before)"
PEER_SPEED = 254.0
LEVEL = 0.15
QUANTITIES = (1e2, 1e3, 1e4, 1e5, 1e6)
REAL = (
    ("QuantStudio 1", "quantstudio_standard_curve.xlsx", None),
    ("QuantStudio 6", "quantstudio_export.txt", None),
    ("Bio-Rad CFX96", "biorad_melt.rdml", "Amp Step 3_FAM"),
)


def rows(quick: bool) -> list[Row]:
    """Return the rows of the qPCR part of `benchmarks/assays.py`."""
    number = 300 if quick else 2000
    rng = np.random.default_rng()
    answer = _real_files() if DATA.exists() else []
    answer += _recovery(rng, number)
    answer += _dilutions(rng, 20 if quick else 100)
    answer += _spoiled(rng, number)
    answer.append(_speed(rng, 1000 if quick else 4000))
    return answer


def as_run(
    simulated: SimulatedCurves,
    windows: list[tuple[int, int]] | None = None,
    role: str = "sample",
    threshold: float | None = LEVEL,
) -> QpcrRun:
    """Return simulated curves as the run of an instrument."""
    reactions = tuple(
        Reaction(
            str(k + 1),
            "target",
            f"q{quantity:g}",
            role,  # pyright: ignore[reportArgumentType]
            quantity=float(quantity) if role == "standard" else None,
            threshold=threshold,
            baseline=windows[k] if windows else None,
        )
        for k, quantity in enumerate(simulated.quantity)
    )
    return QpcrRun("simulated", reactions, simulated.cycles, simulated.curves)


def _real_files() -> list[Row]:
    answer = []
    for name, file, run in REAL:
        analysis = analyse_curves(read_qpcr(DATA / file, run))
        frame = analysis.reactions
        printed = frame[np.isfinite(frame["instrument_cq"]) & np.isfinite(frame["plateau"])]
        apart = np.abs(printed["difference"].to_numpy(float))
        lost = int(np.isnan(apart).sum())
        case = f"qPCR {name}, {len(printed)} curves"
        answer.append(
            below(case, "median |Cq - instrument|", float(np.nanmedian(apart)), 0.03, None, "")
        )
        answer.append(below(case, "reactions lost", float(lost), 0.5, None, ""))
    answer.append(_lightcycler())
    return answer


def _lightcycler() -> Row:
    """Compare with an instrument that normalises curves first, which no threshold reproduces."""
    frame = analyse_curves(read_qpcr(DATA / "lc96_bACTXY.rdml")).reactions
    own = frame[(frame["role"] == "standard") & np.isfinite(frame["difference"])]
    case = f"qPCR LightCycler 96 (own normalisation), {len(own)} standards"
    median = float(own["difference"].abs().median())
    return below(case, "median |Cq - instrument|", median, 0.03, None, "")


def _recovery(rng: np.random.Generator, number: int) -> list[Row]:
    """Bias and spread of each method over quantities; each method has its own constant offset."""
    quantity = np.repeat(QUANTITIES, number // len(QUANTITIES))
    simulated = simulate_curves(rng, quantity, factor=1.92)
    frame = analyse_curves(as_run(simulated), method="threshold").reactions
    at_level = simulated.true_cq(LEVEL)
    # where each curve reaches a fixed share of its own height: what a shape-based Cq measures
    by_shape = simulated.true_cq(0.075 * simulated.height)
    answer = []
    for column, truth, limit in (
        ("cq_threshold", at_level, 0.06),
        ("cq_second_derivative", by_shape, 0.15),
        ("cy0", by_shape, 0.10),
    ):
        error = frame[column].to_numpy(float) - truth
        means = [np.nanmean(error[quantity == q]) for q in QUANTITIES]
        case = f"qPCR simulated, {column}"
        spread = np.sqrt(np.mean([np.nanvar(error[quantity == q]) for q in QUANTITIES]))
        answer.append(below(case, "sd of Cq (cycles)", float(spread), limit, None, ""))
        answer.append(
            below(case, "bias between quantities (cycles)", float(np.ptp(means)), 0.15, None, "")
        )
        answer.append(below(case, "reactions lost", float(np.isnan(error).sum()), 0.5, None, ""))
    ratio = _spread_ratio(simulated, frame["cq_threshold"], frame["cq_sd"], at_level)
    answer.append(
        below("qPCR simulated, cq_sd", "|log2 of found over claimed|", ratio, 0.5, None, "")
    )
    return answer


def _spread_ratio(simulated: SimulatedCurves, cq, sd, truth: np.ndarray) -> float:
    error = cq.to_numpy(float) - truth
    for quantity in np.unique(simulated.quantity):
        own = simulated.quantity == quantity
        error[own] -= np.nanmean(error[own])
    found = np.sqrt(np.nanmean((error / sd.to_numpy(float)) ** 2))
    return float(abs(np.log2(found)))


def _dilutions(rng: np.random.Generator, series: int) -> list[Row]:
    """Slopes of dilution series of known efficiency, five quantities in triplicate."""
    errors, windows = [], []
    for _ in range(series):
        factor = rng.uniform(1.75, 2.0)
        simulated = simulate_curves(rng, np.repeat(QUANTITIES, 3), factor=factor, cycles=45)
        analysis = analyse_curves(as_run(simulated, role="standard"), method="threshold")
        found = analysis.efficiencies.set_index("source")
        slope = float(found.at["dilution series", "slope"])  # pyright: ignore[reportArgumentType]
        errors.append(slope * np.log10(factor) + 1.0)
        windows.append(float(found.at["window of linearity", "efficiency"]) / factor - 1.0)  # pyright: ignore[reportArgumentType]
    case = f"qPCR simulated, {series} dilution series"
    return [
        below(case, "mean |slope error|", float(np.mean(np.abs(errors))), 0.024, 0.024, PEER),
        below(
            case,
            "window of linearity: mean |error of factor|",
            float(np.mean(np.abs(windows))),
            0.03,
            None,
            "",
        ),
    ]


def _spoiled(rng: np.random.Generator, number: int) -> list[Row]:
    """Count the Cq that spoiled windows (in the rise, too short) shift without a flag."""
    simulated = simulate_curves(rng, 10 ** rng.uniform(2, 6, number))
    expected = simulated.true_cq(LEVEL)
    windows = [_bad_window(rng, cq) for cq in expected]
    analysis = analyse_curves(as_run(simulated, windows), method="threshold")
    shift = analysis.reactions["cq_threshold"].to_numpy(float) - _ideal(simulated, analysis)
    flagged = analysis.reactions["verdicts"].str.contains("baseline").to_numpy()
    shifted = ~(np.abs(shift) <= 0.1)
    fair = [(3, int(cq) - 6) for cq in expected]
    good = analyse_curves(as_run(simulated, fair), method="threshold").reactions
    false = good["verdicts"].str.contains("baseline").to_numpy()
    case = f"qPCR simulated, {int(shifted.sum())} of {number} baselines spoiled by > 0.1 cycles"
    return [
        below(case, "spoiled, not flagged", float((shifted & ~flagged).sum()), 0.5, None, ""),
        below(case, "fair baselines flagged (%)", 100 * float(false.mean()), 5, None, ""),
    ]


def _bad_window(rng: np.random.Generator, cq: float) -> tuple[int, int]:
    kind = rng.integers(3)
    if kind == 0:
        return 3, int(cq + rng.integers(-2, 5))
    if kind == 1:
        return int(rng.integers(1, 3)), int(rng.integers(4, 7))
    first = int(rng.integers(3, max(int(cq) - 6, 4)))
    return first, first + int(rng.integers(2, 5))


def _ideal(simulated: SimulatedCurves, analysis: CurveAnalysis) -> np.ndarray:
    """Return the threshold Cq of the same readings above their true baselines."""
    assert analysis.curves is not None
    signal = smooth(simulated.curves - simulated.baseline)
    place = crossings(signal, np.full(len(signal), LEVEL), analysis.curves.rises.steepest)
    return np.interp(place, np.arange(len(simulated.cycles)), simulated.cycles)


def _speed(rng: np.random.Generator, number: int) -> Row:
    simulated = simulate_curves(rng, 10 ** rng.uniform(2, 6, number))
    run = as_run(simulated)
    analyse_curves(run, method="threshold")
    start = time.process_time()
    analyse_curves(run, method="threshold")
    speed = number / (time.process_time() - start)
    case, metric = "qPCR full analysis", "curves per CPU-second"
    ran = in_environment("rdmlpython", DATA / "lc96_bACTXY.rdml")
    if ran is None:
        return above(case, metric, speed, 2500.0, PEER_SPEED, PEER)
    return above(case, metric, speed, 2500.0, ran["curves"] / ran["seconds"], "rdmlpython")


if __name__ == "__main__":
    from _table import arguments, show

    parser = arguments(__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer curves")
    given = parser.parse_args()
    show(rows(given.quick), given.json)
