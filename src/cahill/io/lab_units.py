"""Tests and units by whitelist: what a file calls them, and the exact factor to the held unit.

Nothing is guessed: a name or unit that is not listed in `data/serum/tests.tsv` or
`data/serum/units.tsv` is not used. Factors are decimal fractions, applied in whole numbers to the
value and to its limits alike, so that their ratio stays what it was.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import resources

ENZYMES = ("ALT", "AST", "ALP", "GGT", "CK")
"""Tests for which an international unit is a U; for no other test is IU/L accepted."""

_GROUPS = {"enzyme": ENZYMES, "bilirubin": ("TBL", "DBL")}

HIGHEST = {
    "ALT": 100_000,
    "AST": 100_000,
    "ALP": 100_000,
    "GGT": 100_000,
    "CK": 10_000_000,
    "TBL": 3_000,
    "DBL": 3_000,
    "ALB": 150,
    "INR": 100,
    "PLT": 20_000,
    "EOS": 100,
    "HB": 250,
}
"""Values above these, in the held unit, are taken for errors of writing. Assumed: several times the
highest that are seen in people, so that nothing real is lost; a per cent ends at 100."""


@dataclass(frozen=True)
class Meaning:
    """What a name and a unit in a file mean.

    Parameters
    ----------
    test : str
        A key of `cahill.core.laboratory.TESTS`; blank if it is another test.
    method : str
        "with P5P", "without P5P" or "".
    factor : Fraction or None
        From the written unit to the held one; None if the unit is missing or unknown.
    reason : str
        A word of `REASONS` if the row cannot be used, else blank.
    unit : str
        The unit as it was taken, for counts.
    """

    test: str
    method: str = ""
    factor: Fraction | None = None
    reason: str = ""
    unit: str = ""


def bare_name(text: str) -> str:
    """Return a test's name without case, blanks and punctuation, and without its unit."""
    return re.sub(r"[\W_]+", "", re.sub(r"\([^()]*\)\s*$", "", text.strip())).casefold()


def bare_unit(text: str) -> str:
    """Return a unit's text without case and blanks; both micro signs as "u"."""
    return re.sub(r"\s+", "", text.replace("\u00b5", "u").replace("\u03bc", "u")).casefold()


@cache
def _rows(name: str) -> tuple[tuple[str, ...], ...]:
    text = resources.files("cahill.data.serum").joinpath(name).read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and line[0] != "#"]
    width = len(lines[0])
    return tuple(tuple((line + [""] * width)[:width]) for line in lines[1:])


@cache
def known_tests() -> dict[str, tuple[str, str]]:
    """Return test and method by name, LOINC code ("1742-6") or OMOP concept ("omop 3006923")."""
    known: dict[str, tuple[str, str]] = {}
    for test, system, code, method, _ in _rows("tests.tsv"):
        key = {"loinc": code, "omop": f"omop {code}", "name": bare_name(code)}[system]
        known[key] = (test, method)
    return known


@cache
def unit_factors() -> dict[tuple[str, str], Fraction]:
    """Return the factor by test and bare unit."""
    return {
        (test, bare_unit(unit)): Fraction(factor)
        for group, unit, factor, _ in _rows("units.tsv")
        for test in _GROUPS.get(group, (group,))
    }


def codes(test: str, system: str, method: str = "") -> tuple[str, ...]:
    """Return the codes of a test in "loinc", "omop" or "name" (its CDISC code first)."""
    return tuple(
        code
        for known, kind, code, how, _ in _rows("tests.tsv")
        if known == test and kind == system and how == method
    )


def meaning(test: str, unit: str, *, fallback: str = "") -> Meaning:
    """Return what a test's name and its unit mean.

    Parameters
    ----------
    test : str
        Name or code as in the file; a unit in brackets at its end ("ALT (U/L)") is its unit if
        the file gives no other.
    unit : str
        As in the file; may be blank.
    fallback : str
        Unit that was asked for rows without one.
    """
    found = known_tests().get(test.strip()) or known_tests().get(bare_name(test))
    # A name with a leading underscore is not the test: ADaM writes "_ALT" for a change.
    if not found or test.strip().startswith("_"):
        return Meaning("", reason="other test")
    known, method = found
    written = unit.strip()
    if not written:
        bracket = re.search(r"\(([^()]*)\)\s*$", test)
        written = bracket[1] if bracket else fallback.strip()
    factor = unit_factors().get((known, bare_unit(written)))
    if factor is None:
        return Meaning(known, method, None, "unit unknown" if written else "unit missing", written)
    return Meaning(known, method, factor, "", written)
