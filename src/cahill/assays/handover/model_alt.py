"""What the cycle model takes for ALT: its Vmax in liver and muscle, and its Km's."""

import math
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from cahill.assays.handover.isoform_shares import ISOFORMS
from cahill.core.parameters import ParameterSet
from cahill.errors import InputError
from cahill.io.tables import read_parameters

UNIT = "mmol/min"


def saturation(isoform: str, alanine: float, oxoglutarate: float) -> float:
    """Return the rate over Vmax at an assay's concentrations, by the model's ping-pong law.

    v/Vmax = 1/(1 + Km_Ala/A + Km_AKG/B), products absent; the same as the cycle's
    `pingpong_denominator` with pyruvate and glutamate at zero.

    Parameters
    ----------
    isoform : {"ALT1", "ALT2"}
    alanine, oxoglutarate : float
        mmol/L; where either is not known the answer is 1.
    """
    if not (math.isfinite(alanine) and math.isfinite(oxoglutarate)):
        return 1.0
    if min(alanine, oxoglutarate) <= 0:
        raise InputError("an assay without alanine or 2-oxoglutarate measures no Vmax")
    model = _model()
    ratio = model[f"km_Ala_{isoform}"].quantity.to("mmol/L") / alanine
    ratio += model[f"km_aKG_{isoform}"].quantity.to("mmol/L") / oxoglutarate
    return 1 / (1 + ratio)


@lru_cache(maxsize=1)
def _model() -> ParameterSet:
    """Return the model's literature parameters."""
    return read_parameters(Path(str(files("cahill") / "data/parameters/literature.tsv")))


def model_vmax(tissue: str) -> tuple[float, float]:
    """Return the model's Vmax of ALT1 and ALT2 in a tissue, mmol/min."""
    first, second = (_model()[f"vmax_{name}_{tissue}"].quantity.to(UNIT) for name in ISOFORMS)
    return first, second
