"""The picture of a series in time."""

import math

import numpy as np
import pandas as pd
import pytest
from picture_overlaps import text_overlaps  # noqa: F401

from cahill.errors import InputError
from cahill.results.series_plot import series_plot
