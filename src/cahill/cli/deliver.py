"""Hand an answer to the user: a sentence, JSON, or a folder."""

import json
from pathlib import Path
from typing import Any


def deliver(answer: Any, folder: Path | None, as_json: bool) -> int:
    """Save an answer if a folder is given, then print it.

    Parameters
    ----------
    answer : str, Path, dict of str to str, or result
        A result has `summary`, `to_json` and `save`.
    folder : Path, optional
        Where to save the result; prepared already.
    as_json : bool
        Print JSON and nothing else.

    Returns
    -------
    int
        Exit status: the answer's own `exit_status` if it has one (a run that ended, with doubts
        about its input), else 0.
    """
    status = int(getattr(answer, "exit_status", 0))
    saved = answer.save(folder, force=True) if folder is not None else None
    if as_json:
        print(answer.to_json() if hasattr(answer, "to_json") else json.dumps(answer, default=str))
        return status
    print(_text(answer))
    for path in saved or ():
        print(path)
    return status


def _text(answer: Any) -> str:
    """Return what a person reads: a result's sentence, a line an entry, or the text itself."""
    if hasattr(answer, "summary"):
        detail = answer.lines() if hasattr(answer, "lines") else []
        return "\n".join([*detail, answer.summary()])
    if isinstance(answer, dict):
        width = max(map(len, answer), default=0)
        return "\n".join(f"{key:{width}}  {value}" for key, value in answer.items())
    return str(answer)
