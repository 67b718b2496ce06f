"""Write runs as RDML 1.3."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from cahill.core.amplification import QpcrRun, Reaction
from cahill.core.plate import smallest_plate, well_position
from cahill.errors import InputError
from cahill.io.rdml import UNNAMED_DYE, UNNAMED_SAMPLE, UNNAMED_TARGET

NAMESPACE = "http://www.rdml.org"
TYPES = {
    "sample": "unkn",
    "calibrator": "unkn",
    "standard": "std",
    "ntc": "ntc",
    "nac": "nac",
    "nrt": "nrt",
    "positive": "pos",
    "other": "opt",
}
_DATE = (1980, 1, 1, 0, 0, 0)


def write_rdml(runs: QpcrRun | Sequence[QpcrRun], path: str | Path, *, force: bool = False) -> Path:
    """Write runs as one RDML file (a zip with rdml_data.xml).

    Kept are wells, samples with type and quantity by target, targets with dye, Cq, threshold
    (as quantFluor), exclusions, amplification and melt curves, and of the other fields those that
    are the same in every reaction of a sample (as annotations). Windows of baselines have no place
    in RDML; curves carry their kind (raw, Rn, dRn) in the method of background determination.

    Parameters
    ----------
    runs : QpcrRun or sequence of QpcrRun
    path : str or Path
    force : bool
        Replace a file of this name.

    Raises
    ------
    InputError
        If the file exists and `force` is false, or a reaction has no well.
    """
    path = Path(path)
    if path.exists() and not force:
        raise InputError(f"{path} exists; choose another name or give --force")
    runs = (runs,) if isinstance(runs, QpcrRun) else tuple(runs)
    root = Element("rdml", {"version": "1.3", "xmlns": NAMESPACE})
    reactions = [reaction for run in runs for reaction in run.reactions]
    for dye in dict.fromkeys(reaction.dye or UNNAMED_DYE for reaction in reactions):
        SubElement(root, "dye", id=dye)
    _add_samples(root, reactions)
    dyes: dict[str, str] = {}
    for reaction in reactions:
        dyes.setdefault(reaction.target or UNNAMED_TARGET, reaction.dye or UNNAMED_DYE)
    for name, dye in dyes.items():
        target = SubElement(root, "target", id=name)
        _text(target, "type", "toi")
        SubElement(target, "dyeId", id=dye)
    experiment = SubElement(root, "experiment", id="experiment")
    for run in runs:
        _add_run(experiment, run)
    indent(root)
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("rdml_data.xml", _DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, content)
    return path


def _text(parent: Element, tag: str, text: str) -> None:
    SubElement(parent, tag).text = text


def _number(value: float) -> str:
    return repr(float(value))


def _add_samples(root: Element, reactions: Sequence[Reaction]) -> None:
    by_sample: dict[str, list[Reaction]] = {}
    for reaction in reactions:
        by_sample.setdefault(reaction.sample or UNNAMED_SAMPLE, []).append(reaction)
    for name, own in by_sample.items():
        sample = SubElement(root, "sample", id=name)
        shared = dict(own[0].fields)
        for reaction in own[1:]:
            shared = {k: v for k, v in shared.items() if reaction.fields.get(k) == v}
        for key, value in sorted(shared.items()):
            note = SubElement(sample, "annotation")
            _text(note, "property", key)
            _text(note, "value", value)
        for target, reaction in _first_by_target(own):
            kind = SubElement(sample, "type", targetId=target)
            kind.text = "ntp" if shared.get("type") == "ntp" else TYPES[reaction.role]
        if any(reaction.role == "calibrator" for reaction in own):
            _text(sample, "interRunCalibrator", "true")
        for target, reaction in _first_by_target(own):
            if reaction.quantity is not None:
                amount = SubElement(sample, "quantity", targetId=target)
                _text(amount, "value", _number(reaction.quantity))
                _text(amount, "unit", "other")


def _first_by_target(reactions: Sequence[Reaction]) -> list[tuple[str, Reaction]]:
    first: dict[str, Reaction] = {}
    for reaction in reactions:
        first.setdefault(reaction.target or UNNAMED_TARGET, reaction)
    return list(first.items())


def _add_run(experiment: Element, run: QpcrRun) -> None:
    label = run.name.rpartition(" run ")[2] if " run " in run.name else run.name
    element = SubElement(experiment, "run", id=label)
    if "instrument" in run.facts:
        _text(element, "instrument", run.facts["instrument"])
    if run.curves in ("Rn", "dRn"):
        _text(element, "backgroundDeterminationMethod", run.curves)
    wells = tuple(reaction.well for reaction in run.reactions)
    rows, columns = smallest_plate(wells, run.name)
    form = SubElement(element, "pcrFormat")
    for tag, text in (("rows", rows), ("columns", columns)):
        _text(form, tag, str(text))
    _text(form, "rowLabel", "ABC")
    _text(form, "columnLabel", "123")
    by_well: dict[str, list[int]] = {}
    for k, well in enumerate(wells):
        by_well.setdefault(well, []).append(k)
    for well, own in by_well.items():
        row, column = well_position(well, rows, columns, run.name)
        react = SubElement(element, "react", id=str(row * columns + column + 1))
        SubElement(react, "sample", id=run.reactions[own[0]].sample or UNNAMED_SAMPLE)
        for k in own:
            _add_data(react, run, k)


def _add_data(react: Element, run: QpcrRun, k: int) -> None:
    """Write one reaction, its children in the order of the schema."""
    reaction = run.reactions[k]
    data = SubElement(react, "data")
    SubElement(data, "tar", id=reaction.target or UNNAMED_TARGET)
    if reaction.cq_reported:
        _text(data, "cq", "-1.0" if reaction.cq is None else _number(reaction.cq))
    if reaction.excluded:
        _text(data, "excl", reaction.excluded)
    for cycle, signal in zip(run.cycles, run.fluorescence[k]):
        if np.isfinite(signal):
            point = SubElement(data, "adp")
            _text(point, "cyc", f"{cycle:g}")
            _text(point, "fluor", _number(signal))
    if run.melt is not None:
        for degrees, signal in zip(run.melt.temperature[k], run.melt.fluorescence[k]):
            if np.isfinite(signal):
                point = SubElement(data, "mdp")
                _text(point, "tmp", _number(degrees))
                _text(point, "fluor", _number(signal))
    if reaction.threshold is not None:
        _text(data, "quantFluor", _number(reaction.threshold))
