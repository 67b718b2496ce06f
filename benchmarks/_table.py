"""What every benchmark shares: rows, their table, and the peers' own environment.

A benchmark prints a table, or with `--json` a list of objects {case, metric, ours, peer, peer_name,
ratio, goal, met}. `ratio` says how many times better we are than the peer (above 1: better),
whatever the metric; it is null where there is no peer.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PEER_PYTHON = ROOT / ".venv-bench" / "bin" / "python"


@dataclass(frozen=True)
class Row:
    """One measurement beside its peer and its goal."""

    case: str
    metric: str
    ours: float
    peer: float | None
    peer_name: str
    ratio: float | None
    goal: str
    met: bool


def faster(case: str, metric: str, ours: float, peer: float | None, name: str, least: float) -> Row:
    """Return a row of times: the peer's over ours must be at least `least`."""
    ratio = None if peer is None else peer / ours
    # A peer that gives no answer is beaten.
    return Row(
        case, metric, ours, peer, name, ratio, f">= {least:g} x", ratio is None or ratio >= least
    )


def more(case: str, metric: str, ours: float, peer: float | None, name: str, least: float) -> Row:
    """Return a row of rates: ours over the peer's must be at least `least`."""
    ratio = None if not peer else ours / peer
    return Row(
        case, metric, ours, peer, name, ratio, f">= {least:g} x", ratio is None or ratio >= least
    )


def below(case: str, metric: str, ours: float, limit: float, peer: float | None, name: str) -> Row:
    """Return a row whose value must stay below a limit, the peer's being shown beside it."""
    ratio = None if peer is None or not ours else peer / ours
    return Row(case, metric, ours, peer, name, ratio, f"< {limit:g}", ours < limit)


def above(case: str, metric: str, ours: float, least: float, peer: float | None, name: str) -> Row:
    """Return a row whose value must reach a number, the peer's being shown beside it."""
    ratio = None if not peer else ours / peer
    return Row(case, metric, ours, peer, name, ratio, f">= {least:g}", ours >= least)


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that knows `--json`."""
    parser = argparse.ArgumentParser(description=(description or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print a list of objects")
    return parser


def show(rows: Sequence[Row], as_json: bool) -> None:
    """Print the rows."""
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
        return
    lines = [("case", "metric", "ours", "peer", "", "ratio", "goal", "met")]
    for row in rows:
        lines.append(
            (
                row.case,
                row.metric,
                f"{row.ours:.4g}",
                "-" if row.peer is None else f"{row.peer:.4g}",
                row.peer_name,
                "-" if row.ratio is None else f"{row.ratio:.2f}",
                row.goal,
                "yes" if row.met else "NO",
            )
        )
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def in_process(script: str, task: dict[str, Any], peer: bool = True) -> Any:
    """Run `script --worker TASK` in a fresh process and return what it prints as JSON.

    Parameters
    ----------
    script : str
        The benchmark, called again with `--worker`.
    task : dict
        What it is to do.
    peer : bool
        In the peers' environment, or in ours.
    """
    python = str(PEER_PYTHON) if peer else sys.executable
    if peer and not PEER_PYTHON.exists():
        raise SystemExit("the peers' environment is missing; run: make bench-env")
    done = subprocess.run(
        [python, script, "--worker", json.dumps(task)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"worker {task.get('task')} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
