"""Labels over time against an isotopomer oracle, closed forms, and themselves."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from label_course_oracle import expected, isotopomer_course
from label_oracle import experiment_of, isotopomers, measured, random_feeds, random_network

from cahill.core.atom_maps import parse_step
from cahill.core.labelling import (
    Experiment,
    Feed,
    LabelMeasurement,
    Tracer,
    average_channel,
    mass_channels,
)
from cahill.core.network import Network, Species
from cahill.errors import CahillError, ConvergenceError, InputError, ModelError
from cahill.tracing.label_model import label_model
from cahill.tracing.nonstationary_error import refined, verified_error, with_tolerance

DATA = Path(__file__).parents[3].parent / "shared" / "data" / "tracing" / "fluxml" / "EC.fml"
TIMES = (0.0, 0.3, 1.0, 4.0)
ALL = (("C", 1), ("C", 2), ("C", 3), ("C", 4), ("C", 5))


def probes(times):
    """Return measurements of every kind: mass, per element, tandem, one atom, a mixture."""
    options = {"times": times}
    shape = len(times)

    def over_time(one):
        blank = np.full((shape, len(one.channels)), np.nan)
        return replace(one, values=blank, sd=blank, **options)

    found = [
        measured("D", (ALL,), "whole"),
        measured("D", (ALL, (("N", 1),)), "both"),
        measured("A", ((("C", 1), ("C", 2)), (("C", 3),)), "tandem"),
        measured("S", ((("C", 2),),), "atom"),
        measured(("A", "E"), ((("C", 1), ("C", 3)),), "mixed", shares=(0.3, 0.7)),
    ]
    kept = [LabelMeasurement(**_fields(one) | _course(one, times)) for one in found]
    assert over_time
    return kept


def _fields(one):
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


def _course(one, times):
    blank = np.full((len(times), len(one.channels)), np.nan)
    return {"times": times, "values": blank, "sd": blank}
