"""The errors a user can put right, sorted by what has to change.

Every message says where, what, and what to do, in one line. A face (command line, page) catches
`CahillError` alone; any other exception is a bug and shows its trace.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class CahillError(Exception):
    """Something the user can put right; the message is one line."""


class InputError(CahillError, ValueError):
    """A file, an option or a value that cannot be used as it stands."""


class UnitError(CahillError, ValueError):
    """A unit that is missing, unknown or of the wrong dimension."""


class ModelError(CahillError, ValueError):
    """A model, network or parameter table that contradicts itself."""


class ConvergenceError(CahillError, ArithmeticError):
    """A computation that did not reach its answer; the message names the quantity and when."""


class UnknownNameError(CahillError, KeyError):
    """A name that does not exist; the nearest existing ones are suggested.

    Parameters
    ----------
    kind : str
        What was looked for ("scenario", "species", "parameter").
    name : str
        The name as given.
    known : iterable of str
        Every name that exists.
    where : str, optional
        File and place in which the name stands; put in front of the message.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], where: str = "") -> None:
        known = sorted(known)
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        if not near:
            lower = {candidate.lower(): candidate for candidate in known}
            near = [lower[match] for match in get_close_matches(name.lower(), lower, n=3)]
        choice = f"there are {len(known)} to choose from"
        hint = f"did you mean {' or '.join(near)}?" if near else choice
        prefix = f"{where}: " if where else ""
        super().__init__(f'{prefix}unknown {kind} "{name}"; {hint}')

    def __str__(self) -> str:
        """Return the message without the quotes that KeyError adds."""
        return str(self.args[0])
