"""What became of every row of the input: evaluated, undetermined, or excluded with a reason.

For a rule a row is evaluated if every criterion about its test is decided for it, undetermined if
one is not (no limit, an interval over the edge, no baseline), and excluded if the rule does not
read its test. In total a row is evaluated if any criterion of any rule is decided for it. Rows that
were excluded when the file was read are added. So, for each rule and in total,

    evaluated + undetermined + other test + excluded = input
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from cahill.serum.engines import Engine, fetch
from cahill.serum.rules import SYMPTOMS, Criterion, Rule
from cahill.serum.screens_compare import UNDETERMINED, compare, limit_ends, value_ends
from cahill.serum.screens_rows import with_baselines


@dataclass(frozen=True)
class Account:
    """Numbers of rows.

    Parameters
    ----------
    rule : str
        "id@version", or "all rules".
    evaluated, undetermined : int
    other_test : int
        Rows of tests that are not read.
    excluded : int
        Rows excluded when the file was read.
    """

    rule: str
    evaluated: int
    undetermined: int
    other_test: int
    excluded: int

    @property
    def input(self) -> int:
        """Rows of the input."""
        return self.evaluated + self.undetermined + self.other_test + self.excluded


def account(
    engine: Engine, table: Any, rules: Sequence[Rule], *, excluded: int = 0
) -> list[Account]:
    """Count the rows that each rule evaluates, and all rules together.

    Parameters
    ----------
    engine : Engine
    table : ibis table
        As `engines.load_results` returns.
    rules : sequence of Rule
    excluded : int
        Rows that were excluded when the file was read.

    Returns
    -------
    list of Account
        One for each rule, then "all rules".
    """
    asked = [_criteria(rule) for rule in rules]
    every = tuple(dict.fromkeys(item for criteria in asked for item in criteria))
    rows = with_baselines(table, every)
    sums: dict[str, Any] = {"all_rows": rows.count()}
    for number, criteria in enumerate([*asked, every]):
        strict = number < len(asked)
        fate = _fate(rows, criteria, strict=strict)
        sums[f"evaluated_{number}"] = (fate == "evaluated").sum()
        sums[f"undetermined_{number}"] = (fate == "undetermined").sum()
    (found,) = fetch(engine, rows.agg(**sums)).to_pylist()
    accounts = []
    for number, name in enumerate([*(rule.key for rule in rules), "all rules"]):
        evaluated = int(found[f"evaluated_{number}"] or 0)
        undetermined = int(found[f"undetermined_{number}"] or 0)
        others = int(found["all_rows"]) - evaluated - undetermined
        accounts.append(Account(name, evaluated, undetermined, others, excluded))
    return accounts


def _criteria(rule: Rule) -> tuple[Criterion, ...]:
    """Return the criteria that are about a test."""
    return tuple(item for item in rule.criteria if item.test and item.test != SYMPTOMS)


def _fate(rows: Any, criteria: Sequence[Criterion], *, strict: bool) -> Any:
    """Return what becomes of each row; null if its test is not read."""
    branches = []
    for test in dict.fromkeys(item.test for item in criteria):
        codes = [
            compare(value_ends(rows), item, limit_ends(rows, item))
            for item in criteria
            if item.test == test
        ]
        decided = [code != UNDETERMINED for code in codes]
        whole = decided[0]
        for one in decided[1:]:
            whole = whole & one if strict else whole | one
        branches.append((rows.test == test, whole.ifelse("evaluated", "undetermined")))
    return ibis.cases(*branches) if branches else ibis.null("string")
