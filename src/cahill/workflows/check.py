"""Prove the model, or a network with its measurements: atoms, balances, names, units."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cahill.cycle.check import CheckReport


def check(
    network: Path | None = None,
    *,
    condition: str | None = None,
    configuration: str | None = None,
) -> "CheckReport":
    """Prove the model: units, C and N balances, Haldane relations, sources and atom maps.

    Every fault is a line; a model with an error is refused with all of them.

    Parameters
    ----------
    network : Path, optional
        A labelling study to prove instead: FluxML, equation tables or tidy tables. Or a table of
        atom maps (TSV), or a folder with atom_maps.tsv, to prove against the model's reactions; a
        species.tsv beside it replaces the model's species.
    condition : str, optional
        Condition of equation tables; all of them by default.
    configuration : str, optional
        Configuration of a FluxML file; all of them by default.
    """
    from cahill.cycle.check import check_model
    from cahill.io.studies import is_study

    chosen = condition or configuration
    if network is not None and (chosen or is_study(network)):
        report = _check_study(network, condition, configuration)
    else:
        report = check_model(network=network)
    report.raise_errors()
    return report


def _check_study(path: Path, condition: str | None, configuration: str | None) -> "CheckReport":
    from cahill.core.study_check import STUDY_CHECKS
    from cahill.cycle.check import CheckReport
    from cahill.io.studies import read_studies
    from cahill.tracing.determined import check_determined

    studies = read_studies(path, condition, configuration)
    checks = dict(STUDY_CHECKS)
    issues = [
        (name, issue)
        for name, check in checks.items()
        for study in studies
        for issue in check(study)
    ]
    if not any(issue.severity == "error" for _, issue in issues):
        # What the measurements determine can be asked only of a study that fits together.
        checks["every flux determined by something"] = check_determined
        issues += [
            ("every flux determined by something", issue)
            for study in studies
            for issue in check_determined(study)
        ]
    # Faults of the network are the same in every condition; one line will do.
    return CheckReport(tuple(checks), tuple(dict.fromkeys(issues)))
