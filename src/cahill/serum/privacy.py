"""Pseudonyms for subjects, and counts too small to publish.

Neither is anonymity: dates, arms and values remain, and may name a person to those who know one.
"""

import hashlib
import hmac
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from cahill.errors import InputError

LEAST_KEY = 16
"""Bytes; a shorter key could be found by trying (NIST SP 800-107 asks for 112 bits at least)."""

PSEUDONYM_BYTES = 10
"""80 bits: among 10 million subjects two share a pseudonym with probability 4e-11."""


def read_key(path: str | Path) -> bytes:
    """Read the secret of a keyed hash; white space at the ends does not count.

    Raises
    ------
    InputError
        If the file cannot be read or holds fewer than 16 bytes.
    """
    path = Path(path)
    try:
        key = path.read_bytes().strip()
    except OSError as problem:
        raise InputError(
            f"{path}: {problem.strerror or 'it cannot be read'}; write the key into a file that "
            "you keep, such as: openssl rand -hex 32 > key.txt"
        ) from None
    if len(key) < LEAST_KEY:
        raise InputError(
            f"{path}: the key has {len(key)} bytes; give at least {LEAST_KEY} random ones, such "
            "as: openssl rand -hex 32 > key.txt"
        )
    return key


def pseudonym(subject: str, key: bytes) -> str:
    """Return a subject's pseudonym: "P-" and 16 letters and digits of its HMAC-SHA-256.

    The same subject has the same pseudonym under one key, and nobody without the key can tell
    which subject it is, even by trying all names.
    """
    hashed = hmac.new(key, subject.encode("utf-8"), hashlib.sha256).digest()
    return f"P-{b32encode(hashed[:PSEUDONYM_BYTES]).decode('ascii')}"


def pseudonyms(subjects: Iterable[str], key: bytes) -> dict[str, str]:
    """Return the pseudonym of every subject, by subject.

    Raises
    ------
    InputError
        If two subjects share one.
    """
    named = {subject: pseudonym(subject, key) for subject in dict.fromkeys(subjects)}
    if len(set(named.values())) < len(named):
        raise InputError("two subjects have the same pseudonym; use another key")
    return named


def pseudonymise(
    frame: pd.DataFrame, key: bytes, *, column: str = "subject", texts: Sequence[str] = ()
) -> pd.DataFrame:
    """Replace the subjects of a frame by their pseudonyms.

    Parameters
    ----------
    frame : pandas.DataFrame
    key : bytes
        As `read_key` returns it.
    column : str
        Holds the subject; missing ones stay missing.
    texts : sequence of str
        Columns in words; a row's own subject is replaced there too.
    """
    known = frame[column].notna()
    names = pseudonyms(frame.loc[known, column].astype(str), key)
    subjects = [str(name) if there else None for name, there in zip(frame[column], known)]
    replaced = {column: [names[name] if name is not None else None for name in subjects]}
    for text in texts:
        replaced[text] = [
            words.replace(name, names[name]) if name and isinstance(words, str) else words
            for name, words in zip(subjects, frame[text])
        ]
    return frame.assign(**{name: pd.Series(new, frame.index) for name, new in replaced.items()})


def suppress_small_cells(
    frame: pd.DataFrame,
    counts: Mapping[str, Sequence[str]],
    least: int,
    *,
    totals: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Replace counts of subjects from 1 to below `least` by "<least".

    Where one count of a group is suppressed and the group's total is known elsewhere, it could be
    found by subtraction; the next smallest is then withheld too, and reads "withheld".

    Parameters
    ----------
    frame : pandas.DataFrame
        Counts, a row each.
    counts : mapping of str to sequence of str
        The columns of counts, and by each the columns computed from it (shares, intervals), which
        are emptied with it.
    least : int
        The smallest count shown, such as 5; zero is shown.
    totals : sequence of str, optional
        Columns naming the groups whose totals are known; an empty sequence makes all rows one
        group; None: no total is known.

    Raises
    ------
    InputError
        If `least` is below 1.
    """
    if least < 1:
        raise InputError(f"--small-cells {least}: give the smallest count to show, such as 5")
    shown = frame.copy()
    for column, derived in counts.items():
        number = pd.to_numeric(frame[column])
        small = (number > 0) & (number < least)
        withheld = _second(frame, number, small, totals)
        hidden = small | withheld
        shown[column] = frame[column].astype(object).mask(small, f"<{least}")
        shown[column] = shown[column].mask(withheld, "withheld")
        for name in derived:
            shown[name] = frame[name].mask(hidden)
    return shown


def _second(
    frame: pd.DataFrame, number: pd.Series, small: pd.Series, totals: Sequence[str] | None
) -> pd.Series:
    """Mark, in every group with one suppressed count, the smallest of the others that are seen."""
    second = pd.Series(False, frame.index)
    if totals is None:
        return second
    keys = [frame[name] for name in totals] or [pd.Series(0, frame.index)]
    alone = small.groupby(keys, dropna=False).transform("sum") == 1
    others = number.where(alone & ~small & (number > 0))
    rank = others.groupby(keys, dropna=False).rank(method="first")
    return second | (rank == 1)
