"""Draw the cycle with its fluxes."""

from pathlib import Path

from cahill.errors import InputError

PICTURES = (".svg", ".png", ".pdf")


def draw(file: Path, *, scenario: str = "overnight-fast", force: bool = False) -> Path:
    """Draw the map of the cycle, line widths from the fluxes of a scenario.

    Parameters
    ----------
    file : Path
        Picture to write; its suffix (.svg, .png or .pdf) says in which format.
    scenario : str
        Name of a scenario or path of a TOML file.
    force : bool
        Overwrite the file.
    """
    if file.suffix.lower() not in PICTURES:
        raise InputError(f"{file}: is not a picture; end the name with {', '.join(PICTURES)}")
    from cahill.cycle.simulate import simulate
    from cahill.results.output import prepare_file
    from cahill.results.pictures import save_picture

    prepare_file(file, force)
    return save_picture(simulate(scenario).plot_map(), file)
