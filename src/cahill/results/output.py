"""Where results go: never over somebody's files by accident."""

from pathlib import Path

from cahill.errors import InputError


def prepare_output(path: str | Path, force: bool = False) -> Path:
    """Return the output folder, created if need be.

    With `force` a folder with content is accepted: files that cahill writes replace those of the
    same name, and nothing else in it is touched or deleted.

    Raises
    ------
    InputError
        If the path is a file, or a folder with content and `force` is false.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: choose a folder for the output")
    if folder.is_dir() and not force and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty: choose another folder or pass --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        reason = problem.strerror or "it cannot be created"
        raise InputError(f"{folder}: {reason}; choose another folder for the output") from problem
    return folder


def prepare_file(path: str | Path, force: bool = False) -> Path:
    """Return the path of a file to write, its folder created if need be.

    Raises
    ------
    InputError
        If the file exists and `force` is false, or the path is a folder.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(f"{target} is a folder: give the name of a file to write")
    if target.exists() and not force:
        raise InputError(f"{target} exists: choose another name or pass --force")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        reason = problem.strerror or "its folder cannot be created"
        raise InputError(f"{target}: {reason}; choose another place") from problem
    return target
