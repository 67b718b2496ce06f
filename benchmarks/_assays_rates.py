"""Initial rates from simulated coupled curves: error, coverage and speed, fresh seed each run.

    python benchmarks/assays.py --part rates        the rows
    python benchmarks/_assays_rates.py              also the scenes held out and single rates

Peers: ICEKAT is in no package registry and its code fails on the numpy used here; its figures
"as measured before" are those of its maximum slope on curves of the same classes. Run beside, in
place, on the same curves: a line through all reads (numpy.polyfit) and the steepest of eleven reads
(scipy.stats.linregress over every window).
"""

import os

# Small matrices: idle threads of a linear algebra library would only be in the way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
from scipy.stats import linregress

from _table import Row, above, below, more
from cahill.assays.activity.coupled_kinetics import CoupledReagents, fit_coupled_rate
from cahill.assays.activity.progress_curve import RateFits, initial_rates
from simulated.progress import (
    CLASSES,
    EPSILON,
    HELD_OUT,
    KM_NADH,
    KM_PYRUVATE,
    Curves,
    simulate_curves,
    with_rate,
)

GOALS = {"straight": 0.02, "lag 30 s": 0.03, "lag 90 s": 0.04, "depletion": 0.05}
ICEKAT = {"straight": 0.106, "lag 30 s": 0.089, "lag 90 s": 0.038, "depletion": 0.095}
ICEKAT_BLANK, ICEKAT_SPEED = 2.0e-5, 296.0
BEFORE = "ICEKAT (as measured before)"
LINE, STEEPEST = "line through all reads", "steepest of 11 reads (scipy)"
SINGLE_RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3)
PLATE = 96


def rows(quick: bool) -> list[Row]:
    """Return the rows of the benchmark; `quick` simulates fewer curves."""
    curves = 400 if quick else 4000
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print(f"rates: seed {seed}, {curves} curves a class")
    table = []
    for k, (name, scene) in enumerate(CLASSES.items()):
        made = simulate_curves(scene, curves, seed + k)
        table += _class_rows(name, made)
    table += _cover_rows(curves, seed + 100)
    table.append(_speed(seed + 200))
    return table


def _class_rows(name: str, made: Curves) -> list[Row]:
    """Return error and coverage of one class, beside its peers."""
    found = _fitted(made)
    few = min(100, len(made.rate))
    steepest = np.array([_steepest(made.times, row) for row in made.signal[:few]])
    line = -np.polyfit(made.times, made.signal.T, 1)[0]
    case = f"rate, {name}"
    if name == "blank":
        # Noise alone gives one well an error of `bound`; activity that is not there is a bias.
        phantom = abs(float(found.rate.mean()))
        bound = 1.5e-3 / np.sqrt(np.sum((made.times - made.times.mean()) ** 2))
        return [
            below(case, "phantom activity (mean), AU/s", phantom, 1e-6, ICEKAT_BLANK, BEFORE),
            below(case, "phantom activity (mean), AU/s", phantom, 1e-6, steepest.mean(), STEEPEST),
            below(
                case,
                "RMSE of one well, AU/s",
                _rms(found.rate),
                1e-6,
                bound,
                "least of any unbiased estimate",
            ),
            _cover(case, found, made.rate),
        ]
    error, goal = _relative(found.rate, made.rate), GOALS[name]
    return [
        below(case, "relative RMSE", error, goal, ICEKAT[name], BEFORE),
        below(case, "relative RMSE", error, goal, _relative(line, made.rate), LINE),
        below(case, "relative RMSE", error, goal, _relative(steepest, made.rate[:few]), STEEPEST),
        _cover(case, found, made.rate),
    ]


def _cover_rows(curves: int, seed: int) -> list[Row]:
    """Return the worst coverage over single rates of straight and lagging curves."""
    table = []
    for name in ("straight", "lag 30 s", "lag 90 s"):
        shares = [
            _covered(_fitted(made), made.rate)
            for k, rate in enumerate(SINGLE_RATES)
            for made in [simulate_curves(with_rate(CLASSES[name], rate), curves, seed + k)]
        ]
        label = f"rate, {name}, 1e-5 to 1e-3 AU/s"
        table.append(above(label, "lowest coverage of 95 %", min(shares), 0.9, None, ""))
    return table


