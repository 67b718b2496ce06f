"""A workflow dressed as a command: its own flags, and those every command has.

`--json` prints the answer for a program; a workflow whose answer can be saved gets `--out` and
`--force` as well. `progress` becomes a bar on the terminal.
"""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_origin

from cyclopts import Parameter

from cahill.cli.deliver import deliver
from cahill.cli.progress import progress_bar
from cahill.results.output import prepare_output

KEYWORD = inspect.Parameter.KEYWORD_ONLY
JSON = inspect.Parameter(
    "json",
    KEYWORD,
    default=False,
    annotation=Annotated[bool, Parameter(help="Print the answer as JSON on standard output.")],
)
OUT = inspect.Parameter(
    "out",
    KEYWORD,
    default=None,
    annotation=Annotated[
        Path | None, Parameter(help="Folder for the report, the pictures and the tables.")
    ],
)
FORCE = inspect.Parameter(
    "force",
    KEYWORD,
    default=False,
    annotation=Annotated[bool, Parameter(help="Write into a folder that is not empty.")],
)
PLAIN_ANSWERS = (str, Path, dict)


def as_command(workflow: Callable[..., Any]) -> Callable[..., None]:
    """Return a function with the workflow's flags that runs it and delivers its answer.

    Parameters
    ----------
    workflow : callable
        Its parameters become the flags; one named `progress` is given a progress bar instead. If
        it returns a result (not a text, a path or a dict), the command can save it in a folder.
    """
    signature = inspect.signature(workflow)
    own = [item for item in signature.parameters.values() if item.name != "progress"]
    shows_progress = len(own) < len(signature.parameters)
    returned = signature.return_annotation
    plain = (get_origin(returned) or returned) in PLAIN_ANSWERS
    extra = [JSON] if plain else [OUT, FORCE, JSON]

    def command(*args: Any, **kwargs: Any) -> None:
        as_json = kwargs.pop("json", False)
        # A workflow that writes a file itself has a --force of its own.
        out = None if plain else kwargs.pop("out", None)
        force = not plain and kwargs.pop("force", False)
        if out is not None:
            prepare_output(out, force)
        if shows_progress:
            with progress_bar() as progress:
                answer = workflow(*args, **kwargs, progress=progress)
        else:
            answer = workflow(*args, **kwargs)
        status = deliver(answer, out, as_json)
        if status:
            sys.exit(status)

    command.__name__ = workflow.__name__
    command.__doc__ = workflow.__doc__
    command.__annotations__ = {item.name: item.annotation for item in own + extra}
    command.__signature__ = inspect.Signature(own + extra)  # type: ignore[attr-defined]
    return command
