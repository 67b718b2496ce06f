"""A study by RT-qPCR with known truth: groups, biological and technical replicates, dilutions.

Shares no code with the estimators. `study_cqs` gives Cq straight from copies (a Cq is where copies
times E^Cq meets a level); `write_example` makes curves (`simulated.amplification`), baselines them
and writes them as a QuantStudio export with its layout: the package's example `qpcr`:

    python benchmarks/simulated/qpcr_study.py
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

GROUPS = ("vehicle", "dexamethasone", "insulin")
LEVEL = 1e11
"""Copies at which the threshold lies."""
PLATEAU = 3e12
"""Copies at which a reaction stops."""
SEED = 7
THRESHOLD = 0.1
FIRST, LAST = 3, 10
"""Cycles of the instrument's baseline."""


@dataclass(frozen=True)
class Gene:
    """A target with its truth.

    Attributes
    ----------
    name : str
    copies : float
        In a well of the first group.
    efficiency : float
        Factor a cycle.
    folds : tuple of float
        By group, against the first.
    """

    name: str
    copies: float
    efficiency: float
    folds: tuple[float, ...] = (1.0, 1.0, 1.0)


GENES = (
    Gene("Gpt", 4000.0, 1.92, (1.0, 3.2, 0.6)),
    Gene("Gpt2", 2500.0, 1.96, (1.0, 2.2, 0.75)),
    Gene("Actb", 90000.0, 1.95),
    Gene("Hprt1", 6000.0, 1.90),
    Gene("Tbp", 2000.0, 1.97),
)
"""Invented: that hormones move the mRNA so is no measurement."""


@dataclass(frozen=True)
class Design:
    """How much scatters, and how often is measured.

    Attributes
    ----------
    groups : tuple of str
    genes : tuple of Gene
    biological, technical : int
    biological_sd : float
        log2, of a gene in a replicate.
    input_sd : float
        log2, of the cDNA of a replicate, shared by its genes.
    technical_sd : float
        Cycles.
    dilutions : tuple of float
        Copies of the standards; none if empty.
    standard_wells : int
    """

    groups: tuple[str, ...] = GROUPS
    genes: tuple[Gene, ...] = GENES
    biological: int = 4
    technical: int = 3
    biological_sd: float = 0.25
    input_sd: float = 0.4
    technical_sd: float = 0.05
    dilutions: tuple[float, ...] = (1e2, 1e3, 1e4, 1e5, 1e6)
    standard_wells: int = 3


@dataclass(frozen=True, eq=False)
class Study:
    """Wells in the order of pipetting: what is in them, and copies at the start."""

    rows: list[dict[str, str]]
    copies: np.ndarray
    efficiency: np.ndarray
    design: Design = field(default_factory=Design)


def simulate_study(rng: np.random.Generator, design: Design | None = None) -> Study:
    """Return the wells of a study."""
    design = design or Design()
    rows, copies, factors = [], [], []
    for g, group in enumerate(design.groups):
        for replicate in range(1, design.biological + 1):
            load = rng.normal(0.0, design.input_sd)
            for gene in design.genes:
                amount = gene.copies * gene.folds[g]
                amount *= 2.0 ** (load + rng.normal(0.0, design.biological_sd))
                for _ in range(design.technical):
                    rows.append(_row(gene, "sample", f"{group} {replicate}", group, str(replicate)))
                    copies.append(amount)
                    factors.append(gene.efficiency)
    for gene in design.genes:
        for amount in design.dilutions:
            for _ in range(design.standard_wells):
                rows.append(_row(gene, "standard", f"standard {amount:g}", quantity=f"{amount:g}"))
                copies.append(amount)
                factors.append(gene.efficiency)
        for _ in range(2 if design.dilutions else 0):
            rows.append(_row(gene, "ntc", "water"))
            copies.append(0.0)
            factors.append(gene.efficiency)
    return Study(rows, np.array(copies), np.array(factors), design)


def _row(
    gene: Gene, role: str, sample: str, group: str = "", replicate: str = "", quantity: str = ""
) -> dict[str, str]:
    return {
        "target": gene.name,
        "role": role,
        "sample": sample,
        "group": group,
        "replicate": replicate,
        "quantity": quantity,
    }


def study_cqs(rng: np.random.Generator, study: Study) -> np.ndarray:
    """Return the Cq of every well; NaN without template."""
    with np.errstate(divide="ignore"):
        cq = np.log(LEVEL / study.copies) / np.log(study.efficiency)
    cq = cq + rng.normal(0.0, study.design.technical_sd, cq.size)
    return np.where(study.copies > 0, cq, np.nan)


def well_names(count: int) -> list[str]:
    """Return the wells of a 384-well plate, row by row."""
    return [f"{chr(ord('A') + k // 24)}{k % 24 + 1}" for k in range(count)]


