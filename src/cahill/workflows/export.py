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
    """Write the model with a scenario as SBML or COMBINE archive, or the model as Antimony.

    Parameters
    ----------
    format : str
        sbml (level 3 version 2), antimony (text), or omex (SBML, SED-ML and metadata).
    file : Path
        File to write.
    scenario : str
        Name of a scenario or path of a TOML file: SBML and archive start as it does and carry its
        inputs. Antimony is the model alone, 12 h after a meal.
    force : bool
        Overwrite the file.
    """
    from cahill.cycle.archive import scenario_sbml, write_archive
    from cahill.cycle.build import build_model
    from cahill.results.output import prepare_file

    prepare_file(file, force)
    if format == "omex":
        write_archive(file, scenario)
    elif format == "sbml":
        file.write_text(scenario_sbml(scenario), encoding="utf-8")
    else:
        file.write_text(build_model().antimony, encoding="utf-8")
    return file
