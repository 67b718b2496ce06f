"""Invented but consistent numbers for the tests of the pictures."""

import math

import numpy as np
import pandas as pd

FLUXES = {
    "glucose_uptake_muscle": 2.2,
    "glycogen_synthesis_muscle": 0.2,
    "glycogen_breakdown_muscle": 0.5,
    "glycolysis_muscle": 2.5,
    "LDH_muscle": 2.2,
    "lactate_exchange_muscle": 2.2,
    "PDH_muscle": 1.6,
    "TCA_muscle": 9.0,
    "BCAT2_muscle": 0.45,
    "BCKDH_muscle": 0.44,
    "BCAA_exchange_muscle": 0.12,
    "ALT1_muscle": -0.6,
    "ALT2_muscle": -0.5,
    "proteolysis_Ala_muscle": 0.9,
    "protein_synthesis_Ala_muscle": 0.66,
    "proteolysis_Glu_muscle": 1.1,
    "protein_synthesis_Glu_muscle": 0.8,
    "proteolysis_BCAA_muscle": 1.6,
    "protein_synthesis_BCAA_muscle": 1.03,
    "glutamine_synthetase_muscle": 2.4,
    "glutamine_release_muscle": 3.9,
    "glutamine_uptake_muscle": 1.0,
    "alanine_release_muscle": 2.94,
    "alanine_uptake_muscle": 1.60,
    "G6Pase_liver": 10.9,
    "glucokinase_liver": 0.0,
    "glycogen_breakdown_liver": 6.0,
    "glycogen_synthesis_liver": 0.0,
    "gluconeogenesis_liver": 4.3,
    "glycolysis_liver": 0.0,
    "glycerol_uptake_liver": 0.6,
    "PK_liver": 1.2,
    "PC_liver": 8.7,
    "PEPCK_liver": 9.8,
    "citrate_synthase_liver": 5.0,
    "lactate_exchange_liver": 4.5,
    "LDH_liver": 4.5,
    "alanine_uptake_liver": 2.4,
    "ALT1_liver": 1.9,
    "ALT2_liver": 0.25,
    "AA_uptake_liver": 1.9,
    "glutaminase_liver": 1.1,
    "glutamine_synthetase_liver": 0.3,
    "GDH_liver": 0.9,
    "urea_cycle_liver": 3.0,
    "glycolysis_other": 8.7,
    "lactate_exchange_other": 2.3,
    "PDH_other": 14.0,
    "ALT_other": -0.5,
    "alanine_release_other": 1.2,
    "alanine_uptake_other": 0.4,
    "glutamine_synthetase_other": 2.6,
    "glutaminase_other": 4.1,
}

GROSS = {
    "ALT1_muscle": (5.2, 5.8),
    "ALT2_muscle": (3.1, 3.6),
    "ALT1_liver": (9.4, 7.5),
    "ALT2_liver": (1.4, 1.15),
    "lactate_exchange_muscle": (5.51, 3.29),
    "lactate_exchange_other": (7.1, 4.8),
    "lactate_exchange_liver": (5.6, 1.1),
    "alanine_uptake_liver": (2.9, 0.5),
}

CONCENTRATIONS = {
    "Glc_blood": 4.9,
    "Lac_blood": 0.72,
    "Ala_blood": 0.34,
    "Gln_blood": 0.62,
    "BCAA_blood": 0.41,
    "Urea_blood": 5.1,
    "Glycerol_blood": 0.061,
    "Ala_muscle": 1.4,
    "Pyr_muscle": 0.052,
    "Lac_muscle": 1.1,
    "Glu_muscle": 3.1,
    "Gln_muscle": 19.5,
    "G6P_muscle": 0.31,
    "Glycogen_muscle": 85.0,
    "BCAA_muscle": 0.71,
    "BCKA_muscle": 0.03,
    "AcCoA_muscle": 0.008,
    "Ala_liver": 1.2,
    "Pyr_liver": 0.08,
    "Lac_liver": 0.9,
    "Glu_liver": 3.0,
    "NH4_liver": 0.6,
    "G6P_liver": 0.2,
    "Glycogen_liver": 220.0,
    "PEP_liver": 0.12,
    "OAA_liver_mito": 0.0051,
    "Pyr_other": 0.06,
    "Ala_other": 0.9,
}


