"""Speed and reliability of the kinetic engine beside libRoadRunner and COPASI (basico).

Same SBML, same relative tolerance (1e-6), one core, each in a process of its own, the peers in
their own environment (`make bench-env`), medians of repeated runs. Absolute tolerance: ours is
1e-9 of each state's usual size, the peers' is 1e-9 in the model's units, which asks no more of
them. Outputs are the states at 101 times over 24 h. Agreement is that of ours at 1e-6 with the
peers at 1e-9, so that it is not their error that shows.

libRoadRunner: CVODE with its defaults for stiff models, compiled by its LLVM back end, selections
limited to the states, parameters set by one call per set (the fastest ways it offers).
COPASI: deterministic (LSODA) through basico; in the ensemble the task is run by its raw interface
without data frames. Load means from SBML text to ready to integrate, compiled where compiled.

Without `--sbml FILE` the model is the whole-body model. Steady states and control coefficients are
those with the species of `--hold` (glycogen) held, for all alike.
"""

import importlib
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from _kinetics_work import DAY, RTOL, layout, scatter, timed
from _table import Row, above, arguments, below, faster, in_process, more, show

if TYPE_CHECKING:
    from cahill.numerics.ode import EnsembleSolution

HELD = ("Glycogen_liver", "Glycogen_muscle")
RR, COPASI = "libRoadRunner", "COPASI (basico)"
REST = "steady state, median of 100 starts"
CONTROL = "the same with control coefficients"


def main() -> None:
    """Measure and print."""
    if len(sys.argv) == 3 and sys.argv[1] == "--worker":
        task = json.loads(sys.argv[2])
        print(json.dumps(_worker(task["who"], task["task"])(**task["with"])))
        return
    parser = arguments(__doc__)
    parser.add_argument("--sbml", type=Path, help="another model than the whole-body one")
    parser.add_argument(
        "--hold", nargs="*", default=list(HELD), help="species held at steady state"
    )
    parser.add_argument("--members", type=int, default=1000, help="parameter sets of the ensemble")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(_model_text(options.sbml), Path(folder), options.hold, options.members)
    show(rows, options.json)


def _worker(who: str, task: str) -> Callable[..., dict]:
    """Return what does a task; a peer is imported only in its own process."""
    if who == "ours":
        return OURS[task]
    return getattr(importlib.import_module(f"_kinetics_{who}"), task)


def _model_text(path: Path | None) -> str:
    if path is not None:
        return path.read_text(encoding="utf-8")
    from cahill.cycle.build import build_model

    return build_model().sbml


