"""The bench: initial rates, instruments' own results, Cq and bands, beside peers and the truth.

Simulated data come from `benchmarks/simulated`, which shares no code with the estimators; seeds
are fresh and printed. Peers run in `.venv-bench-assays` (make bench-env).
"""

import os

# Small matrices: idle threads of a linear algebra library would only be in the way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from importlib import import_module

from _table import arguments, show

PARTS = ("rates", "plates", "qpcr", "western")


def main() -> None:
    """Run the parts asked for and print their rows."""
    parser = arguments(__doc__)
    parser.add_argument("--part", choices=PARTS, action="append", help="one part only; may repeat")
    parser.add_argument("--quick", action="store_true", help="fewer simulated curves")
    options = parser.parse_args()
    rows = []
    for part in options.part or PARTS:
        rows += import_module(f"_assays_{part}").rows(options.quick)
    show(rows, options.json)


if __name__ == "__main__":
    main()
