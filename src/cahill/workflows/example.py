"""Write example data to try a command on."""

from pathlib import Path

from cahill.errors import InputError


def example(
    name: str | None = None, out: Path | None = None, *, force: bool = False
) -> dict[str, str]:
    """Write example data of an assay, or list what there is.

    Parameters
    ----------
    name : str, optional
        Name of the example; the list of all if absent.
    out : Path, optional
        Folder to write into; one of the example's name if absent.
    force : bool
        Write into a folder that is not empty.
    """
    from cahill.io.examples import example_commands, example_names, example_title, write_example

    if name is None:
        if out is not None:
            raise InputError(f"which example? choose from {', '.join(example_names())}")
        return {one: example_title(one) for one in example_names()}
    folder = out or Path(name)
    written = write_example(name, folder, force)
    return {
        "files": ", ".join(path.name for path in written),
        "folder": str(folder),
        "try": " && ".join([f"cd {folder}", *example_commands(name)]),
    }