def time_course_frame() -> pd.DataFrame:
    """Return time courses of every kind the reports show."""
    hours = np.linspace(0, 24, 97)
    meal = np.exp(-(((hours - 4) / 1.6) ** 2))
    lines = [
        ("Glucose and hormones", "mmol/L", "glucose", 4.9 + 2.6 * meal),
        ("Glucose and hormones", "pmol/L", "insulin", 45 + 300 * meal),
        ("Glucose and hormones", "pmol/L", "glucagon", 20 - 6 * meal),
        ("Alanine, lactate, glutamine", "mmol/L", "alanine", 0.34 + 0.1 * meal),
        ("Alanine, lactate, glutamine", "mmol/L", "lactate", 0.72 + 0.5 * meal),
        ("Alanine, lactate, glutamine", "mmol/L", "glutamine", 0.62 - 0.05 * meal),
        ("Fluxes", "µmol/kg/min", "alanine release, muscle", 2.9 - 0.6 * meal),
        ("Fluxes", "µmol/kg/min", "gluconeogenesis", 4.9 - 2.9 * meal),
        ("Fluxes", "µmol/kg/min", "glycogen breakdown", 6.0 * (1 - meal)),
        ("Glycogen", "mmol/L", "liver", 220 - 6 * hours + 40 * meal),
        ("Expression", "relative to 12 h", "PCK1 mRNA", 1 - 0.6 * meal),
        ("Expression", "relative to 12 h", "GPT protein", 1 - 0.02 * meal),
        ("Serum ALT", "U/L", "ALT1", 22 + 0.1 * hours),
    ]
    frames = [
        pd.DataFrame(
            {
                "time_h": hours,
                "quantity": label,
                "value": value,
                "unit": unit,
                "panel": panel,
                "label": label,
                "low": value * 0.9,
                "high": value * 1.1,
            }
        )
        for panel, unit, label, value in lines
    ]
    return pd.concat(frames, ignore_index=True)


def comparison_frame(rows: int = 50) -> pd.DataFrame:
    """Return targets with predictions inside, outside, far outside and missing."""
    records = []
    for k in range(rows):
        target = 1.0 + 0.7 * k
        predicted = target * (1 + 0.12 * np.sin(1.7 * k)) if k % 9 else target * 2.5
        low, high = 0.9 * target, 1.1 * target
        records.append(
            {
                "id": f"row-{k}",
                "condition": ["overnight fast", "60-h fast", "insulin clamp, 29 µU/mL"][k % 3],
                "quantity": ["plasma alanine flux", "endogenous glucose production"][k % 2],
                "unit": "µmol/kg/min",
                "target": target,
                "low": low if k % 7 else math.nan,
                "high": high,
                "predicted": predicted if k != 11 else math.nan,
                "role": "validation" if k % 3 == 0 else "calibration",
                "met": None if k == 11 else bool(predicted <= high),
                "seed": k < 4,
                "source": "Invented 2000",
            }
        )
    return pd.DataFrame(records)


def control_frame() -> pd.DataFrame:
    """Return control coefficients of three quantities."""
    steps = list(FLUXES)[:20]
    return pd.DataFrame(
        {
            "quantity": np.repeat(["alanine flux", "glucose production", "urea"], len(steps)),
            "step": steps * 3,
            "coefficient": np.sin(np.arange(60) * 1.3) * np.exp(-np.arange(60) % 20 / 8),
        }
    )


def interval_frame() -> pd.DataFrame:
    """Return intervals in two units."""
    median = np.array([4.4, 10.9, 1.9, 1.5, 0.34, 4.9])
    return pd.DataFrame(
        {
            "quantity": ["alanine flux", "EGP", "Glc to Ala carbon", "Ala to Glc", "Ala", "Glc"],
            "unit": ["µmol/kg/min"] * 4 + ["mmol/L"] * 2,
            "low": median * 0.8,
            "median": median,
            "high": median * 1.25,
            "target_low": median * 0.9,
            "target_high": median * 1.1,
        }
    )
