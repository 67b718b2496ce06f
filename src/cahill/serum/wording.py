"""The words of every answer on serum tests: what must stand there and what never may.

An answer says whether biochemical criteria are met and leaves cause and consequence to the reader.
The sentences are written once, here; `faults` finds whatever breaks the rules in any output, and a
test runs it over all of them.
"""

import re
from collections.abc import Iterator, Mapping

RESEARCH_USE = "research use only"
"""Must stand in every output that a person reads."""

CAUSE = "cause not assessed"
"""Must stand in every output that a person reads."""

CARE = f"{RESEARCH_USE.capitalize()}; {CAUSE}."
"""Closes every summary."""

CARE_LONG = (
    f"{CARE} A rule says whether biochemical criteria are met on the values and limits shown, and "
    "nothing on why, on what follows from it, or on the person's health."
)
"""Opens every report."""

OUTCOMES: Mapping[bool | None, str] = {
    True: "biochemical criteria met",
    False: "biochemical criteria not met",
    None: "undetermined",
}
"""An evaluation's outcome in words."""

REQUIRED = (RESEARCH_USE, CAUSE)

FORBIDDEN: Mapping[str, re.Pattern[str]] = {
    "a diagnosis": re.compile(r"(?<!not a )(?<!no )\bdiagnos(?:is|es|ed|tic)\b", re.I),
    "Hy's law case": re.compile(r"\bhy.?s[ -]law[ -](?:case|patient|subject)s?\b", re.I),
    "drug caused": re.compile(
        r"\b(?:drug|medicine|treatment)[ -](?:has |have )?caused\b"
        r"|\bcaused by (?:the |a )?(?:\w+ )?(?:drug|medicine|treatment)\b",
        re.I,
    ),
    "safe": re.compile(r"\b(?:un)?safe(?:ly)?\b", re.I),
    "stop the drug": re.compile(
        r"\b(?:stop|discontinue|withdraw|cease|halt)(?:s|ped|ping|d|ing)?"
        r" (?:the |all |any |study |this )*(?:drug|medicine|medication|treatment|dosing)\b",
        re.I,
    ),
    "healthy": re.compile(r"\b(?:is|are|looks?|appears?) (?:un)?healthy\b", re.I),
}
"""What no output may say, by the name under which a fault is reported."""

_SENTENCE = re.compile(r"(?<=[.;!?])\s+|\n+")
# Moderate exercise is none of the value's.
_SEVERITY = re.compile(r"\b(?:mild|moderate|severe|massive)(?:ly)?\b(?! aerobic)", re.I)
_LADDER = re.compile(r"\b(?:acg|ctcae|ladder)", re.I)
# "Limit of normal" names the limit, "normal baseline" the condition of a grading, and a
# log-normal change a distribution; none of them calls a result normal.
_NORMAL = re.compile(r"(?<!of )(?<!log-)\bnormal\b(?! (?:baseline|distribution))", re.I)
_UNIT = re.compile(r"\b(?:[UIg]U?/L|[um]?mol/L|mg/dL|g/dL|10\*9/L|ukat/L)", re.I)
_LIMIT = re.compile(r"\b(?:ULN|limit)", re.I)


def outcome_words(outcome: bool | None) -> str:
    """Return an evaluation's outcome in words."""
    return OUTCOMES[outcome]


def missing_words(text: str) -> tuple[str, ...]:
    """Return the required phrases that a whole output (summary, report, page) lacks."""
    lower = " ".join(text.lower().split())
    return tuple(phrase for phrase in REQUIRED if phrase not in lower)


def faults(text: str) -> tuple[str, ...]:
    """Return what a text says and must not, each with the sentence in which it stands.

    Parameters
    ----------
    text : str
        Sentences; a row of a table is one line.

    Returns
    -------
    tuple of str
        "phrase: sentence". A word of severity needs the name of its ladder in the same sentence;
        "normal" needs a unit and a limit.
    """
    return tuple(fault for sentence in _SENTENCE.split(text) for fault in _faults_of(sentence))


def _faults_of(sentence: str) -> Iterator[str]:
    shown = " ".join(sentence.split())
    for name, pattern in FORBIDDEN.items():
        if pattern.search(shown):
            yield f"{name}: {shown}"
    if _SEVERITY.search(shown) and not _LADDER.search(shown):
        yield f"severity without its ladder: {shown}"
    if _NORMAL.search(shown) and not (_UNIT.search(shown) and _LIMIT.search(shown)):
        yield f"normal without unit and limit: {shown}"