def measure(text: str, folder: Path, held: list[str], members: int) -> list[Row]:
    """Return all rows for one model."""
    model, resting = folder / "model.xml", folder / "resting.xml"
    model.write_text(text, encoding="utf-8")
    resting.write_text(_hold(text, held), encoding="utf-8")
    _draw(text, members, folder)
    whole, quiet = {"model": str(model)}, {"model": str(resting)}
    many = whole | {"folder": str(folder)}

    def ours(task: str, **extra: object) -> dict:
        return in_process(__file__, {"who": "ours", "task": task, "with": extra}, peer=False)

    def peer(who: str, task: str, **extra: object) -> dict:
        return in_process(__file__, {"who": who, "task": task, "with": extra})

    loading = statistics.median(ours("load", **whole)["s"] for _ in range(5))
    loading_rr = statistics.median(peer("roadrunner", "load", **whole)["s"] for _ in range(5))
    one_run, one_run_rr = ours("course", **many), peer("roadrunner", "course", **many)
    one_run_copasi = peer("copasi", "course", **many)
    batch, batch_rr = ours("ensemble", **many), peer("roadrunner", "ensemble", **many)
    batch_copasi = peer("copasi", "ensemble", **many)
    cores = ours("scaling", **many)
    states = {who: np.load(folder / f"course_{who}.npy") for who in ("ours", "rr", "copasi")}
    ends = {who: np.load(folder / f"ends_{who}.npy") for who in ("ours", "rr", "copasi")}
    rest, rest_rr = ours("steady", **quiet), peer("roadrunner", "steady", **quiet)
    rest_copasi = peer("copasi", "steady", **quiet)
    one = batch["rate"]
    return [
        faster("load from SBML", "s", loading, loading_rr, RR, 1.0),
        faster("24 h, 101 outputs", "ms", one_run["ms"], one_run_rr["ms"], RR, 1.0),
        faster("24 h, 101 outputs", "ms", one_run["ms"], one_run_copasi["ms"], COPASI, 1.0),
        more(f"ensemble of {members}", "runs/s per core", one, batch_rr["rate"], RR, 2.5),
        more(f"ensemble of {members}", "runs/s per core", one, batch_copasi["rate"], COPASI, 5.0),
        below(
            "ensemble: members that failed, of 200",
            "members",
            batch["failed"],
            1,
            batch_copasi["failed"],
            COPASI,
        ),
        more(
            f"ensemble of {members}, 2 threads",
            "runs/s",
            cores["two"],
            cores["one"],
            "ours, 1 thread",
            1.8,
        ),
        below("24 h: agreement", "relative", _apart(states["ours"], states["rr"]), 1e-4, None, RR),
        below(
            "24 h: agreement",
            "relative",
            _apart(states["ours"], states["copasi"]),
            1e-4,
            None,
            COPASI,
        ),
        below("ensemble: agreement", "relative", _apart(ends["ours"], ends["rr"]), 1e-4, None, RR),
        below(
            "ensemble: agreement",
            "relative",
            _apart(ends["ours"], ends["copasi"]),
            1e-4,
            None,
            COPASI,
        ),
        below(REST, "ms", rest["ms"], 10, rest_rr["ms"], RR),
        below(REST, "ms", rest["ms"], 10, rest_copasi["ms"], COPASI),
        below(
            CONTROL,
            "ms",
            rest["control_ms"],
            20,
            rest_rr["control_ms"],
            RR,
        ),
        below("summation theorems", "largest error", rest["summation"], 1e-10, None, ""),
        above("steady states of 100 starts", "found", rest["found"], 100, rest_rr["found"], RR),
        above(
            "steady states of 100 starts",
            "found",
            rest["found"],
            100,
            rest_copasi["found"],
            COPASI,
        ),
    ]


def _hold(text: str, held: list[str]) -> str:
    """Return the model with some species held (as boundary species)."""
    import libsbml

    document = libsbml.readSBMLFromString(text)
    for name in held:
        species = document.getModel().getSpecies(name)
        if species is not None:
            species.setBoundaryCondition(True)
    return libsbml.writeSBMLToString(document)


def _draw(text: str, members: int, folder: Path) -> None:
    """Write the ensemble: every constant parameter times a factor of 0.9 to 1.1 (seed 1).

    Left out are parameters that an initial assignment depends on, since programs differ in when
    they carry a change through.
    """
    import libsbml

    from cahill.io.sbml import read_sbml

    document = libsbml.readSBMLFromString(text)
    model, system = document.getModel(), read_sbml(text).system
    tied: set[str] = set()
    for assignment in model.getListOfInitialAssignments():
        _collect_names(assignment.getMath(), model, tied)
    ids = [p.getId() for p in model.getListOfParameters()]
    names = [n for n in ids if n in set(system.parameter_names) - tied]
    values = np.array([system.default_parameters[system.parameter_index(n)] for n in names])
    factors = np.random.default_rng(1).uniform(0.9, 1.1, (members, len(names)))
    np.save(folder / "matrix.npy", values * factors)
    species = {s.getId(): s.getHasOnlySubstanceUnits() for s in model.getListOfSpecies()}
    shared = {
        "names": names,
        "states": system.state_names,
        "shown": [f"[{n}]" if n in species and not species[n] else n for n in system.state_names],
        "species": [n in species for n in system.state_names],
    }
    (folder / "layout.json").write_text(json.dumps(shared), encoding="utf-8")


def _collect_names(node, model, names: set[str]) -> None:
    """Add every name under a node, and what the assignment rules of those names depend on."""
    if node.isName() and node.getName() not in names:
        names.add(node.getName())
        rule = model.getAssignmentRuleByVariable(node.getName())
        if rule is not None:
            _collect_names(rule.getMath(), model, names)
    for place in range(node.getNumChildren()):
        _collect_names(node.getChild(place), model, names)


