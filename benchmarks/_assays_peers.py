"""The peers of the bench, in their own environment: allotropy reads files, rdmlpython finds Cq.

Run by `in_environment`; prints one JSON object. It imports nothing of `cahill`.
"""

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-bench-assays" / "bin" / "python"


def in_environment(task: str, *paths: Path) -> dict[str, Any] | None:
    """Run a task in the peers' environment; None if it is not there.

    Parameters
    ----------
    task : {"allotropy", "rdmlpython"}
    *paths : Path
        Files to work on.
    """
    if not PYTHON.exists() or not all(path.exists() for path in paths):
        return None
    command = [str(PYTHON), __file__, task, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"peer {task} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


VENDORS = {
    "gen5": "AGILENT_GEN5",
    "quantstudio_export": "APPBIO_QUANTSTUDIO",
    "quantstudio_standard": "APPBIO_QUANTSTUDIO_DESIGNANDANALYSIS",
    "cfx": "CFXMAESTRO",
}


def allotropy(paths: list[str]) -> dict[str, Any]:
    """Return the median CPU time of reading each file, s (null where it is refused)."""
    from allotropy.parser_factory import Vendor
    from allotropy.to_allotrope import allotrope_from_file

    seconds: dict[str, float | None] = {}
    for path in paths:
        name = Path(path).name
        vendor = next(Vendor[code] for start, code in VENDORS.items() if name.startswith(start))
        times = []
        try:
            for _ in range(4):
                start = time.process_time()
                allotrope_from_file(path, vendor)
                times.append(time.process_time() - start)
        except Exception as error:  # noqa: BLE001 - a peer's refusal is a result
            print(f"{name}: {error}", file=sys.stderr)
        # The first reading also imports the parser.
        seconds[name] = statistics.median(times[1:]) if times else None
    return seconds


def rdmlpython(paths: list[str]) -> dict[str, Any]:
    """Return curves per CPU-second of LinRegPCR, its Cq by well and target."""
    import rdmlpython as rdml

    run = next(run for e in rdml.Rdml(paths[0]).experiments() for run in e.runs())
    start = time.process_time()
    found = run.linRegPCR(updateRDML=False, saveResultsList=True)
    seconds = time.process_time() - start
    header, *rows = found["resultsList"]
    return {"curves": len(rows), "seconds": seconds, "header": header, "rows": rows}


if __name__ == "__main__":
    tasks = {"allotropy": allotropy, "rdmlpython": rdmlpython}
    print(json.dumps(tasks[sys.argv[1]](sys.argv[2:]), default=str))
