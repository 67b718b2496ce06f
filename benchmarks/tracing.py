"""Isotope tracing beside x3cflux (13CFLUX 3), FreeFlux and IsoCor: speed, agreement, fits.

The network is `../shared/data/tracing/fluxml/EC.fml` (E. coli, 105 reactions, 62 metabolites):
configuration a_STAT at isotopic steady state, a_INST in time. Each program runs in processes of its
own, the peers in their own environments (`make bench-env`), on one thread; times are CPU times,
medians of repetitions where they are short. Simulations begin at the free parameters on both sides.
Answers are compared by name: measurement, time and channel, and the peer's free parameters.

Fits are of data simulated at the file's fluxes (sd 0.01, fluxes as in the file), exact and with
noise, since the file's mass spectra are zeros; both programs get the same data and starts.
Non-stationary answers count if their error, against a run at tight tolerance that the peer's other
solver confirms, is at most 3e-6; the peer runs with whichever of its solvers and tolerances is
fastest within that. The error of a Jacobian is that of derivatives by the logarithms of the
parameters, relative to a column's largest where that is above 1.

`--all` adds what takes the peers minutes: their fits (x3cflux 20 to 60 s a start, FreeFlux minutes
to prepare) and x3cflux's profile interval.
"""

import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from _table import ROOT, Row, above, arguments, below, faster, show
from _tracing_work import ERROR, aligned, apart, jacobian_error

MODEL = ROOT.parent / "shared" / "data" / "tracing" / "fluxml" / "EC.fml"
STATIONARY, NONSTATIONARY = "a_STAT", "a_INST"
X3CFLUX, FREEFLUX, ISOCOR = "x3cflux", "FreeFlux", "IsoCor"
PYTHONS = {
    "x3cflux": ROOT / ".venv-bench-x3cflux" / "bin" / "python",
    "freeflux": ROOT / ".venv-bench-freeflux" / "bin" / "python",
}
NOT_INSTALLED = {
    "mfapy": "mfapy: not installed (source only, in no package registry)",
    "influx_si": "influx_si: not installed (needs R and packages of CRAN)",
}
"""Peers that no `make bench-env` can install, and why."""

ROUNDS = 3
"""Times that short measurements are taken in turn, ours and the peer's, in fresh processes."""

PROFILED = "R20"  # citrate synthase

PEER_STARTS = 12
"""Starts of x3cflux from each data set with --all: the first of ours."""


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        task = json.loads(sys.argv[2])
        part = importlib.import_module(task["module"])
        print(json.dumps(getattr(part, task["task"])(**task["with"])))
        return
    parser = arguments(__doc__)
    parser.add_argument("--all", action="store_true", help="the peers' slow parts too (an hour)")
    options = parser.parse_args()
    if not MODEL.exists():
        raise SystemExit(
            f"{MODEL} is missing; the benchmark needs the shared data beside the checkout"
        )
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options.all)
    show(rows, options.json)


def measure(folder: Path, everything: bool) -> list[Row]:
    """Return all rows."""
    # Also compiles what is not yet cached.
    ours("simulate_data", configuration=STATIONARY, in_time=NONSTATIONARY, folder=str(folder))
    return [
        *stationary_rows(folder),
        *fit_rows(folder, everything),
        *interval_rows(folder, everything),
        *nonstationary_rows(folder),
        *correction_rows(),
    ]


