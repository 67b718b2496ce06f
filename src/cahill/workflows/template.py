"""Write example files to start from."""

from pathlib import Path
from typing import Literal


def template(
    kind: Literal["study", "study-xlsx", "mids", "enrichments"],
    out: Path,
    *,
    force: bool = False,
) -> Path:
    """Write example files that show how your own data are written.

    Nothing is overwritten unless --force is given.

    Parameters
    ----------
    kind : str
        study (network, tracers and isotopologues as tables), study-xlsx (the same as one workbook),
        mids (intensities to correct for natural isotopes) or enrichments (plasma tracer study).
    out : Path
        Folder to write into; for study-xlsx the workbook to write.
    force : bool
        Overwrite files of the same name.
    """
    from cahill.io.templates import WORKBOOK, template_files, write_workbook
    from cahill.results.output import prepare_file, prepare_output

    texts = template_files(kind)
    if kind == WORKBOOK:
        target = out if out.suffix else out.with_suffix(".xlsx")
        prepare_file(target, force)
        write_workbook(target)
        return target
    prepare_output(out, force)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return out
