"""Hand an answer to the user: a sentence, JSON, or a folder."""

import json
from pathlib import Path
from typing import Any


def deliver(answer: Any, folder: Path | None, as_json: bool) -> None:
    """Save an answer if a folder is given, then print it.

    Parameters
    ----------
    answer : str, Path or result
        A result has `summary`, `to_json` and `save`.
    folder : Path, optional
        Where to save the result.
    as_json : bool
        Print JSON and nothing else.
    """
    saved = answer.save(folder) if folder is not None else ()
    if as_json:
        print(_json(answer))
        return
    print(answer.summary() if hasattr(answer, "summary") else answer)
    for path in saved or ():
        print(path)


def _json(answer: Any) -> str:
    """Return the answer as JSON text; text and paths become JSON strings."""
    if hasattr(answer, "to_json"):
        return answer.to_json()
    return json.dumps(str(answer))