def _run(python: str | Path, module: str, task: str, **options: object) -> dict:
    """Run one task of a module in a fresh process on one thread."""
    wanted = {"module": module, "task": task, "with": options}
    threads = ("OMP", "OPENBLAS", "MKL", "NUMBA")
    done = subprocess.run(
        [str(python), __file__, "--worker", json.dumps(wanted)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **{f"{name}_NUM_THREADS": "1" for name in threads}},
    )
    if done.returncode:
        ended = f"worker {module}.{task} failed (status {done.returncode})"
        raise SystemExit(f"{ended}:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def ours(task: str, **options: object) -> dict:
    """Run one of our tasks on the network."""
    return _run(sys.executable, "_tracing_ours", task, model=str(MODEL), **options)


def x3cflux(task: str, **options: object) -> dict | None:
    """Run one of x3cflux's tasks on the network; None if it is not installed."""
    python = PYTHONS["x3cflux"]
    if not python.exists():
        return None
    return _run(python, "_tracing_x3cflux", task, model=str(MODEL), **options)


def freeflux(task: str, **options: object) -> dict | None:
    """Run one of FreeFlux's tasks; None if it is not installed."""
    python = PYTHONS["freeflux"]
    return _run(python, "_tracing_freeflux", task, **options) if python.exists() else None


def _name(peer: str, found: dict | None) -> str:
    return peer if found else f"{peer}: not installed (make bench-env says why)"


def _of(found: dict | None, name: str) -> float | None:
    return found[name] if found else None


def stationary_rows(folder: Path) -> list[Row]:
    """Return simulation, Jacobian and agreement at isotopic steady state."""
    theirs, own = folder / "x3cflux.npz", folder / "ours.npz"
    peers, founds, readies = [], [], []
    for _ in range(ROUNDS):
        peers.append(x3cflux("stationary", configuration=STATIONARY, out=str(theirs)))
        frame = str(theirs) if peers[-1] else None
        founds.append(ours("stationary", configuration=STATIONARY, out=str(own), frame=frame))
        readies.append(
            _run(
                sys.executable,
                "_tracing_setup",
                "setup",
                model=str(MODEL),
                configuration=STATIONARY,
            )
        )
    peer, found, ready = _medians(peers), _medians(founds), _medians(readies)
    assert found is not None
    assert ready is not None
    free = freeflux("simulate", folder=str(folder), out=str(folder / "freeflux.npz"))

    def timed(case: str, what: str, least: float) -> Row:
        them = _of(peer, what)
        return faster(case, "ms", found[what], them, _name(X3CFLUX, peer), least)

    def set_up(them: float | None, name: str) -> Row:
        return below(
            "set-up of a process: import, read, compile, first Jacobian",
            "s",
            ready["s"],
            2.0,
            them,
            name,
        )

    case = "stationary simulation"
    shape = " x ".join(map(str, founds[0]["shape"]))
    rows = [
        set_up(_of(peer, "setup_s"), _name(X3CFLUX, peer)),
        set_up(_of(free, "setup_s"), _name(FREEFLUX, free)),
        timed(case, "ms", 10),
        timed(f"{case}, fluxes given", "labels_ms", 10),
        faster(case, "ms", found["ms"], _of(free, "ms"), _name(FREEFLUX, free), 10),
        *(
            Row(case, "ms", found["ms"], None, why, None, "-", True)
            for why in NOT_INSTALLED.values()
        ),
        timed(f"with Jacobian {shape}", "jacobian_ms", 50),
    ]
    if peer:
        rows += [
            below(f"agreement: {what}", "largest", apart(own, theirs, what), 1e-10, None, X3CFLUX)
            for what in ("values", "jacobian")
        ]
    return rows


def _medians(found: list[dict | None]) -> dict[str, float] | None:
    """Return the medians of the times that rounds found."""
    there = [one for one in found if one]
    if not there:
        return None
    times = [name for name, value in there[0].items() if isinstance(value, float)]
    return {name: statistics.median(one[name] for one in there) for name in times}


def _slow(peer: dict | None) -> str:
    return X3CFLUX if peer else f"{X3CFLUX}: minutes, with --all"


def fit_rows(folder: Path, everything: bool) -> list[Row]:
    """Return fits of simulated data."""
    rows = []
    for kind in ("exact", "noisy"):
        data = {"configuration": STATIONARY, "data": str(folder / f"{kind}.npz")}
        found = ours("fit", **data)
        peer = (
            x3cflux("fit", **data, starts=str(folder / "starts.npz"), count=PEER_STARTS)
            if everything
            else None
        )
        name = _slow(peer)
        ends = found["ends"] + [end for end in (peer or {"ends": []})["ends"] if end is not None]
        best = min(ends)
        rows += [
            below(
                f"fit of {kind} data, a start",
                "s",
                found["s"],
                0.3,
                _of(peer, "s"),
                name,
            ),
            above(
                f"fit of {kind} data, starts near the best",
                "share",
                _near(found["ends"], best, kind),
                0.9,
                peer and _near(peer["ends"], best, kind),
                name,
            ),
        ]
        if everything and kind == "exact" and (free := freeflux("fit", folder=str(folder))):
            rows.append(
                below("fit of exact data, a start", "s", found["s"], 0.3, free["s"], FREEFLUX)
            )
            rows.append(
                below("fit: prepare", "s", found["ready_s"], 2.0, free["prepare_s"], FREEFLUX)
            )
    return rows


def interval_rows(folder: Path, everything: bool) -> list[Row]:
    """Return profile-likelihood intervals and samples of the posterior, of noisy data."""
    task = {"configuration": STATIONARY, "data": str(folder / "noisy.npz")}
    found = ours("profile", **task, flux=PROFILED)
    peer = x3cflux("profile", **task, flux=PROFILED) if everything else None
    drawn, theirs = ours("sample", **task), x3cflux("sample", **task)
    return [
        below(f"profile interval of {PROFILED}", "s", found["s"], 1.0, _of(peer, "s"), _slow(peer)),
        below("profile intervals of all net fluxes", "s", found["all_s"], 60.0, None, ""),
        above(
            "posterior (MCMC)",
            "samples/s",
            drawn["rate"],
            2e4,
            _of(theirs, "rate"),
            _name(X3CFLUX, theirs),
        ),
    ]


def _near(ends: list[float | None], best: float, kind: str) -> float:
    """Return the share of ends within 1 % of the best (of exact data: below 1)."""
    limit = max(1.01 * best, 1.0) if kind == "exact" else 1.01 * best
    return sum(end is not None and end <= limit for end in ends) / len(ends)


def nonstationary_rows(folder: Path) -> list[Row]:
    """Return simulation, Jacobian and agreement in time."""
    theirs, slopes, own = (
        folder / name for name in ("x3cflux_time.npz", "x3cflux_slopes.npz", "ours_time.npz")
    )
    peer = x3cflux("nonstationary", configuration=NONSTATIONARY, out=str(theirs))
    found = ours(
        "in_time",
        configuration=NONSTATIONARY,
        out=str(own),
        frame=str(theirs) if peer else None,
    )
    best = peer["best"] if peer else None
    case, slope = "non-stationary simulation", "non-stationary Jacobian"
    rows = [
        faster(
            case,
            "ms",
            found["ms"],
            _of(best, "ms"),
            f"{X3CFLUX} ({best['solver']} {best['tolerance']:g})" if best else _name(X3CFLUX, None),
            5,
        ),
        below(case, "error", found["error"], ERROR, _of(best, "error"), _name(X3CFLUX, peer)),
    ]
    if peer is None:
        return rows
    derived = x3cflux("nonstationary_jacobian", configuration=NONSTATIONARY, out=str(slopes))
    assert derived is not None
    with np.load(own) as ours_found, np.load(slopes) as theirs_found:
        keys = ours_found["keys"].tolist()
        error = jacobian_error(
            aligned(slopes, keys, "jacobian"), ours_found["jacobian"], theirs_found["free"]
        )
    solver, tolerance = derived["setting"]
    rows += [
        below("agreement in time, both tight", "largest", apart(own, theirs), 1e-9, None, X3CFLUX),
        faster(
            f"{slope} {found['shape'][0]} x {found['shape'][1]}",
            "ms",
            found["jacobian_ms"],
            1e3 * derived["s"],
            f"{X3CFLUX} ({solver} {tolerance:g})",
            20,
        ),
        below(slope, "error", found["jacobian_error"], ERROR, error, X3CFLUX),
    ]
    if free := freeflux("in_time", folder=str(folder), out=str(folder / "freeflux_time.npz")):
        off = apart(folder / "freeflux_time.npz", theirs)
        ratio = free["ms"] / found["ms"]
        name = f"{FREEFLUX} (its error: {off:.1g})"
        rows.insert(1, Row(case, "ms", found["ms"], free["ms"], name, ratio, "-", True))
    return rows


def correction_rows() -> list[Row]:
    """Return the correction for natural abundance, whole tables; IsoCor runs beside it."""

    def run(task: str) -> dict:
        return _run(sys.executable, "_correction_work", task)

    low, dual, judge = run("ours"), run("ours_with_two_tracers"), run("isocor")
    return [
        above("correction, 13C, unit mass", "MIDs/s", low["rate"], 1e5, judge["rate"], ISOCOR),
        above(
            "correction, 13C and 15N, Orbitrap",
            "MIDs/s",
            dual["rate"],
            1e5,
            None,
            f"{ISOCOR}: one tracer only",
        ),
        below("correction: matrices", "largest", judge["worst_matrix"], 1e-10, None, ISOCOR),
        below("correction: fractions", "largest", judge["worst"], 1e-10, None, ISOCOR),
    ]


if __name__ == "__main__":
    main()
