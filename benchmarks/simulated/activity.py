"""Plates of ALT activity with known truth: NADH coupled to LDH, and Amplex Red with standards.

Nothing here is shared with the estimators. Reactions are integrated by Runge-Kutta in steps of one
second; pipetting, water absorbance and photometric noise are added, and the reader says OVRFLW
above its range. `write_examples` writes the package's examples `alt-coupled` and `alt-amplex`:

    python benchmarks/simulated/activity.py
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

EPSILON = 6220.0  # NADH, L/mol/cm (seed 001)
AREA_CM2 = 0.345  # assumed: of a flat-bottomed well of 96, so that 200 uL stand 0.58 cm deep
WATER_PER_CM = 0.18
KM_PYRUVATE, KM_NADH = 0.16, 0.01  # LDH, mmol/L (literature/assays.csv; NADH assumed)
KM_OXOGLUTARATE, KM_ALANINE = 0.70, 10.12  # mmol/L (the cycle's parameters)
LDH = 1.7  # U/mL in the well (IFCC reagent)
ROWS, COLUMNS = 8, 12


@dataclass(frozen=True)
class Well:
    """What was put in a well, and what it truly does.

    Attributes
    ----------
    name : str
    fields : dict of str to str
        What a layout says.
    activity : float
        ALT of the undiluted sample under the assay's conditions, U/L.
    dilution : float
    other : float
        NADH taken by the sample without substrate, U/L of the undiluted sample.
    turbidity : float
        AU at 340 nm.
    substrate : bool
    standard : float
        Pyruvate, nmol.
    """

    name: str
    fields: dict[str, str] = field(default_factory=dict)
    activity: float = 0.0
    dilution: float = 1.0
    other: float = 0.0
    turbidity: float = 0.0
    substrate: bool = True
    standard: float = 0.0


@dataclass(frozen=True, eq=False)
class CoupledPlate:
    """Reads of a plate at 340 nm, and of water.

    Attributes
    ----------
    times : numpy.ndarray
        s, shape (reads,).
    a340 : numpy.ndarray
        AU, shape (reads, wells); infinite where the reader overflows.
    a977, a900 : numpy.ndarray
        AU, shape (wells,).
    """

    wells: tuple[Well, ...]
    times: np.ndarray
    a340: np.ndarray
    a977: np.ndarray
    a900: np.ndarray


def runge_kutta(rates: Callable[[np.ndarray], np.ndarray], start: np.ndarray, seconds: int):
    """Return states at every second, shape (seconds + 1, *start.shape)."""
    states = [start]
    for _ in range(seconds):
        now = states[-1]
        k1 = rates(now)
        k2 = rates(now + k1 / 2)
        k3 = rates(now + k2 / 2)
        k4 = rates(now + k3)
        states.append(np.maximum(now + (k1 + 2 * k2 + 2 * k3 + k4) / 6, 0.0))
    return np.array(states)


def simulate_coupled(
    wells: tuple[Well, ...],
    seed: int,
    *,
    reads: int = 41,
    interval: int = 15,
    noise: float = 1.5e-3,
    pipetting: float = 0.02,
    sample_ul: float = 10.0,
    total_ul: float = 200.0,
    nadh: float = 0.24,
    alanine: float = 500.0,
    oxoglutarate: float = 15.0,
    drift: float = 3e-4,
) -> CoupledPlate:
    """Return the reads of a plate.

    Parameters
    ----------
    wells : tuple of Well
    seed : int
    reads, interval : int
        s between reads.
    noise : float
        AU.
    pipetting : float
        Coefficient of variation of the sample's volume.
    sample_ul, total_ul : float
    nadh, alanine, oxoglutarate : float
        mmol/L in the well at the start.
    drift : float
        NADH lost without enzyme, AU/min in 1 cm.
    """
    rng = np.random.default_rng(seed)
    count = len(wells)
    volume = sample_ul * (1 + pipetting * rng.standard_normal(count))
    depth = total_ul * 1e-3 / AREA_CM2 * (1 + 0.006 * rng.standard_normal(count))
    share = volume / total_ul / np.array([well.dilution for well in wells])
    # U/L in the well is umol/L/min; the states are mmol/L and the step is a second.
    measured = np.array([well.activity * well.substrate for well in wells]) * share * 1e-3 / 60
    saturation = oxoglutarate / (KM_OXOGLUTARATE + oxoglutarate)
    other = np.array([well.other for well in wells]) * share * 1e-3 / 60
    loss = drift / EPSILON * 1e3 / 60

    def rates(state: np.ndarray) -> np.ndarray:
        pyruvate, reduced, acceptor = state
        alt = measured / saturation * acceptor / (KM_OXOGLUTARATE + acceptor)
        left = reduced / (KM_NADH + reduced)
        ldh = LDH / 60 * pyruvate / (KM_PYRUVATE + pyruvate) * left
        return np.array([alt - ldh, -ldh - (other + loss) * left, -alt])

    start = np.stack([np.zeros(count), np.full(count, nadh), np.full(count, oxoglutarate)])
    states = runge_kutta(rates, start, (reads - 1) * interval)[::interval]
    turbid = np.array([well.turbidity for well in wells])
    clean = states[:, 1] * 1e-3 * EPSILON * depth + 0.045 + turbid
    a340 = clean + noise * rng.standard_normal(clean.shape)
    a340 = np.where(a340 > 4.0, np.inf, a340)
    base = 0.035 + 0.2 * turbid
    water = [base + WATER_PER_CM * depth, base]
    a977, a900 = (part + 5e-4 * rng.standard_normal(count) for part in water)
    return CoupledPlate(wells, np.arange(reads) * float(interval), a340, a977, a900)


def simulate_amplex(
    wells: tuple[Well, ...],
    seed: int,
    *,
    reads: int = 13,
    interval: int = 180,
    noise: float = 2e-3,
    pipetting: float = 0.02,
    sample_ul: float = 50.0,
    per_nmol: float = 0.105,
    probe_nmol: float = 40.0,
    develop: float = 1 / 60,
    drift: float = 0.004,
) -> tuple[np.ndarray, np.ndarray]:
    """Return times (reads,) in s and absorbance at 570 nm (reads, wells).

    Parameters
    ----------
    wells : tuple of Well
    seed : int
    reads, interval : int
    noise, pipetting : float
        AU; coefficient of variation.
    sample_ul : float
    per_nmol : float
        AU of a nmol of resorufin.
    probe_nmol : float
        Dye in a well.
    develop : float
        First-order rate at which pyruvate becomes dye, 1/s.
    drift : float
        nmol of dye a minute without pyruvate.
    """
    rng = np.random.default_rng(seed)
    count = len(wells)
    volume = sample_ul * (1 + pipetting * rng.standard_normal(count))
    part = volume / np.array([well.dilution for well in wells])
    # U/L times uL is 1e-6 umol/min, 1e-3 nmol/min.
    alt = np.array([well.activity * well.substrate for well in wells]) * part * 1e-3 / 60
    other = np.array([well.other for well in wells]) * part * 1e-3 / 60
    given = np.array([well.standard for well in wells]) * (1 + 0.01 * rng.standard_normal(count))

    def rates(state: np.ndarray) -> np.ndarray:
        pyruvate, dye = state
        left = np.maximum(1 - dye / probe_nmol, 0.0)
        turned = develop * pyruvate
        return np.array([alt + other - turned, (turned + drift / 60) * left])

    start = np.stack([given, np.zeros(count)])
    # The plate waits two minutes between the reagent and the first read.
    states = runge_kutta(rates, start, 120 + (reads - 1) * interval)[120::interval]
    signal = 0.055 + per_nmol * states[:, 1] + noise * rng.standard_normal((reads, count))
    return np.arange(reads) * float(interval), signal


# --- the examples -------------------------------------------------------------------------------

LIVER, MUSCLE = "liver", "muscle"
# U/g wet weight (the cycle's parameters), share in the cytosol, share with its cofactor.
TISSUES = {LIVER: (40.0, 0.9), MUSCLE: (4.5, 0.5)}
HOLO = {"cytosol": 0.82, "mitochondria": 0.70}
DILUTIONS = {
    (LIVER, "cytosol"): 20.0,
    (LIVER, "mitochondria"): 2.0,
    (MUSCLE, "cytosol"): 1.0,
    (MUSCLE, "mitochondria"): 1.0,
}
PROTEIN = {
    (LIVER, "cytosol"): 9.0,
    (LIVER, "mitochondria"): 4.0,
    (MUSCLE, "cytosol"): 5.0,
    (MUSCLE, "mitochondria"): 1.5,
}
GRAMS_PER_LITRE = 100.0  # 100 mg in 1 mL


def name_of(row: int, column: int) -> str:
    """Return the name of a well, from 0."""
    return f"{'ABCDEFGH'[row]}{column + 1}"


def coupled_wells(seed: int) -> tuple[Well, ...]:
    """Return the wells of the example `alt-coupled`."""
    rng = np.random.default_rng(seed)
    wells = []
    for block, tissue in enumerate((LIVER, MUSCLE)):
        per_gram, cytosolic = TISSUES[tissue]
        for donor in range(3):
            total = per_gram * np.exp(0.15 * rng.standard_normal()) * GRAMS_PER_LITRE
            for k, fraction in enumerate(("cytosol", "mitochondria")):
                share = cytosolic if fraction == "cytosol" else 1 - cytosolic
                wells += _tissue_wells(
                    2 * donor + k, 5 * block, tissue, donor + 1, fraction, total * share
                )
    wells += [Well(name_of(6, k), {"role": "blank"}, substrate=False) for k in range(4)]
    wells += [
        Well(name_of(6, k), {"role": "positive", "sample": "pig heart ALT", "plp": "yes"}, 150.0)
        for k in (4, 5)
    ]
    strong = {"role": "sample", "sample": "liver extract, not diluted", "plp": "yes"}
    wells += [Well(name_of(6, k), strong, 2600.0) for k in (6, 7)]
    turbid = {"role": "sample", "sample": "whole homogenate, turbid", "plp": "yes"}
    wells += [Well(name_of(6, 8), turbid, 220.0, turbidity=2.62)]
    wells += [Well(name_of(6, 9), turbid, 220.0, turbidity=3.9)]
    plasma = {"role": "sample", "sample": "plasma", "plp": "yes"}
    wells += [Well(name_of(6, k), plasma, 28.0) for k in (10, 11)]
    return tuple(wells)


def _tissue_wells(
    row: int, first: int, tissue: str, donor: int, fraction: str, holo_and_apo: float
) -> list[Well]:
    """Return two wells with PLP, two without, and one without substrate."""
    dilution = DILUTIONS[tissue, fraction]
    said = {
        "sample": f"{tissue} {donor}",
        "tissue": tissue,
        "group": "overnight fast",
        "replicate": str(donor),
        "fraction": fraction,
        "dilution": f"{dilution:g}",
    }
    other = 0.02 * holo_and_apo
    wells = []
    for k, plp in enumerate(("yes", "yes", "no", "no", "")):
        role = {"role": "sample", "plp": plp} if plp else {"role": "sample_blank"}
        share = 1.0 if plp == "yes" else HOLO[fraction]
        wells.append(
            Well(
                name_of(row, first + k),
                said | role,
                holo_and_apo * share,
                dilution,
                other,
                substrate=bool(plp),
            )
        )
    return wells


def amplex_wells(seed: int) -> tuple[Well, ...]:
    """Return the wells of the example `alt-amplex`: plasma and hepatocyte lysates."""
    rng = np.random.default_rng(seed)
    wells = []
    for k, amount in enumerate((0, 2, 4, 6, 8, 10)):
        for row in (0, 1):
            said = {"role": "standard", "standard": f"{amount} nmol"}
            wells.append(Well(name_of(row, k), said, standard=float(amount)))
    groups = {"vehicle": 42.0, "dexamethasone": 95.0}
    for g, (group, level) in enumerate(groups.items()):
        for culture in range(3):
            activity = level * np.exp(0.12 * rng.standard_normal())
            for k in range(3):
                said = {"sample": f"{group} {culture + 1}", "group": group}
                said |= {"replicate": str(culture + 1), "dilution": "10"}
                said |= {"role": "sample_blank" if k == 2 else "sample", "plp": "yes"}
                place = name_of(2 + culture, 3 * g + k)
                wells.append(Well(place, said, activity, 10.0, 4.0, 0.0, k != 2))
    strong = {"role": "sample", "sample": "liver lysate, too strong", "dilution": "10"}
    wells += [Well(name_of(5, k), strong, 900.0, 10.0) for k in (0, 1)]
    wells += [Well(name_of(5, k), {"role": "blank"}) for k in (2, 3)]
    control = {"role": "positive", "sample": "ALT control", "dilution": "10"}
    wells += [Well(name_of(5, k), control, 60.0, 10.0) for k in (4, 5)]
    return tuple(wells)


def gen5_text(plate: CoupledPlate) -> str:
    """Return a plate as Gen5 exports it, with points as decimal marks."""
    names = [well.name for well in plate.wells]
    lines = ["", "Software Version\t3.12.08", "", "", ""]
    lines += ["Experiment File Path:\tALT_coupled.xpt", "Protocol File Path:\tALT_340.prt", ""]
    lines += ["Plate Number\tPlate 1", "Date\t3/14/2025", "Time\t9:12:40 AM"]
    lines += [
        "Reader Type:\tSynergy H1",
        "Reader Serial Number:\tsimulated",
        "Reading Type\tReader",
    ]
    span = int(plate.times[-1])
    lines += ["", "Procedure Details", "", "Plate Type\t96 WELL PLATE", "Set Temperature"]
    lines += ["\tSetpoint 37°C", "Read\t977", "\tAbsorbance Endpoint", "\tWavelengths:  977, 900"]
    step = int(plate.times[1])
    lines += [
        f"Start Kinetic\tRuntime {_clock(span)} (HH:MM:SS), Interval {_clock(step)}, "
        f"{len(plate.times)} Reads",
        "    Read\tAbsorbance Endpoint",
        "\tFull Plate",
        "\tWavelengths:  340",
        "\tRead Speed: Normal",
        "End Kinetic",
        "",
        "340",
        "",
        "\t".join(["Time", "T° 340", *names]),
    ]
    for time, row in zip(plate.times, plate.a340):
        warm = f"{37 + 0.1 * np.sin(time / 90):.1f}"
        lines.append("\t".join([_clock(int(time)), warm, *(_absorbance(x) for x in row)]))
    lines += ["", "Results", "\t" + "\t".join(str(k + 1) for k in range(COLUMNS))]
    for reading, values in (("977", plate.a977), ("900", plate.a900)):
        table = dict(zip(names, values))
        for row in range(ROWS):
            cells = [table.get(name_of(row, k)) for k in range(COLUMNS)]
            texts = ["" if cell is None else _absorbance(cell) for cell in cells]
            lines.append("\t".join(["ABCDEFGH"[row], *texts, f"977:{reading}"]))
    return "\r\n".join(lines) + "\r\n"


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _absorbance(value: float) -> str:
    return "OVRFLW" if np.isinf(value) else f"{value:.3f}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from activity_examples import write_examples

    for written in write_examples():
        print(written)