def export_text(rng: np.random.Generator, study: Study) -> str:
    """Return the study as a QuantStudio export: results and curves with Rn and delta Rn."""
    at, curves = _curves(rng, study)
    window = (at >= FIRST) & (at <= LAST)
    lines = np.polyfit(at[window], curves[:, window].T, 1)
    raised = curves - (lines[0][:, None] * at + lines[1][:, None])
    cq = [_crossing(at, curve) for curve in raised]
    head = [
        "* Block Type = 384-Well Block",
        "* Chemistry = SYBR_GREEN",
        "* Experiment Name = Fao cells, simulated",
        "* Instrument Type = simulated",
        "* Passive Reference = ROX",
        "* Quantification Cycle Method = Ct",
        "",
        "[Amplification Data]",
        "Well\tCycle\tTarget Name\tRn\tDelta Rn",
    ]
    for k, row in enumerate(study.rows):
        head += [
            f"{k + 1}\t{int(cycle)}\t{row['target']}\t{rn:.4f}\t{delta:.4f}"
            for cycle, rn, delta in zip(at, curves[k], raised[k])
        ]
    head += ["", "[Results]", "\t".join(_RESULTS)]
    tasks = {"sample": "UNKNOWN", "standard": "STANDARD", "ntc": "NTC"}
    for k, (well, row) in enumerate(zip(well_names(len(study.rows)), study.rows)):
        text = "Undetermined" if np.isnan(cq[k]) else f"{cq[k]:.3f}"
        cells = (k + 1, well, "false", row["sample"], row["target"], tasks[row["role"]], "SYBR")
        cells = (*cells, row["quantity"], THRESHOLD, FIRST, LAST, text)
        head.append("\t".join(str(cell) for cell in cells))
    return "\n".join(head) + "\n"


def _curves(rng: np.random.Generator, study: Study) -> tuple[np.ndarray, np.ndarray]:
    """Return cycles and signal: the efficiency falls in step with the product, to a plateau."""
    count, cycles = study.copies.size, 40
    jitter = study.efficiency ** -rng.normal(0.0, study.design.technical_sd, count)
    state, product = study.copies * jitter, np.empty((count, cycles))
    for cycle in range(cycles):
        state = state * (1 + (study.efficiency - 1) * np.maximum(1 - state / PLATEAU, 0.0))
        product[:, cycle] = state
    at = np.arange(1, cycles + 1, dtype=float)
    top = 2.5 * np.exp(rng.normal(0.0, 0.04, (count, 1)))
    floor = 0.6 * np.exp(rng.normal(0.0, 0.05, (count, 1))) + rng.normal(0.0, 3e-4, (count, 1)) * at
    clean = top * product / PLATEAU
    noise = np.hypot(0.0015, 0.002 * clean) * rng.standard_normal(clean.shape)
    return at, floor + clean + noise


_RESULTS = (
    "Well",
    "Well Position",
    "Omit",
    "Sample Name",
    "Target Name",
    "Task",
    "Reporter",
    "Quantity",
    "Ct Threshold",
    "Baseline Start",
    "Baseline End",
    "CT",
)


def _crossing(cycles: np.ndarray, curve: np.ndarray) -> float:
    """Return where a curve last rises through the threshold, on the scale of its logarithm."""
    below = np.flatnonzero(curve < THRESHOLD)
    if below.size == 0 or below[-1] + 1 >= curve.size:
        return np.nan
    k = below[-1]
    low, high = max(curve[k], 1e-6), curve[k + 1]
    return float(cycles[k] + np.log(THRESHOLD / low) / np.log(high / low))


def layout_text(rows: Sequence[dict[str, str]]) -> str:
    """Return the layout: what the instrument was not told."""
    lines = ["well,role,sample,target,group,replicate,quantity"]
    for well, row in zip(well_names(len(rows)), rows):
        names = ("role", "sample", "target", "group", "replicate", "quantity")
        lines.append(",".join([well, *(row[name] for name in names)]))
    return "\n".join(lines) + "\n"


README = """RT-qPCR of Gpt and Gpt2 with three reference genes in Fao-like cells (simulated).

run.txt is written as a QuantStudio export: {count} wells with curves and Cq; layout.csv says which
group and biological replicate a well belongs to: vehicle, dexamethasone and insulin, 4 cultures
each, 3 wells a culture and gene, a dilution series of 1e2 to 1e6 copies of every gene, and water.
Everything is made up, nothing was measured, the effects on mRNA are invented: Gpt {a:g} and {b:g}
times vehicle with dexamethasone and insulin, Gpt2 {c:g} and {d:g} times; Actb, Hprt1 and Tbp do not
change. A culture scatters by 0.25 in log2 and gene, a well by some 0.15 cycles. Vehicle holds 4000
copies of Gpt and 2500 of Gpt2 a well. A cycle multiplies by 1.92 (Gpt), 1.96 (Gpt2), 1.95, 1.90 and
1.97.

Run:

    cahill qpcr run.txt --layout layout.csv --reference Actb --reference Hprt1 --reference Tbp \
--control vehicle --out qpcr
"""


def write_example(folder: Path) -> None:
    """Write the files of the package's example `qpcr`."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(SEED)
    study = simulate_study(rng)
    gpt, gpt2 = (gene.folds for gene in study.design.genes[:2])
    text = README.format(count=len(study.rows), a=gpt[1], b=gpt[2], c=gpt2[1], d=gpt2[2])
    for name, content in (
        ("run.txt", export_text(rng, study)),
        ("layout.csv", layout_text(study.rows)),
        ("README.txt", text),
    ):
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_example(Path(__file__).parents[2] / "src" / "cahill" / "data" / "examples" / "qpcr")
