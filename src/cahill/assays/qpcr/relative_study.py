"""A study by qPCR as arrays: samples, efficiencies, references, and the errors that are shared."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cahill.assays.qpcr.inter_run import RunShifts
from cahill.assays.qpcr.qpcr_efficiency import Efficiency
from cahill.assays.qpcr.qpcr_samples import SampleCq
from cahill.errors import UnknownNameError
from cahill.numerics.group_comparison import replicate_means


@dataclass(frozen=True)
class Comparison:
    """What is compared with what.

    Parameters
    ----------
    references : tuple of str
        Reference genes; a sample that lacks one of them is left out, with its reason. Without
        any, quantities are not normalised.
    control : str
        Group that is 1; without it quantities are relative to the mean of all samples and
        groups are not compared.
    paired : bool
        Whether replicates of the same name in two groups belong together (a day, a donor).
    last_cycle : float
        Cycles of the run: an undetermined Cq is later, which bounds the quantity from above.
        Without it such a sample has no value and no bound.
    confidence : float
    """

    references: tuple[str, ...] = ()
    control: str = ""
    paired: bool = False
    last_cycle: float = np.nan
    confidence: float = 0.95


@dataclass(frozen=True, eq=False)
class Study:
    """The samples with all that turns their Cq into normalised log2 quantities.

    Parameters
    ----------
    measured : SampleCq
    wanted : Comparison
    groups : tuple of str
        The control first; empty if groups are not compared.
    log2_efficiency, log2_sd : numpy.ndarray
        Shape (targets,).
    references : tuple of int
        Their places among the targets.
    shift_sd : numpy.ndarray
        Shape (targets, runs), cycles: error of the calibration between runs.
    """

    measured: SampleCq
    wanted: Comparison
    groups: tuple[str, ...]
    log2_efficiency: np.ndarray
    log2_sd: np.ndarray
    references: tuple[int, ...]
    shift_sd: np.ndarray

    def weights(self, target: int) -> np.ndarray:
        """Return how a target's normalised quantity depends on every target's own."""
        weight = np.zeros(len(self.log2_efficiency))
        weight[target] = 1.0
        for k in self.references:
            weight[k] -= 1.0 / len(self.references)
        return weight

    def log2_quantities(self, cq: np.ndarray | float) -> np.ndarray:
        """Return log2 quantities of given Cq, not normalised, shape (samples, targets)."""
        return -cq * self.log2_efficiency + self.measured.log2_dilution

    @property
    def codes(self) -> np.ndarray:
        """Group of every sample; -1 for those not compared."""
        names = self.measured.samples["group"].to_numpy()
        compared = (self.measured.samples["role"] == "sample").to_numpy()
        return np.array(
            [
                self.groups.index(name) if use and name in self.groups else -1
                for name, use in zip(names, compared)
            ],
            dtype=int,
        )


def make_study(
    measured: SampleCq,
    efficiencies: Mapping[str, Efficiency],
    wanted: Comparison,
    shifts: RunShifts | None,
) -> Study:
    """Check the names and gather the arrays.

    Raises
    ------
    UnknownNameError
        If a reference is no target or the control no group.
    """
    for name in wanted.references:
        if name not in measured.targets:
            raise UnknownNameError("reference gene", name, measured.targets, "--reference")
    own = measured.samples[measured.samples["role"] == "sample"]
    names = [name for name in dict.fromkeys(own["group"]) if name]
    if wanted.control and wanted.control not in names:
        raise UnknownNameError("group", wanted.control, names, "--control")
    groups = [wanted.control, *(name for name in names if name != wanted.control)]
    shift_sd = np.zeros((len(measured.targets), len(measured.runs)))
    if shifts is not None:
        rows = [shifts.targets.index(name) for name in measured.targets]
        columns = [shifts.runs.index(name) for name in measured.runs]
        shift_sd = np.nan_to_num(shifts.sd[np.ix_(rows, columns)])
    return Study(
        measured,
        wanted,
        tuple(groups) if wanted.control else (),
        np.array([efficiencies[name].log2 for name in measured.targets]),
        np.array([efficiencies[name].log2_sd for name in measured.targets]),
        tuple(measured.targets.index(name) for name in wanted.references),
        shift_sd,
    )


def shared_sd(study: Study, target: int, value: np.ndarray, unit_codes: np.ndarray) -> np.ndarray:
    """Return the error of each group's difference that its replicates share, log2.

    From the efficiencies: group means differ in Cq, and that difference is multiplied by log2 E.
    From inter-run calibration: groups differ in the share of their wells that a run holds.
    """
    measured, weight = study.measured, study.weights(target)
    units = measured.samples["unit"].to_numpy(int)
    seen = np.where(np.isfinite(value), 1.0, np.nan)
    variance = np.zeros(len(study.groups))
    for k in np.flatnonzero(weight):
        cq = _by_group(measured.cq[:, k] * seen, units, unit_codes, len(study.groups))
        variance += (weight[k] * (cq - cq[0]) * study.log2_sd[k]) ** 2
        for r in np.flatnonzero(study.shift_sd[k]):
            share = measured.share[:, k, r] * seen
            part = _by_group(share, units, unit_codes, len(study.groups))
            step = weight[k] * study.log2_efficiency[k] * (part - part[0])
            variance += (step * study.shift_sd[k, r]) ** 2
    return np.sqrt(np.nan_to_num(variance))


def _by_group(
    values: np.ndarray, units: np.ndarray, unit_codes: np.ndarray, count: int
) -> np.ndarray:
    """Return the mean over a group's biological replicates of the mean over their samples."""
    means = replicate_means(values, units).mean
    inside = unit_codes >= 0
    own = np.append(unit_codes[inside], count - 1)
    return replicate_means(np.append(means[inside], np.nan), own).mean
