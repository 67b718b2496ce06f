"""Screens of serum tests on a cohort of 50 million results, and beside the rules of peers.

A row is one result of one test at one visit, ten a patient on average. Each screen runs in a fresh
process under a memory limit and writes its findings as Parquet; the time is from opening the files
to the last finding. Then the rules of hep-explorer and admiral, written anew from what they do,
run on the CDISC pilot extract beside ours.

    python benchmarks/serum.py [--rows 50000000] [--memory 1536MB] [--threads 2] [--engine duckdb]
"""

import sys
import tempfile
from pathlib import Path

from _serum_peers import pilot
from _table import ROOT, Row, arguments, below, in_process, show
from simulated.cohort import SUBJECTS_A_FILE, write_cohort

PILOT = ROOT.parent / "shared" / "data" / "serum" / "cdisc_pilot_adlbc.csv"
FULL = 50_000_000

CASES = (
    # name, rule, a finding for everyone, seconds allowed at 50 million rows (None: no goal)
    ("highest band and peak of ALT, everyone", "ctcae-alt@4.03", True, 15.0),
    ("Hy's law within 30 d, who meets it", "hys-law@FDA-2009", False, 6.0),
    ("persistence >= 183 d, everyone", "persistence@6-months", True, 30.0),
    ("Hy's law within 30 d, everyone", "hys-law@FDA-2009", True, None),
    ("eDISH peaks of ALT and TBL, everyone", "edish@2008", True, 15.0),
)
MEMORY = 2.5  # GiB, resident, at any size


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    parser.add_argument("--rows", type=int, default=FULL)
    parser.add_argument("--memory", default="1536MB", help="of the engine; the process takes more")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--engine", default="duckdb", choices=("duckdb", "spark"))
    parser.add_argument("--folder", type=Path, help="for the cohort; kept, and used again")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.gettempdir()) / "cahill-serum-cohort"
    paths = write_cohort(folder, given.rows, progress=_progress)
    rows: list[Row] = []
    for number, (name, rule, everyone, goal) in enumerate(CASES, start=1):
        _say(f"screen {number} of {len(CASES)}: {name}")
        task = {"rule": rule, "everyone": everyone, "folder": str(folder), "files": len(paths)}
        task |= {"memory": given.memory, "threads": given.threads, "engine": given.engine}
        worker = str(Path(__file__).with_name("_serum_work.py"))
        found = in_process(worker, task, peer=False)
        took = f"{found['seconds']:.1f} s ({found['cpu']:.1f} s of processor)"
        _say(f"  {took}, {found['GiB']:.2f} GiB, {found['findings']}")
        full = given.rows == FULL and given.engine == "duckdb"
        case = f"{given.rows / 1e6:g} M rows: {name}"
        if goal is not None and full:
            rows.append(below(case, "s", found["seconds"], goal, None, given.engine))
        else:
            rows.append(Row(case, "s", found["seconds"], None, given.engine, None, "-", True))
        rows.append(below(case, "GiB", found["GiB"], MEMORY, None, given.engine))
    show(rows, given.json)
    if PILOT.exists():
        _say(pilot(PILOT))


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else "\r"
    print(
        f"cohort: file {done} of {total} ({SUBJECTS_A_FILE} patients each)",
        end=end,
        file=sys.stderr,
    )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
