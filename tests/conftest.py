"""What many tests share: the model and its validation, each made once a process."""

import pytest

from cahill.cycle.build import build_model
from cahill.cycle.experiments import Laboratory
from cahill.cycle.targets import targets
from cahill.cycle.validate import validate


@pytest.fixture(scope="session")
def man():
    """Return the model of the reference man; `build_model` keeps it."""
    return build_model()


@pytest.fixture(scope="session")
def laboratory(man):
    """Return a laboratory that knows the output times of every target."""
    return Laboratory(man, targets())


@pytest.fixture(scope="session")
def verdict():
    """Return the validation of the reference man."""
    return validate()
