"""RDML, the exchange format of qPCR: versions 1.0 to 1.4 (Lefever 2009, Ruijter 2015).

An RDML file describes samples, targets and dyes once; runs refer to them. Each run becomes one
`QpcrRun`. Where an instrument gave its samples identifiers that mean nothing to a reader (GUIDs),
their descriptions serve as names; a Cq after the last
cycle is none.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from cahill.core.amplification import MeltCurves, QpcrRun, Reaction
from cahill.core.plate import well_name
from cahill.errors import InputError
from cahill.io.qpcr_curves import CurveTable
from cahill.io.qpcr_roles import mangled_labels, role_of
from cahill.io.rdml_zip import read_rdml_tree
from cahill.io.xml_tree import LINE

_GUID = re.compile(r"@?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
UNNAMED_SAMPLE, UNNAMED_TARGET, UNNAMED_DYE = "unnamed sample", "unnamed target", "unnamed dye"
"""Identifiers that stand for a blank, which RDML does not allow."""
WHOLE = 15
"""Readings from which a curve is taken for a whole run, so that no Cq can lie beyond its last."""
_NOTED = ("instrument", "backgroundDeterminationMethod", "cqDetectionMethod", "runDate")


@dataclass(frozen=True)
class _Sample:
    name: str
    types: Mapping[str, str]
    quantities: Mapping[str, float]
    calibrator: bool
    fields: Mapping[str, str]


def read_rdml(path: Path) -> tuple[QpcrRun, ...]:
    """Read every run of an RDML file.

    Parameters
    ----------
    path : Path
        A zip archive or bare XML.

    Raises
    ------
    InputError
        If it is not RDML, holds no run, or a reaction names a sample or target that is not there.
    """
    path = Path(path)
    root = read_rdml_tree(path)
    samples = _samples(root)
    targets = _targets(root)
    found = [
        (experiment.get("id", ""), run)
        for experiment in root.findall("experiment")
        for run in experiment.findall("run")
    ]
    if not found:
        raise InputError(f"{path.name}: this RDML holds no run; export it with its measurements")
    several = len({experiment for experiment, _ in found}) > 1
    return tuple(
        _read_run(path, f"{experiment}: " if several else "", run, samples, targets, root)
        for experiment, run in found
    )


def _text(element: Element, tag: str) -> str:
    child = element.find(tag)
    return " ".join((child.text or "").split()) if child is not None else ""


def _number(element: Element, tag: str) -> float | None:
    text = _text(element, tag)
    try:
        value = float(text)
    except ValueError:
        return None
    return value if np.isfinite(value) else None


def _samples(root: Element) -> dict[str, _Sample]:
    samples = {}
    for element in root.findall("sample"):
        identity = element.get("id", "")
        name = "" if identity == UNNAMED_SAMPLE else identity
        if _GUID.fullmatch(identity):
            name = _text(element, "description")
        types = {node.get("targetId", ""): (node.text or "") for node in element.findall("type")}
        amounts = {
            node.get("targetId", ""): _number(node, "value") for node in element.findall("quantity")
        }
        fields = {
            _text(node, "property"): _text(node, "value") for node in element.findall("annotation")
        }
        marks = [(node.text or "").strip() for node in element.findall("interRunCalibrator")]
        samples[identity] = _Sample(
            name,
            types,
            {target: value for target, value in amounts.items() if value is not None},
            "true" in marks,
            {key: value for key, value in fields.items() if key and value},
        )
    return samples


def _targets(root: Element) -> dict[str, tuple[str, str]]:
    """Return name and dye of each target."""
    identities = [element.get("id", "") for element in root.findall("target")]
    short = [_GUID.sub("", identity) or identity for identity in identities]
    targets = {}
    for element, identity, name in zip(root.findall("target"), identities, short):
        dye = element.find("dyeId")
        chosen = name if short.count(name) == 1 else identity
        chosen = "" if chosen == UNNAMED_TARGET else chosen
        light = dye.get("id", "") if dye is not None else ""
        targets[identity] = (chosen, "" if light == UNNAMED_DYE else light)
    return targets


def _well(run: Element, identity: str) -> str:
    """Return the name of a well from the number of its reaction; the number where it has none."""
    form = run.find("pcrFormat")
    if form is None or not identity.isdigit() or _text(form, "rowLabel") != "ABC":
        return identity
    columns = _number(form, "columns")
    if not columns or columns < 1:
        return identity
    row, column = divmod(int(identity) - 1, int(columns))
    return well_name(row, column)


def _read_run(
    path: Path,
    prefix: str,
    run: Element,
    samples: Mapping[str, _Sample],
    targets: Mapping[str, tuple[str, str]],
    root: Element,
) -> QpcrRun:
    label = "" if _GUID.fullmatch(run.get("id", "")) else f" run {prefix}{run.get('id', '')}"
    name = f"{path.name}{label}"
    reported = run.find("react/data/cq") is not None
    reactions: list[Reaction] = []
    curves, melts = CurveTable(), CurveTable()
    for react in run.findall("react"):
        identity = react.get("id", "")
        link = react.find("sample")
        key = link.get("id", "") if link is not None else ""
        where = f"{path.name} line {react.get(LINE, '?')} reaction {identity}"
        if link is not None and key not in samples:
            raise InputError(f'{where} names the sample "{key}", not described')
        for data in react.findall("data"):
            tar = data.find("tar")
            target = tar.get("id", "") if tar is not None else ""
            if target not in targets:
                raise InputError(f'{where} names the target "{target}", not described')
            sample = samples.get(key)
            reactions.append(
                _reaction(
                    data, _well(run, identity), sample, target, targets[target], reported, where
                )
            )
            curves.add(_points(data, "adp", "cyc"))
            melts.add(_points(data, "mdp", "tmp"))
    cycles, fluorescence = curves.on_common_cycles()
    method = _text(run, "backgroundDeterminationMethod").lower()
    facts = {tag: _text(run, tag) for tag in _NOTED if _text(run, tag)}
    software = run.find("dataCollectionSoftware")
    if software is not None:
        facts["software"] = f"{_text(software, 'name')} {_text(software, 'version')}".strip()
    facts["format"] = f"RDML {root.get('version', '?')}"
    labels = [(r.target, r.where) for r in reactions] + [(r.sample, r.where) for r in reactions]
    return QpcrRun(
        name,
        tuple(reactions),
        cycles,
        fluorescence,
        curves=_kind(method) if len(cycles) else "none",
        melt=MeltCurves(*melts.side_by_side()) if melts.filled else None,
        facts=facts,
        notes=mangled_labels(labels),
        path=path,
    )


def _kind(method: str):
    """Return what the curves are, from how the file says their background was determined."""
    if "drn" in method.split() or "baseline subtracted" in method:
        return "dRn"
    return "Rn" if "rn" in method.split() else "raw"


def _reaction(
    data: Element,
    well: str,
    sample: _Sample | None,
    target: str,
    described: tuple[str, str],
    reported: bool,
    where: str,
) -> Reaction:
    cycles = [_number(point, "cyc") or 0.0 for point in data.iterfind("adp")]
    last = max(cycles) if len(cycles) >= WHOLE else np.inf
    cq = _number(data, "cq")
    excluded = data.find("excl")
    types = sample.types if sample else {}
    kind = types.get(target, types.get("", "unkn")).strip()
    role = role_of(kind)
    if sample and sample.calibrator and role == "sample":
        role = "calibrator"
    fields = dict(sample.fields) if sample else {}
    if role == "other" and kind:
        fields.setdefault("type", kind)
    amounts = sample.quantities if sample else {}
    return Reaction(
        well,
        described[0],
        sample.name if sample else "",
        role,
        described[1],
        quantity=amounts.get(target, amounts.get("")),
        # -1 says that there was no amplification (RDML 1.2 and later)
        cq=cq if cq is not None and 0 < cq <= last else None,
        cq_reported=reported,
        threshold=_number(data, "quantFluor"),
        excluded="" if excluded is None else (excluded.text or "").strip() or "excluded",
        fields=fields,
        where=where,
    )


def _points(data: Element, tag: str, axis: str) -> tuple[list[float], list[float]]:
    """Return the readings of one curve; what is no number is left out."""
    at: list[float] = []
    signal: list[float] = []
    for point in data.iterfind(tag):
        x, y = _number(point, axis), _number(point, "fluor")
        if x is not None and y is not None:
            at.append(x)
            signal.append(y)
    return at, signal
