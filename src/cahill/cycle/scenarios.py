"""Scenarios: where the subject starts, what is given to him and when, and when the answer is read.

A scenario is a TOML file; those of the package lie in `data/scenarios`, a user's own is given by
its path and is checked in the same way. Times are minutes from the start of the scenario.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files
from math import inf
from pathlib import Path

import numpy as np

from cahill.cycle.inputs import ScenarioInput
from cahill.cycle.scenario_schema import check_shape, read_held, read_inputs, read_start, read_times
from cahill.errors import CahillError, InputError, UnitError, UnknownNameError

SUFFIX = ".toml"


@dataclass(frozen=True)
class Scenario:
    """A checked scenario.

    Parameters
    ----------
    name : str
        Name of the file without its suffix.
    title, description : str
        What is done, for pictures and reports.
    sources : tuple of str
        Keys of `references.bib`.
    duration : float
        min.
    report_times : tuple of float
        min; when fluxes are reported, ascending.
    hours_fasted : float
        h since the last meal was absorbed at time zero; 12 is the reference state of the model.
    start_state : mapping of str to float
        States replaced at time zero, in the model's units (after the fast).
    held : tuple of str
        States kept at their starting value throughout.
    inputs : tuple of ScenarioInput
        Ordered by start.
    path : Path
        The file it was read from.
    """

    name: str
    title: str
    description: str
    sources: tuple[str, ...]
    duration: float
    report_times: tuple[float, ...]
    hours_fasted: float
    start_state: Mapping[str, float]
    held: tuple[str, ...]
    inputs: tuple[ScenarioInput, ...]
    path: Path

    @property
    def report_time(self) -> float:
        """The last time at which fluxes are reported, in min."""
        return self.report_times[-1]

    def lasting(self, hours: float) -> "Scenario":
        """Return the scenario with another length.

        Inputs are cut at the new end; one that lasted to the old end lasts to the new one. Reports
        after the new end are dropped, or made there if none is left.

        Raises
        ------
        InputError
            `hours` is not positive.
        """
        if not 0.0 < hours < inf:
            raise InputError(f"hours: {hours:g} is out of range; give a positive number")
        end = 60.0 * hours
        inputs = tuple(
            replace(item, end=end if item.end == self.duration else min(item.end, end))
            for item in self.inputs
            if item.start < end
        )
        report = tuple(time for time in self.report_times if time <= end) or (end,)
        return replace(self, duration=end, inputs=inputs, report_times=report)

    def segments(
        self, parameter_names: Sequence[str], default_parameters: np.ndarray
    ) -> list[tuple[float, np.ndarray]]:
        """Return the parameter vectors of the stretches between changes of input.

        Parameters
        ----------
        parameter_names : sequence of str
            Names of the model's parameters.
        default_parameters : ndarray, shape (len(parameter_names),)
            Values where no input acts.

        Returns
        -------
        list of (float, ndarray)
            Start of each stretch in min, ascending from 0, and its parameters; the last one lasts
            to `duration`.

        Raises
        ------
        UnknownNameError
            The model has no parameter of an input's name.
        """
        result = []
        for start, values in self.changes(parameter_names, default_parameters):
            vector = np.array(default_parameters, dtype=float)
            vector[list(values)] = list(values.values())
            result.append((start, vector))
        return result

    def changes(
        self, parameter_names: Sequence[str], default_parameters: np.ndarray
    ) -> list[tuple[float, dict[int, float]]]:
        """Return the stretches of `segments` with the inputs only, as {parameter index: value}.

        What other parameters are then stays open, so one schedule serves every member of an
        ensemble.
        """
        index = {name: i for i, name in enumerate(parameter_names)}
        for item in self.inputs:
            if item.name not in index:
                raise UnknownNameError("input", item.name, index, f"scenario {self.name}")
        rest = {index[i.name]: float(default_parameters[index[i.name]]) for i in self.inputs}
        edges = {0.0} | {t for item in self.inputs for t in (item.start, item.end)}
        return [
            (
                start,
                rest | {index[i.name]: i.value for i in self.inputs if i.start <= start < i.end},
            )
            for start in sorted(edge for edge in edges if edge < self.duration)
        ]

    def initial_state(self, state_names: Sequence[str], state: np.ndarray) -> np.ndarray:
        """Return the state at time zero with the scenario's own values in it.

        Parameters
        ----------
        state_names : sequence of str
            Names of the model's states.
        state : ndarray, shape (len(state_names),)
            The state after the fast.

        Raises
        ------
        UnknownNameError
            The model has no state of a name in `start_state`.
        """
        index = {name: i for i, name in enumerate(state_names)}
        result = np.array(state, dtype=float)
        for name, value in self.start_state.items():
            if name not in index:
                raise UnknownNameError("species", name, index, f"{self.path.name}: start.state")
            result[index[name]] = value
        return result


def scenario_names() -> tuple[str, ...]:
    """Return the names of the package's scenarios in alphabetical order."""
    return tuple(sorted(path.stem for path in _folder().glob("*" + SUFFIX)))


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read and check a scenario.

    Parameters
    ----------
    name_or_path : str or Path
        A name of `scenario_names()` or the path of a TOML file.

    Raises
    ------
    UnknownNameError
        No scenario of the package has this name.
    InputError, UnitError
        The file cannot be used; every fault is a line of the message.
    """
    path = _find(name_or_path)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path.name}: not a TOML file: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise InputError(f"{path.name}: not a text file in UTF-8; save it as one") from None
    return _read(path, table)


def _folder() -> Path:
    return Path(str(files("cahill") / "data" / "scenarios"))


def _find(name_or_path: str | Path) -> Path:
    """Return the file of a scenario; what looks like a path is one."""
    text = str(name_or_path)
    if not text.endswith(SUFFIX) and "/" not in text:
        if text not in scenario_names():
            raise UnknownNameError("scenario", text, scenario_names())
        return _folder() / (text + SUFFIX)
    path = Path(name_or_path).expanduser()
    if not path.is_file():
        raise InputError(f"{path}: no such file; give a TOML file or one of the scenarios' names")
    return path


def _read(path: Path, table: dict) -> Scenario:
    """Turn a file's table into a scenario, or raise with all its faults."""
    faults: list[CahillError] = check_shape(path.name, table)
    _refuse(faults)
    times = read_times(path.name, table, faults)
    start_state = read_start(path.name, table, faults)
    held = read_held(path.name, table, faults)
    inputs = read_inputs(path.name, table, times.duration, faults)
    _refuse(faults)
    return Scenario(
        name=path.stem,
        title=table["title"],
        description=" ".join(table.get("description", "").split()),
        sources=tuple(table.get("sources", ())),
        duration=times.duration,
        report_times=times.report,
        hours_fasted=float(table.get("start", {}).get("hours_fasted", 12.0)),
        start_state=start_state,
        held=held,
        inputs=inputs,
        path=path,
    )


def _refuse(faults: Sequence[CahillError]) -> None:
    """Raise the faults of a file together, each on its line."""
    if not faults:
        return
    if len(faults) == 1:
        raise faults[0]
    only_units = all(isinstance(fault, UnitError) for fault in faults)
    raise (UnitError if only_units else InputError)("\n".join(str(fault) for fault in faults))
