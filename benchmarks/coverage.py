"""How often 95 % intervals of fluxes hold the true flux: data simulated, fitted, judged.

For every study data are simulated at its flux state with its errors, fitted from random starts (the
truth is not among them), and intervals made by each method. The table says in what part of the data
sets the interval holds the truth: for all fluxes together, for the worst flux, with the binomial
standard error of one flux. An open end holds everything beyond it. The width is the median over
data sets and fluxes, in those of the profile.

    python benchmarks/coverage.py --sets 200 --seed 1 --jobs 2
"""

import json
import math
import time
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from _coverage_studies import studies
from _table import arguments
from cahill.core.labelling import TracingStudy
from cahill.errors import ConvergenceError
from cahill.numerics.crew import portions
from cahill.tracing.bootstrap import bootstrap_fluxes, with_noise
from cahill.tracing.fit_problem import FitProblem, fit_problem, refit
from cahill.tracing.flux_space import flux_space
from cahill.tracing.intervals import FluxIntervals, Target, target_values
from cahill.tracing.linear_intervals import linear_intervals
from cahill.tracing.posterior import sample_posterior
from cahill.tracing.profile import profile_fluxes
from cahill.tracing.starts import draw_starts

METHODS = ("profile", "linear", "bootstrap", "posterior")
STARTS = 5
SAMPLES = 100  # of each bootstrap
DRAWS, CHAINS = 400, 2  # of each posterior


class Judged(NamedTuple):
    """Whether intervals hold the truth, and how wide they are, by method and flux."""

    held: dict[str, list[bool]]
    width: dict[str, list[float]]


def main() -> None:
    """Run the simulation and print its table."""
    parser = arguments(__doc__)
    parser.add_argument("--sets", type=int, default=200, help="data sets of each study")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--methods", nargs="+", default=METHODS, choices=METHODS)
    options = parser.parse_args()
    rows = []
    for name, (study, wanted) in studies().items():
        start = time.perf_counter()
        found = simulated(study, wanted, options.sets, options.seed, options.jobs, options.methods)
        more = table(name, found, options.methods)
        more[-1]["seconds"] = time.perf_counter() - start
        rows += more
        if not options.json:
            show(more, heading=len(rows) == len(more))
    if options.json:
        print(json.dumps(rows, indent=2))


def simulated(
    study: TracingStudy,
    wanted: Sequence[Target],
    sets: int,
    seed: int,
    jobs: int,
    methods: Sequence[str],
) -> list[Judged]:
    """Return how the intervals of every data set fared; sets that cannot be fitted are left out."""
    space = flux_space(study)
    problem = fit_problem(study, space)
    truth = space.theta(space.complete(study.point))
    values = target_values(space, space.state(truth), wanted)
    seeds = np.random.SeedSequence(seed).spawn(sets)
    batch = [(problem, truth, values, wanted, one, methods) for one in seeds]
    return [one for one in portions(judge, batch, jobs) if one is not None]


def judge(
    problem: FitProblem,
    truth: np.ndarray,
    values: np.ndarray,
    wanted: Sequence[Target],
    seed: np.random.SeedSequence,
    methods: Sequence[str],
) -> Judged | None:
    """Simulate one data set, fit it, and judge its intervals."""
    noisy = with_noise(problem, truth, np.random.default_rng(seed))
    number = int(seed.generate_state(1)[0] % 2**31)
    ends = [refit(noisy, start) for start in draw_starts(noisy, STARTS, number)]
    reached = [end for end in ends if end.converged]
    if not reached:
        return None
    best = min(reached, key=lambda end: end.cost)
    held, width = {}, {}
    for method in methods:
        try:
            frame = _intervals(method, noisy, best.x, wanted, number).frame
        except ConvergenceError:
            return None
        low, high = frame["low"].to_numpy(float), frame["high"].to_numpy(float)
        held[method] = ((low <= values) & (values <= high)).tolist()
        width[method] = (high - low).tolist()
    return Judged(held, width)


def _intervals(
    method: str, problem: FitProblem, theta: np.ndarray, wanted: Sequence[Target], seed: int
) -> FluxIntervals:
    if method == "profile":
        return profile_fluxes(problem, theta, wanted).intervals
    if method == "linear":
        return linear_intervals(problem, theta, wanted)
    if method == "bootstrap":
        return bootstrap_fluxes(
            problem, theta, wanted, samples=SAMPLES, restarts=0, seed=seed
        ).intervals
    return sample_posterior(problem, theta, wanted, draws=DRAWS, chains=CHAINS, seed=seed).intervals


def table(name: str, found: Sequence[Judged], methods: Sequence[str]) -> list[dict]:
    """Return a row a method."""
    rows = []
    reference = np.array([one.width[methods[0]] for one in found])
    for method in methods:
        held = np.array([one.held[method] for one in found], dtype=float)
        width = np.array([one.width[method] for one in found])
        both = np.isfinite(width) & np.isfinite(reference) & (reference > 0)
        each = held.mean(axis=0)
        rows.append(
            {
                "study": name,
                "method": method,
                "sets": len(found),
                "fluxes": held.shape[1],
                "coverage": float(held.mean()),
                "least": float(each.min()),
                "most": float(each.max()),
                "error": math.sqrt(0.95 * 0.05 / len(found)),
                "open": float(np.mean(~np.isfinite(width))),
                "width": float(np.median(width[both] / reference[both])) if both.any() else None,
            }
        )
    return rows


def show(rows: Sequence[dict]) -> None:
    """Print the table."""
    print(
        "study | method | data sets | coverage, all fluxes | least - most of a flux | open | width"
    )
    for row in rows:
        wide = "-" if row["width"] is None else f"{row['width']:.2f}"
        print(
            f"{row['study']} | {row['method']} | {row['sets']} | {100 * row['coverage']:.1f} % | "
            f"{100 * row['least']:.1f} - {100 * row['most']:.1f} % (+- {100 * row['error']:.1f}) | "
            f"{100 * row['open']:.0f} % | {wide}"
        )
        if "seconds" in row:
            print(f"  ({row['seconds']:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
