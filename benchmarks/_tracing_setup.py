"""How long our side takes to be ready in a fresh process; imports no more than it needs."""

import time

from cahill.io.fluxml import read_fluxml
from cahill.tracing.flux_space import flux_space
from cahill.tracing.label_model import label_model


def setup(model: str, configuration: str) -> dict:
    """Return the CPU time of this process up to its first Jacobian, imports included."""
    study = read_fluxml(model, configuration)
    space = flux_space(study)
    state = space.complete(study.point)
    labels = label_model(study.network, study.experiments[0])
    labels.predict_with_jacobian(state.gross, space.gross_derivative(state))
    return {"s": time.process_time()}
