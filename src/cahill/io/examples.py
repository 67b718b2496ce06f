"""Example data to try a command on: folders in `data/examples`, each with a README.txt.

The first line of the README says what the data are, its last lines are the commands to run, each
a line that begins with `cahill`.
"""

from importlib.resources import as_file, files
from pathlib import Path

from cahill.errors import InputError, UnknownNameError

README = "README.txt"


def example_names() -> tuple[str, ...]:
    """Return the names of the examples."""
    folders = files("cahill").joinpath("data/examples").iterdir()
    return tuple(sorted(entry.name for entry in folders if entry.joinpath(README).is_file()))


def example_title(name: str) -> str:
    """Return the first line of an example's README.

    Raises
    ------
    UnknownNameError
        If there is no such example.
    """
    return _readme(name).splitlines()[0]


def example_commands(name: str) -> tuple[str, ...]:
    """Return the commands to run in the folder of an example, as its README gives them.

    Raises
    ------
    UnknownNameError
        If there is no such example.
    """
    lines = (line.strip().removeprefix("$ ") for line in _readme(name).splitlines())
    return tuple(line for line in lines if line.startswith("cahill "))


def write_example(name: str, folder: str | Path, force: bool = False) -> tuple[Path, ...]:
    """Write the files of an example into a folder and return them.

    Parameters
    ----------
    name : str
    folder : str or Path
        Made if it does not exist.
    force : bool
        Accept a folder with content; files of the same names are replaced.

    Raises
    ------
    UnknownNameError
        If there is no such example.
    InputError
        If the folder has content and `force` is false, or it cannot be made.
    """
    _check(name)
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not force)):
        fault = "is not empty" if folder.is_dir() else "is a file"
        raise InputError(f"{folder} {fault}: choose another folder or pass --force")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror or error}") from error
    written = []
    with as_file(files("cahill").joinpath("data/examples", name)) as source:
        for file in sorted(path for path in source.iterdir() if path.is_file()):
            target = folder / file.name
            target.write_bytes(file.read_bytes())
            written.append(target)
    return tuple(written)


def _check(name: str) -> None:
    if name not in example_names():
        raise UnknownNameError("example", name, example_names())


def _readme(name: str) -> str:
    _check(name)
    return files("cahill").joinpath("data/examples", name, README).read_text(encoding="utf-8")
