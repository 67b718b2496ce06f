"""Read a labelling study whatever its format: FluxML, an equation network, or tidy tables."""

from pathlib import Path

from cahill.core.labelling import TracingStudy
from cahill.errors import InputError
from cahill.io.equation_data import MID_FLOOR
from cahill.io.equation_tables import (
    condition_names,
    equation_files,
    is_equation_folder,
    read_equation_tables,
)
from cahill.io.fluxml import configuration_names, read_fluxml
from cahill.io.label_tables import TABLES, TEXTS, is_label_tables, read_label_tables

FORMATS = (
    "a FluxML file, a table with the columns RxnID rxnEq rxnCTrans rxnType or its folder, or tidy "
    "tables with network.tsv (cahill template study shows them)"
)


def study_choices(path: str | Path) -> tuple[str, ...]:
    """Return the configurations (FluxML) or conditions (equation tables) to choose from.

    Parameters
    ----------
    path : str or Path
        A study in any format.

    Returns
    -------
    tuple of str
        Empty if there is nothing to choose: tidy tables, a bare network.

    Raises
    ------
    InputError
        If the path is no study.
    """
    kind = _format(Path(path))
    if kind == "fluxml":
        return configuration_names(path)
    return condition_names(path) if kind == "equations" else ()


def read_study(
    path: str | Path,
    condition: str | None = None,
    configuration: str | None = None,
    mid_floor: float | None = None,
) -> TracingStudy:
    """Read a network with its labelling experiments.

    Parameters
    ----------
    path : str or Path
        FluxML, equation tables or tidy tables; recognised by what the file or folder holds.
    condition : str, optional
        Condition of equation tables; needed if they have measurements.
    configuration : str, optional
        Configuration of a FluxML file; needed if it has several.
    mid_floor : float, optional
        Smallest standard deviation of an isotopologue fraction that comes from replicates;
        `MID_FLOOR` by default. FluxML has no replicates.

    Raises
    ------
    InputError
        If the path is no study, a choice is missing, or its format has no such choice; naming file
        and row.
    UnknownNameError
        If there is no such condition or configuration.
    """
    path = Path(path)
    kind = _format(path)
    if condition is not None and kind != "equations":
        raise InputError(f'{path} has no conditions; leave out the condition "{condition}"')
    if configuration is not None and kind != "fluxml":
        raise InputError(
            f'{path} has no configurations; leave out the configuration "{configuration}"'
        )
    if mid_floor is not None and (kind == "fluxml" or not mid_floor > 0):
        raise InputError(
            f"{path} has no replicates; leave out the floor of their errors"
            if kind == "fluxml"
            else f"floor of the errors: {mid_floor:g} is not positive; 0.01 is usual"
        )
    floor = MID_FLOOR if mid_floor is None else mid_floor
    if kind == "fluxml":
        return read_fluxml(path, configuration)
    if kind == "equations":
        return read_equation_tables(path, condition, floor)
    return read_label_tables(path, floor)


def read_studies(
    path: str | Path, condition: str | None = None, configuration: str | None = None
) -> tuple[TracingStudy, ...]:
    """Read a study in the condition or configuration asked for, or in all it has.

    Raises
    ------
    InputError, UnknownNameError
        As `read_study`.
    """
    kind = _format(Path(path))
    choices = study_choices(path)
    if condition is not None or configuration is not None or not choices:
        return (read_study(path, condition, configuration),)
    if kind == "fluxml":
        return tuple(read_study(path, configuration=name) for name in choices)
    return tuple(read_study(path, condition=name) for name in choices)


def is_study(path: str | Path) -> bool:
    """Return whether a path holds a study in one of the formats."""
    try:
        _format(Path(path))
    except InputError:
        return False
    return True


def study_files(path: str | Path) -> tuple[Path, ...]:
    """Return the files a study is read from, for the record of what a result rests on.

    Raises
    ------
    InputError
        If the path is no study.
    """
    path = Path(path)
    kind = _format(path)
    if path.is_file():
        return (path,)
    if kind == "equations":
        return equation_files(path)
    texts = (file for file in sorted(path.iterdir()) if file.suffix.lower() in TEXTS)
    return tuple(file for file in texts if file.stem.lower() in TABLES)


def _format(path: Path) -> str:
    if not path.exists():
        raise InputError(f"{path} does not exist; give {FORMATS}")
    if path.is_file() and _looks_like_xml(path):
        return "fluxml"
    if is_equation_folder(path):
        return "equations"
    if is_label_tables(path):
        return "tables"
    raise InputError(f"{path} is no study; give {FORMATS}")


def _looks_like_xml(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
