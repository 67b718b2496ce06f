"""ChIP-qPCR with known truth, down to the single molecules in a reaction.

Shares no code with the estimators. A chromatin of `COPIES` genomes is split: the input is 1 % of
it, each antibody pulls down its percentage (with a lognormal error from chromatin to chromatin).
DNA is eluted in 50 uL; the molecules in a reaction are Poisson, and

    Cq = (Cq of one molecule) - log(molecules) / log(E) + noise,  E of the target

A reaction without a molecule, or past cycle 40, has no Cq.

    python benchmarks/simulated/chip.py FOLDER

writes the example `chip` (the one in the package was made by this, seed 1).
"""

import csv
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

COPIES = 2e6  # genomes in a chromatin (assumed: a million diploid cells)
ELUTED = 50.0  # uL, of input and antibody alike
ONE_MOLECULE = 38.0  # Cq (assumed)
LAST = 40.0
INPUT = 0.01
PROMOTER, DESERT = "GPT2 promoter", "gene desert"
TRUE_PERCENT = {
    # Made up: (antibody, target, group) to percent of input.
    ("GR", PROMOTER, "vehicle"): 0.08,
    ("GR", PROMOTER, "dexamethasone"): 0.60,
    ("GR", DESERT, "vehicle"): 0.03,
    ("GR", DESERT, "dexamethasone"): 0.03,
    ("ATF4", PROMOTER, "vehicle"): 0.20,
    ("ATF4", PROMOTER, "dexamethasone"): 0.32,
    ("ATF4", DESERT, "vehicle"): 0.03,
    ("ATF4", DESERT, "dexamethasone"): 0.03,
    ("IgG", PROMOTER, "vehicle"): 0.02,
    ("IgG", PROMOTER, "dexamethasone"): 0.02,
    ("IgG", DESERT, "vehicle"): 0.02,
    ("IgG", DESERT, "dexamethasone"): 0.02,
}
COLUMNS = (
    *("role", "antibody", "target", "region", "group", "replicate"),
    *("input_fraction", "template_volume (uL)", "Cq"),
)


@dataclass(frozen=True)
class Truth:
    """What the reactions are made from.

    Attributes
    ----------
    percent : dict
        Percent of input by antibody, target and group.
    efficiency : dict of str to float
        Factor per cycle by target.
    between : float
        Spread from chromatin to chromatin, standard deviation of the natural logarithm.
    noise : float
        Of a Cq, cycles, besides the counting of molecules.
    """

    percent: dict = field(default_factory=lambda: dict(TRUE_PERCENT))
    efficiency: dict = field(default_factory=lambda: {PROMOTER: 1.94, DESERT: 1.97})
    between: float = 0.20
    noise: float = 0.10


def simulate(seed, truth=None, chromatins=3, technical=3, volumes=(4.0, 2.0)):
    """Return the reactions as rows of `COLUMNS`; volumes are those of antibody and input, uL."""
    truth = truth or Truth()
    rng = np.random.default_rng(seed)
    rows = []
    groups = tuple(dict.fromkeys(key[2] for key in truth.percent))
    for group in groups:
        for replicate in range(1, chromatins + 1):
            rows += _chromatin(rng, truth, group, replicate, technical, volumes)
    for target in truth.efficiency:
        blank = ("ntc", "", target, _region(target), "", "", "", f"{volumes[0]:g}", "Undetermined")
        rows += [blank] * technical
    return rows


def _chromatin(rng, truth, group, replicate, technical, volumes):
    rows = []
    copies = COPIES * np.exp(rng.normal(0, 0.15))
    keys = [key for key in truth.percent if key[2] == group]
    for target in dict.fromkeys(key[1] for key in keys):
        common = (target, _region(target), group, str(replicate))
        for antibody in dict.fromkeys(key[0] for key in keys):
            share = truth.percent[antibody, target, group] / 100
            share *= np.exp(rng.normal(0, truth.between))
            mean = copies * share * volumes[0] / ELUTED
            role = "igg" if antibody == "IgG" else "ip"
            for _ in range(technical):
                cq = _cq(rng, mean, truth.efficiency[target], truth.noise)
                rows.append((role, antibody, *common, "", f"{volumes[0]:g}", cq))
        mean = copies * INPUT * volumes[1] / ELUTED
        for _ in range(technical):
            cq = _cq(rng, mean, truth.efficiency[target], truth.noise)
            rows.append(("input", "", *common, f"{INPUT:g}", f"{volumes[1]:g}", cq))
    return rows


def _region(target):
    return "negative" if target == DESERT else "positive"


def _cq(rng, mean, efficiency, noise):
    molecules = rng.poisson(mean)
    if not molecules:
        return "Undetermined"
    cq = ONE_MOLECULE - np.log(molecules) / np.log(efficiency) + rng.normal(0, noise)
    return f"{cq:.2f}" if cq <= LAST else "Undetermined"


README = """\
ChIP-qPCR of GR and ATF4 at the GPT2 promoter, with and without dexamethasone (simulated).

cq.csv holds 150 reactions: 3 chromatins a group, antibodies against GR and ATF4, IgG, 1 % input,
each at the promoter and at a gene desert, in triplicate, and blanks without template. 4 uL of DNA
were used of antibodies and 2 uL of inputs. Everything is made up, nothing was measured. It was made
with these percentages of input, at the promoter: GR 0.08 (vehicle) and 0.60 (dexamethasone), ATF4
0.20 and 0.32; at the desert: 0.03; IgG 0.02; a chromatin scatters by 20 %. The primers multiply by
1.94 (promoter) and 1.97 (desert) a cycle.

Run:

    cahill chip cq.csv --efficiency 1.95+-0.03 --control vehicle --out chip
"""


def write_example(folder, seed=1):
    """Write the reactions and what they are into a folder."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cq.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(simulate(seed))
    (folder / "README.txt").write_text(README, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_example(sys.argv[1])
