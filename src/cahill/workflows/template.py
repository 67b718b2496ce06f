"""Write example files to start from."""

from pathlib import Path
from typing import Literal


def template(
    kind: Literal[
        "study",
        "study-xlsx",
        "mids",
        "enrichments",
        "layout",
        "layout-xlsx",
        "qpcr-layout",
        "chip-layout",
        "blot",
    ],
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
        mids (intensities to correct for natural isotopes), enrichments (plasma tracer study),
        layout (wells of an activity plate), layout-xlsx (the same as a workbook, a sheet a field),
        qpcr-layout, chip-layout (wells) or blot (lanes and targets).
    out : Path
        Folder to write into; for study-xlsx and layout-xlsx the workbook to write.
    force : bool
        Overwrite files of the same name.
    """
    from cahill.io.templates import WORKBOOKS, template_files, write_workbook
    from cahill.results.output import prepare_file, prepare_output

    texts = template_files(kind)
    if kind in WORKBOOKS:
        target = out if out.suffix else out.with_suffix(".xlsx")
        prepare_file(target, force)
        write_workbook(kind, target)
        return target
    prepare_output(out, force)
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8")
    return out