def _apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    """Return the largest difference relative to the value (or a millionth of its column's top)."""
    top = np.abs(theirs).max(axis=0, keepdims=True)
    gap = np.abs(ours - theirs) / (np.abs(theirs) + 1e-6 * top + 1e-300)
    return float(np.nanmax(gap))  # a member the peer failed on has no numbers


def load(model: str) -> dict:
    """Read and compile once in this process."""
    from cahill.io.sbml import read_sbml
    from cahill.numerics.ode import integrate

    text = Path(model).read_text(encoding="utf-8")
    start = time.perf_counter()
    integrate(read_sbml(text).system, [0.0])
    return {"s": time.perf_counter() - start}


def course(model: str, folder: str) -> dict:
    """Time one time course."""
    from cahill.io.sbml import read_sbml
    from cahill.numerics.ode import integrate

    system, times = read_sbml(Path(model)).system, np.linspace(0, DAY, 101)
    np.save(Path(folder) / "course_ours.npy", integrate(system, times, rtol=RTOL).states)
    return {"ms": timed(lambda: integrate(system, times, rtol=RTOL))}


def _ensemble(model: str, folder: str) -> tuple[Callable[[int], "EnsembleSolution"], int]:
    """Return what runs the ensemble on some threads (states only, as the peers), and its size."""
    from cahill.io.sbml import read_sbml
    from cahill.numerics.ode import ensemble

    system, times = read_sbml(Path(model)).system, np.linspace(0, DAY, 101)
    names, matrix = layout(folder)
    full = np.tile(system.default_parameters, (len(matrix), 1))
    full[:, [system.parameter_index(name) for name in names["names"]]] = matrix
    ensemble(system, times, full[:8], rtol=RTOL)

    def run(jobs: int) -> "EnsembleSolution":
        return ensemble(system, times, full, rtol=RTOL, with_observables=False, jobs=jobs)

    return run, len(full)


def ensemble_run(model: str, folder: str) -> dict:
    """Time the ensemble on one thread."""
    run, count = _ensemble(model, folder)
    start = time.perf_counter()
    found = run(1)
    spent = time.perf_counter() - start
    np.save(Path(folder) / "ends_ours.npy", found.states[:20, -1])
    return {"rate": count / spent, "failed": len(found.failures)}


def scaling(model: str, folder: str) -> dict:
    """Time the ensemble on one thread and on two, in turn, and keep the best of five of each.

    In turn and the best, because other work on the machine takes from two threads what it leaves
    to one.
    """
    run, count = _ensemble(model, folder)
    spent: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(5):
        for jobs, record in spent.items():
            start = time.perf_counter()
            run(jobs)
            record.append(time.perf_counter() - start)
    return {"one": count / min(spent[1]), "two": count / min(spent[2])}


def steady(model: str) -> dict:
    """Time steady state and control analysis from scattered starts; count those that rest."""
    from cahill.io.sbml import read_sbml
    from cahill.numerics.control import control
    from cahill.numerics.steady_state import steady_state

    system = read_sbml(Path(model)).system
    steady_state(system)  # compiles
    control(system)
    found, searching, analysing = 0, [], []
    for start in scatter(system.default_state):
        begin = time.perf_counter()
        there = steady_state(system, state=start, raise_on_failure=False)
        searching.append(time.perf_counter() - begin)
        if there.ok and there.stable:
            found += 1
            control(system, steady=there)
            analysing.append(time.perf_counter() - begin)
    coefficients = control(system)
    sums = (
        np.nansum(coefficients.flux_control, axis=1)[
            ~np.isnan(coefficients.flux_control).any(axis=1)
        ]
        - 1,
        np.nansum(coefficients.concentration_control, axis=1),
    )
    return {
        "ms": 1e3 * statistics.median(searching),
        "control_ms": 1e3 * statistics.median(analysing),
        "summation": float(max(np.max(np.abs(part)) for part in sums)),
        "found": found,
    }


OURS = {
    "load": load,
    "course": course,
    "ensemble": ensemble_run,
    "scaling": scaling,
    "steady": steady,
}

if __name__ == "__main__":
    main()
