"""Whole-body tracer kinetics: Steele's equations and what follows from them, on plain arrays.

Symbols and units, those of the literature:

- F, infusion rate of tracer: umol/kg/min, or dpm/kg/min if it is radioactive;
- z, tracer to tracee ratio (mol/mol); for a radioactive tracer the specific activity, dpm/umol;
- C, concentration of tracee, umol/L; p*V, volume that mixes at once, L/kg;
- Ra, Rd, rates of appearance and disappearance of tracee, umol/kg/min.

Steele's equation in z holds for tracers with and without mass. With the mole fraction of tracer
x = z/(1 + z) it reads F/z = F/x - F, the form in which studies with stable isotopes subtract the
infusion (Rosenblatt & Wolfe 1988). A radioactive tracer has no mass and z = SA. How enrichments
become z is in `cahill.tracing.in_vivo_enrichment`.

**Steele's equation** (Steele 1959), for tracer n = z*N in a pool N = p*V*C that mixes at once:
dN/dt = Ra - Rd and dn/dt = F - z*Rd, hence Ra = (F - N dz/dt)/z and Rd = Ra - dN/dt. It is exact
for one pool; p corrects roughly for a slower second pool.

All functions take numbers or arrays that broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike

from cahill.errors import InputError

ALANINE_CARBONS = 3
"""Carbon transfers are told in molecules of three carbons (alanine, lactate)."""


def steele_steady(infusion: ArrayLike, ratio: ArrayLike) -> np.ndarray:
    """Return the rate of appearance of tracee at steady state, Ra = F/z.

    Parameters
    ----------
    infusion : array_like
        F, umol/kg/min or dpm/kg/min.
    ratio : array_like
        z, mol/mol or dpm/umol. With a mole fraction x instead the equation reads F/x - F.

    Returns
    -------
    numpy.ndarray
        umol/kg/min, the tracer's own inflow not counted.

    References
    ----------
    Steele 1959; Rosenblatt & Wolfe 1988 for tracers with mass.
    """
    return np.asarray(infusion, dtype=float) / np.asarray(ratio, dtype=float)


def steele_nonsteady(
    infusion: ArrayLike,
    ratio: ArrayLike,
    slope: ArrayLike,
    concentration: ArrayLike,
    concentration_slope: ArrayLike,
    pool_volume: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rates of appearance and disappearance of tracee when they change.

    Parameters
    ----------
    infusion : array_like
        F at each time, umol/kg/min or dpm/kg/min.
    ratio, slope : array_like
        z and dz/dt, the latter per min.
    concentration, concentration_slope : array_like
        Tracee, umol/L, and its slope, umol/L/min.
    pool_volume : float
        p*V, L/kg.

    Returns
    -------
    tuple of numpy.ndarray
        Ra and Rd, umol/kg/min.

    References
    ----------
    Steele 1959. Its error outside steady state grows with |dz/dt|; hold z constant by changing the
    infusion to be free of it.
    """
    z = np.asarray(ratio, dtype=float)
    pool = pool_volume * np.asarray(concentration, dtype=float)
    appearance = (np.asarray(infusion, dtype=float) - pool * np.asarray(slope, dtype=float)) / z
    stored = pool_volume * np.asarray(concentration_slope, dtype=float)
    return appearance, appearance - stored


def clearance(rate: ArrayLike, concentration: ArrayLike) -> np.ndarray:
    """Return plasma cleared of tracee, L/kg/min.

    Parameters
    ----------
    rate : array_like
        Rate of disappearance, umol/kg/min. At steady state it equals Ra and the result is the
        metabolic clearance rate.
    concentration : array_like
        Tracee, umol/L.
    """
    return np.asarray(rate, dtype=float) / np.asarray(concentration, dtype=float)


def precursor_fraction(
    product: ArrayLike, precursor: ArrayLike, product_carbons: int, precursor_carbons: int
) -> np.ndarray:
    """Return the share of a product's carbon that comes from a precursor of plasma.

    The ratio of their labels per carbon, at isotopic steady state.

    Parameters
    ----------
    product, precursor : array_like
        Label per molecule (`label_per_molecule`).
    product_carbons, precursor_carbons : int
        Carbon atoms of each.
    """
    per_carbon = np.asarray(product, dtype=float) / product_carbons
    return per_carbon / (np.asarray(precursor, dtype=float) / precursor_carbons)


