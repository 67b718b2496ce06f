"""One screen in a fresh process: seconds, peak memory, findings. Called by `serum.py`."""

import json
import resource
import sys
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from cahill.serum.engines import load_results, open_engine, save
from cahill.serum.rules import find_rule
from cahill.serum.screens import screen


def run(task: Mapping[str, Any]) -> dict[str, Any]:
    """Screen for one rule and write the findings; return what it took.

    Parameters
    ----------
    task : mapping
        rule, everyone, folder (of the cohort's files), memory, threads, engine.
    """
    warnings.simplefilter("ignore")
    paths = sorted(Path(task["folder"]).glob("cohort-*.parquet"))[: task["files"]]
    rule = find_rule(task["rule"])
    with open_engine(task["engine"], memory=task["memory"], threads=task["threads"]) as engine:
        answer = engine.folder / "findings.parquet"
        start = time.perf_counter()
        save(engine, screen(load_results(engine, paths), [rule], everyone=task["everyone"]), answer)
        seconds = time.perf_counter() - start
        used = resource.getrusage(resource.RUSAGE_SELF)
        counts = pc.value_counts(pq.read_table(answer, columns=["outcome"])["outcome"])
    found = {item["values"]: item["counts"] for item in counts.to_pylist()}
    return {
        "seconds": seconds,
        "cpu": used.ru_utime + used.ru_stime,
        "GiB": used.ru_maxrss / 2**20,
        "findings": found,
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[2]))))