def _speed(seed: int) -> Row:
    """Return plates of 96 wells of all classes through the public function, one thread."""
    parts = [simulate_curves(scene, PLATE, seed + k) for k, scene in enumerate(CLASSES.values())]
    signal = np.concatenate([made.signal for made in parts])
    signal = signal[np.random.default_rng(seed).permutation(len(signal))]
    plates = signal.reshape(-1, PLATE, signal.shape[1])
    best = np.inf
    for _ in range(3):
        start = time.process_time()
        for plate in plates:
            initial_rates(parts[0].times, plate, direction=-1)
        best = min(best, time.process_time() - start)
    return more(
        "rate, plates of all classes",
        "curves per CPU-s",
        len(signal) / best,
        ICEKAT_SPEED,
        BEFORE,
        10,
    )


def _fitted(made: Curves) -> RateFits:
    return initial_rates(made.times, made.signal, direction=-1, mask=~made.over)


def _steepest(times: np.ndarray, signal: np.ndarray, window: int = 11) -> float:
    return max(
        -linregress(times[k : k + window], signal[k : k + window]).slope  # pyright: ignore
        for k in range(len(times) - window + 1)
    )


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _relative(rates: np.ndarray, truth: np.ndarray) -> float:
    return _rms(rates / truth - 1.0)


def _covered(found: RateFits, truth: np.ndarray) -> float:
    return float(np.mean((found.low <= truth) & (truth <= found.high)))


def _cover(case: str, found: RateFits, truth: np.ndarray) -> Row:
    share = _covered(found, truth)
    met = 0.90 <= share <= 0.98
    return Row(case, "coverage of 95 %", share, None, "", None, "0.90 to 0.98", met)


def _held_out() -> None:
    """Print the scenes held out, single rates, and the mechanism fitted where shapes fail."""
    seed = int(np.random.SeedSequence().generate_state(1)[0])
    print(f"seed {seed}, 2000 curves a scene")
    for k, (name, scene) in enumerate({**CLASSES, **HELD_OUT}.items()):
        made = simulate_curves(scene, 2000, seed + k)
        start = time.process_time()
        found = _fitted(made)
        speed = len(made.rate) / (time.process_time() - start)
        blank = not made.rate.any()
        error = _rms(found.rate) if blank else 100 * _relative(found.rate, made.rate)
        cover = 100 * _covered(found, made.rate)
        unit = "AU/s" if blank else "%"
        print(f"{name:34s} RMSE {error:8.3g} {unit:4s} coverage {cover:5.1f} %  {speed:6.0f}/s")
    for name in ("straight", "lag 30 s", "lag 90 s"):
        for rate in SINGLE_RATES:
            made = simulate_curves(with_rate(CLASSES[name], rate), 2000, seed)
            found = _fitted(made)
            print(
                f"{name} at {rate:g} AU/s: RMSE {100 * _relative(found.rate, made.rate):.3g} %, "
                f"coverage {100 * _covered(found, made.rate):.1f} %"
            )
    _mechanism(seed)


def _mechanism(seed: int) -> None:
    for name in ("depletion", "depletion, lag 60 s", "2-oxoglutarate runs low"):
        scene = {**CLASSES, **HELD_OUT}[name]
        made = simulate_curves(scene, 100, seed)
        nadh = scene.nadh / EPSILON
        own = CoupledReagents(nadh=1.05 * nadh, oxoglutarate=scene.oxoglutarate)
        if scene.lag is not None:
            ldh = KM_PYRUVATE * (1 + KM_NADH / nadh) / scene.lag
            own = CoupledReagents(nadh=1.05 * nadh, ldh=1.3 * ldh)
        start = time.process_time()
        fits = [fit_coupled_rate(made.times, row, own) for row in made.signal]
        each = (time.process_time() - start) / len(fits)
        error = _relative(np.array([fit.rate for fit in fits]), made.rate)
        ends = np.array([(fit.low, fit.high) for fit in fits])
        cover = np.mean((ends[:, 0] <= made.rate) & (made.rate <= ends[:, 1]))
        print(
            f"mechanism, {name}: RMSE {100 * error:.2g} %, coverage {100 * cover:.0f} %, "
            f"{1000 * each:.0f} ms a curve"
        )


if __name__ == "__main__":
    _held_out()