def carbon_transfer(
    product_ra: ArrayLike,
    product: ArrayLike,
    precursor: ArrayLike,
    precursor_carbons: int,
    unit_carbons: int = ALANINE_CARBONS,
) -> np.ndarray:
    """Return the carbon that passes from a precursor to a product of plasma.

    J = Ra_product * L_product / L_precursor counts molecules of precursor. In alanine units, with
    SA per carbon, it reads J(glucose -> alanine) = Ra_Ala * SA_Ala/SA_Glc and
    J(alanine -> glucose) = 2 * Ra_Glc * SA_Glc/SA_Ala, the formulas of the model's own transfers.

    Parameters
    ----------
    product_ra : array_like
        Rate at which molecules of the product appear, umol/kg/min. Where its own tracer has mass
        that is Ra + F, since label per molecule is per molecule of both.
    product, precursor : array_like
        Label per molecule.
    precursor_carbons : int
        Carbon atoms of the precursor.
    unit_carbons : int
        Carbon atoms of the molecules it is told in.

    Returns
    -------
    numpy.ndarray
        umol/kg/min of molecules with `unit_carbons` carbons.
    """
    share = np.asarray(product, dtype=float) / np.asarray(precursor, dtype=float)
    return np.asarray(product_ra, dtype=float) * share * precursor_carbons / unit_carbons


def carbon_transfer_nonsteady(
    product_ra: ArrayLike,
    product: ArrayLike,
    product_slope: ArrayLike,
    precursor: ArrayLike,
    concentration: ArrayLike,
    pool_volume: float,
    precursor_carbons: int,
    unit_carbons: int = ALANINE_CARBONS,
) -> np.ndarray:
    """Return the carbon transfer while the product's label still changes.

    Label that enters the product's pool N = p*V*C is what leaves it and what is stored:
    J * L_precursor = Rd*L + d(N*L)/dt = Ra*L + N dL/dt.

    Parameters
    ----------
    product_ra : array_like
        Rate at which molecules of the product appear at each time (see `carbon_transfer`).
    product, product_slope : array_like
        Its label per molecule, and the slope of that per min.
    precursor : array_like
        Label per molecule of the precursor.
    concentration : array_like
        Of the product, umol/L.
    pool_volume : float
        p*V of the product, L/kg.
    precursor_carbons, unit_carbons : int
        As for `carbon_transfer`.
    """
    stored = pool_volume * np.asarray(concentration, float) * np.asarray(product_slope, float)
    entering = np.asarray(product_ra, float) * np.asarray(product, float) + stored
    return entering / np.asarray(precursor, float) * precursor_carbons / unit_carbons


def recycling(kept_ra: ArrayLike, lost_ra: ArrayLike) -> np.ndarray:
    """Return the share of a molecule's appearance that is its own recycled label.

    A tracer that keeps its label on the way round ([U-13C]glucose through lactate, [6-3H]glucose
    through glucose 6-phosphate) comes back and shows too small a Ra; one that loses it ([6-3H] and
    [2-3H]glucose) does not.

    Parameters
    ----------
    kept_ra, lost_ra : array_like
        Rates of appearance by the tracer that keeps its label, and by the one that loses it.

    Returns
    -------
    numpy.ndarray
        1 - kept_ra / lost_ra.
    """
    return 1.0 - np.asarray(kept_ra, dtype=float) / np.asarray(lost_ra, dtype=float)


def tca_exchange(position_ratio: ArrayLike) -> np.ndarray:
    """Estimate the label lost in the TCA cycle from where it stands in glucose.

    For alanine or lactate labelled in carbon 2 or 3. With y = pyruvate carboxylated for each turn
    of the cycle, oxaloacetate and fumarate mixed completely, and acetyl-CoA and CO2 unlabelled,
    the balance of oxaloacetate's inner (m) and outer (c) carbons at steady state is
    (1 + y) m = (y e + m)/2 and (1 + y) c = m/2 where e is the label of pyruvate. Glucose gets m in
    C1, C2, C5, C6 and c in C3, C4, so the ratio (C1 + C2 + C5 + C6)/(C3 + C4) = 2m/c = 4(1 + y)
    gives y, and glucose carries (2m + c)/e = 2y/(1 + 2y) * (1 + 1/(4(1 + y))) of the label that
    its carbon from pyruvate deserves. It is an estimate of the kind of Katz and Landau, derived
    here from the carbon transitions.

    Parameters
    ----------
    position_ratio : array_like
        Label in C1 + C2 + C5 + C6 of glucose over that in C3 + C4; above 4.

    Returns
    -------
    numpy.ndarray
        Share of label lost: near 0 if the cycle hardly turns, near 1 if little is carboxylated.

    Raises
    ------
    InputError
        If a ratio is 4 or less, which this model cannot give.
    """
    ratio = np.asarray(position_ratio, dtype=float)
    if np.any(~(ratio > 4)):
        raise InputError(
            f"position ratio {np.nanmin(ratio):g}: (C1+C2+C5+C6)/(C3+C4) of glucose must exceed 4; "
            "a smaller one shows labelled CO2 or acetyl-CoA, so give the exchange itself"
        )
    y = ratio / 4.0 - 1.0
    return 1.0 - 2.0 * y / (1.0 + 2.0 * y) * (1.0 + 1.0 / (4.0 * (1.0 + y)))
