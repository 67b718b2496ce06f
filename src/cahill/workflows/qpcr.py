"""Compare gene expression by RT-qPCR."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cahill.errors import InputError

if TYPE_CHECKING:
    from cahill.assays.amplification.analysis import CurveAnalysis
    from cahill.assays.qpcr.study import QpcrAnalysis


def qpcr(
    file: tuple[Path, ...],
    *,
    layout: tuple[Path, ...] = (),
    reference: tuple[str, ...] = (),
    control: str = "",
    method: Literal["instrument", "threshold", "second-derivative", "cy0"] = "instrument",
    baseline: Literal["instrument", "automatic"] = "instrument",
    efficiency: tuple[str, ...] = (),
    efficiency_from: Literal["best", "dilution", "curves", "given"] = "best",
    calibrator: tuple[str, ...] = (),
    paired: bool = False,
    drop_outliers: bool = False,
    shares: bool = False,
    confidence: float = 0.95,
) -> "QpcrAnalysis":
    """Turn qPCR files into folds of gene expression with intervals, and judge their quality.

    Parameters
    ----------
    file : tuple of Path
        What the instrument wrote, a run each: RDML, RDES, QuantStudio, CFX, or a table of Cq.
    layout : tuple of Path
        What is in the wells (see cahill template qpcr-layout): one for all files, or one for each.
    reference : tuple of str
        Reference gene; repeat it for several, whose geometric mean is taken.
    control : str
        Group that is 1: folds above 1 mean more than in it.
    method : str
        Cq as the instrument printed it, or our own by threshold, second derivative or Cy0.
    baseline : str
        The instrument's baseline where the file tells it, or our own everywhere.
    efficiency : tuple of str
        Amplification efficiency of a target with its error, such as GPT=1.95+-0.02 (2 doubles).
    efficiency_from : str
        Where other efficiencies come from: best is the dilution series, else the curves.
    calibrator : tuple of str
        Sample that was measured in every run and joins them; else those with this role.
    paired : bool
        Replicates of the same name in two groups belong together (a day, a donor).
    drop_outliers : bool
        Leave technical outliers out instead of only naming them.
    shares : bool
        The standards of GPT and GPT2 are in the same unit: give the isoforms' shares.
    confidence : float
        Of intervals.
    """
    from cahill.assays.qpcr.qpcr_efficiency import parse_efficiency
    from cahill.assays.qpcr.relative_study import Comparison
    from cahill.assays.qpcr.study import StudyOptions, analyse_qpcr

    if not 0.5 <= confidence < 1:
        raise InputError(f"--confidence {confidence:g}: write a number from 0.5 to below 1")
    analyses = _analyses(file, layout, method, baseline, confidence)
    comparison = Comparison(reference, control, paired, confidence=confidence)
    options = StudyOptions(
        comparison=comparison,
        efficiencies=dict(parse_efficiency(text) for text in efficiency),
        efficiency_from=efficiency_from,
        calibrators=calibrator,
        drop_outliers=drop_outliers,
        shares=shares,
    )
    return analyse_qpcr(analyses, options)


def _analyses(
    files: tuple[Path, ...],
    layouts: tuple[Path, ...],
    method: Literal["instrument", "threshold", "second-derivative", "cy0"],
    baseline: Literal["instrument", "automatic"],
    confidence: float,
) -> tuple["CurveAnalysis", ...]:
    """Read every file, describe its wells and find their Cq."""
    from cahill.assays.amplification.analysis import analyse_curves
    from cahill.assays.qpcr.qpcr_layout import apply_layout
    from cahill.io.layout_fields import QPCR_FIELDS
    from cahill.io.layouts import read_layout
    from cahill.io.qpcr_files import read_qpcr_runs

    if len(layouts) not in (0, 1, len(files)):
        raise InputError(
            f"{len(layouts)} layouts for {len(files)} files; give one, or one for each"
        )
    analyses = []
    for number, path in enumerate(files):
        runs = read_qpcr_runs(path)
        if layouts:
            chosen = read_layout(layouts[number % len(layouts)], QPCR_FIELDS)
            runs = tuple(apply_layout(run, chosen) for run in runs)
        analyses += [
            analyse_curves(run, method=method, baseline=baseline, confidence=confidence)
            for run in runs
        ]
    return tuple(analyses)
