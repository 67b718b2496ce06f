"""Prove the model: every check, all faults at once, each in one line."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from cahill.core.network import Network
from cahill.core.network_check import Issue, check_network
from cahill.cycle.build import DATA, CycleModel, build_model
from cahill.cycle.check_laws import (
    check_empty_pools,
    check_equilibria,
    check_gross_fluxes,
    check_moieties,
    check_ping_pong,
    check_start,
    check_stationary,
)
from cahill.cycle.check_tables import (
    check_annotations,
    check_evidence,
    check_flux_map,
    check_names,
    check_ranges,
    check_scenarios,
    check_units,
    check_use,
)
from cahill.errors import CahillError, InputError, ModelError
from cahill.io.sbml_check import sbml_issues
from cahill.io.tables import read_atom_maps, read_species

Check = Callable[[CycleModel], Iterator[Issue]]


@dataclass(frozen=True)
class CheckReport:
    """The outcome of all checks.

    Parameters
    ----------
    checks : tuple of str
        What was checked, in order.
    issues : tuple of (str, Issue)
        Every fault with the check that found it.
    """

    checks: tuple[str, ...]
    issues: tuple[tuple[str, Issue], ...]

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The faults that make the model wrong."""
        return tuple(issue for _, issue in self.issues if issue.severity == "error")

    @property
    def passed(self) -> tuple[str, ...]:
        """The checks that found no error."""
        failed = {check for check, issue in self.issues if issue.severity == "error"}
        return tuple(check for check in self.checks if check not in failed)

    def summary(self) -> str:
        """Return a line for each fault and the number of checks passed."""
        total = len(self.checks)
        of_all = "" if len(self.passed) == total else f" of {total}"
        # A model that cannot be read fails many checks in the same words; once will do.
        lines = dict.fromkeys(str(issue) for _, issue in self.issues)
        return "\n".join([*lines, f"{len(self.passed)}{of_all} checks passed"])

    def to_json(self) -> str:
        """Return checks and faults for a program."""
        faults = [{"check": check, **asdict(issue)} for check, issue in self.issues]
        return json.dumps({"checks": self.checks, "passed": self.passed, "issues": faults})

    def save(self, folder: Path) -> list[Path]:
        """Write the summary as text and the faults as JSON into a folder that exists."""
        written = {"check.txt": f"{self.summary()}\n", "check.json": f"{self.to_json()}\n"}
        for name, text in written.items():
            (folder / name).write_text(text, encoding="utf-8")
        return [folder / name for name in written]

    def raise_errors(self) -> None:
        """Refuse the model if it has an error.

        Raises
        ------
        ModelError
            With the summary: a line for each fault.
        """
        if self.errors:
            raise ModelError(self.summary())


def check_model(network: Path | None = None, model: CycleModel | None = None) -> CheckReport:
    """Prove the model.

    Parameters
    ----------
    network : Path, optional
        A table of atom maps to prove against the model's reactions in place of its own, or a folder
        with `atom_maps.tsv`; a `species.tsv` beside it replaces the model's species.
    model : CycleModel, optional
        The model to prove; the package's own by default.

    Raises
    ------
    InputError, ModelError
        If a table of the user's network cannot be read.
    """
    model = model or build_model()
    own = None if network is None else read_network(network, model)

    def check_atoms(model: CycleModel) -> Iterator[Issue]:
        yield from check_network(own or model.network)

    checks = {"carbon, nitrogen and atom maps": check_atoms}
    if own is None:
        checks |= CHECKS
    issues = [(name, issue) for name, check in checks.items() for issue in _found(check, model)]
    return CheckReport(tuple(checks), tuple(issues))


def read_network(path: Path, model: CycleModel) -> Network:
    """Read a user's atom maps, and his species if they lie beside them.

    Raises
    ------
    InputError, ModelError
        If a table is missing or cannot be read.
    """
    maps = path / "atom_maps.tsv" if path.is_dir() else path
    if not maps.is_file():
        raise InputError(f"{maps} does not exist; give a table of atom maps or its folder")
    beside = maps.with_name("species.tsv")
    species = read_species(beside if beside.is_file() else DATA / "models" / "species.tsv")
    return model.network_with(read_atom_maps(maps), species)


def _found(check: Check, model: CycleModel) -> list[Issue]:
    """Return a check's faults; a model too broken for it is a fault of its own."""
    try:
        return list(check(model))
    except CahillError as error:
        return [Issue("error", "model", str(error))]


def check_sbml(model: CycleModel) -> Iterator[Issue]:
    """Yield what libSBML finds, unit by unit and term by term."""
    yield from sbml_issues(model.sbml)


CHECKS: dict[str, Check] = {
    "SBML consistency and units of every formula": check_sbml,
    "names defined": check_names,
    "units known": check_units,
    "evidence of every number": check_evidence,
    "ranges": check_ranges,
    "every number used": check_use,
    "annotations": check_annotations,
    "gross fluxes": check_gross_fluxes,
    "empty pools": check_empty_pools,
    "Haldane relations": check_equilibria,
    "ping-pong enzymes": check_ping_pong,
    "conserved moieties": check_moieties,
    "start values": check_start,
    "stationary reference state": check_stationary,
    "flux map": check_flux_map,
    "scenarios": check_scenarios,
}
"""What is proved besides the atoms, by name."""
