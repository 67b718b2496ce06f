"""The command line: every workflow is a command, its signature the flags, its docstring the help.

A folder of workflows is walked; nothing is registered by hand. What a user can put right ends with
one line on standard error and exit status 2; anything else is a bug and shows its trace.
"""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, NoReturn

from cyclopts import App, Parameter
from cyclopts.exceptions import CycloptsError

import cahill.workflows
from cahill.cli.command import as_command
from cahill.errors import CahillError

BAD_INPUT = 2
HELP = "Simulate, analyse and check the human glucose-alanine (Cahill) cycle."


def workflow_names() -> list[str]:
    """Return the names of the workflows: the modules of `cahill.workflows`.

    A folder of them is a group of commands, its name in front: "serum read".
    """
    return sorted(_named(cahill.workflows.__path__))


def _named(folder: Iterable[str], group: str = "") -> Iterator[str]:
    for module in iter_modules(folder):
        if module.name.startswith("_"):
            continue
        if module.ispkg:
            package = import_module(f"cahill.workflows.{module.name}")
            yield from _named(package.__path__, f"{module.name} ")
        else:
            yield group + module.name


def build_app() -> App:
    """Return the command-line application with a command for each workflow."""
    app = App(
        name="cahill",
        help=HELP,
        version=_version,
        help_format="plaintext",
        default_parameter=Parameter(negative=(), show_default=_shown_default),
        print_error=False,
        exit_on_error=False,
        result_action="return_value",
    )
    groups: dict[str, App] = {}
    for name in workflow_names():
        group, _, verb = name.rpartition(" ")
        module = import_module(f"cahill.workflows.{name.replace(' ', '.')}")
        if group and group not in groups:
            about = import_module(f"cahill.workflows.{group}").__doc__
            groups[group] = App(name=group.replace("_", "-"), help=about)
            app.command(groups[group])
        home = groups.get(group, app)
        home.command(as_command(getattr(module, verb)), name=verb.replace("_", "-"))
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        The words after `cahill`; those of the process if absent.
    """
    try:
        build_app()(sys.argv[1:] if arguments is None else list(arguments))
    except CahillError as error:
        _refuse(str(error))
    except BrokenPipeError:
        # The reader (head, a pager) has seen enough; what is left to flush must not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except CycloptsError as error:
        _refuse(" ".join(re.sub(r"\[/?[a-z_ ]*\]", "", str(error)).split()))


def _shown_default(default: object) -> Any:
    """Return a default as the help shows it; None where it tells the reader nothing."""
    return None if default in (None, False, ()) else str(default)


def _version() -> str:
    from importlib.metadata import version

    return f"cahill {version('cahill')}"


def _refuse(message: str) -> NoReturn:
    """Print what is wrong, a line a fault, and leave with the status of bad input."""
    for line in message.splitlines():
        print(f"cahill: {line}", file=sys.stderr)
    sys.exit(BAD_INPUT)
