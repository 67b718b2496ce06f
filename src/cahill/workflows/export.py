"""Hand the model to other programs."""

from pathlib import Path
from typing import Literal


def export(
    format: Literal["sbml", "antimony", "omex"],
    file: Path,
    *,
    scenario: str = "overnight-fast",
    force: bool = False,
) -> Path:
    """Write the model as SBML, as Antimony, or as a COMBINE archive with a scenario.

    Parameters
    ----------
    format : str
        sbml (level 3 version 2), antimony (text), or omex (SBML, SED-ML and metadata).
    file : Path
        File to write.
    scenario : str
        What the archive simulates; SBML and Antimony hold the model alone.
    force : bool
        Overwrite the file.
    """
    from cahill.cycle.build import build_model
    from cahill.results.output import prepare_file

    prepare_file(file, force)
    model = build_model()
    if format == "omex":
        from cahill.cycle.archive import write_archive

        write_archive(file, scenario, model)
    else:
        file.write_text(model.sbml if format == "sbml" else model.antimony, encoding="utf-8")
    return file
