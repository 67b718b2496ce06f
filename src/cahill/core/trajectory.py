"""The course of many quantities over time."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cahill.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Values of named quantities at increasing times.

    Parameters
    ----------
    times : numpy.ndarray
        Times, minutes, shape (n,), not decreasing (a time may stand twice where an input jumps).
    names : tuple of str
        Names of the quantities, each once, length m.
    values : numpy.ndarray
        Shape (n, m).
    units : tuple of str
        Unit of each quantity, length m.
    notes : tuple of str
        Doubts and remarks, one sentence each.

    Raises
    ------
    InputError
        If the shapes disagree, a name stands twice or time runs backwards.
    """

    times: np.ndarray
    names: tuple[str, ...]
    values: np.ndarray
    units: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        times = np.asarray(self.times, dtype=float)
        values = np.asarray(self.values, dtype=float)
        shape = (times.size, len(self.names))
        if times.ndim != 1 or values.shape != shape:
            raise InputError(
                f"trajectory: values have shape {values.shape}, "
                f"{shape[0]} times and {shape[1]} names need {shape}"
            )
        if len(self.units) != len(self.names):
            raise InputError(f"trajectory: {len(self.units)} units for {len(self.names)} names")
        if len(set(self.names)) != len(self.names):
            twice = sorted({name for name in self.names if self.names.count(name) > 1})
            raise InputError(f'trajectory: name "{twice[0]}" stands twice')
        if times.size == 0 or np.any(np.diff(times) < 0):
            raise InputError("trajectory: times must be at least one and must not run backwards")
        object.__setattr__(self, "times", times)
        object.__setattr__(self, "values", values)

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise UnknownNameError("quantity", name, self.names)
        return self.names.index(name)

    def column(self, name: str) -> np.ndarray:
        """Return the course of one quantity, shape (n,), in its unit."""
        return self.values[:, self._position(name)]

    def unit(self, name: str) -> str:
        """Return the unit of one quantity."""
        return self.units[self._position(name)]

    def at(self, time: float) -> dict[str, float]:
        """Return every quantity at a time (minutes), interpolated linearly between outputs.

        Raises
        ------
        InputError
            If the time lies outside the trajectory.
        """
        first, last = self.times[0], self.times[-1]
        if not first <= time <= last:
            raise InputError(
                f"time {time:g} min is outside the trajectory ({first:g} to {last:g} min)"
            )
        return {
            name: float(np.interp(time, self.times, self.values[:, position]))
            for position, name in enumerate(self.names)
        }

    def to_frame(self) -> "pd.DataFrame":
        """Return a tidy table: time_h, quantity, value, unit; one observation a row."""
        import pandas as pd

        n = self.times.size
        return pd.DataFrame(
            {
                "time_h": np.tile(self.times / 60.0, len(self.names)),
                "quantity": np.repeat(np.array(self.names, dtype=object), n),
                "value": self.values.T.ravel(),
                "unit": np.repeat(np.array(self.units, dtype=object), n),
            }
        )

    def to_wide(self) -> "pd.DataFrame":
        """Return one column a quantity, indexed by time_h."""
        import pandas as pd

        index = pd.Index(self.times / 60.0, name="time_h")
        return pd.DataFrame(self.values, index=index, columns=list(self.names))
