"""Where a number comes from, and how far it can be trusted."""

from dataclasses import dataclass
from typing import Literal, get_args

from cahill.errors import InputError

Grade = Literal["measured", "derived", "fitted", "assumed"]
GRADES: tuple[str, ...] = get_args(Grade)
OWN = "own:"
"""What a source begins with that is no publication but the reader's own bench."""


@dataclass(frozen=True)
class Evidence:
    """The grade and the origin of one number.

    Parameters
    ----------
    grade : {"measured", "derived", "fitted", "assumed"}
        How the number was obtained.
    source : str
        Key of `references.bib`, or several separated by ";". A measured or derived number needs
        one. What was measured on one's own bench is named after "own:" ("own: plate 3, 12 May").
    locator : str
        Where in the source: table, figure, "abstract", database record.
    note : str
        What a reader must know. An assumed number needs one, saying why it was assumed.

    Raises
    ------
    InputError
        If the grade is unknown, or what the grade demands is missing.
    """

    grade: Grade
    source: str = ""
    locator: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise InputError(f'evidence grade "{self.grade}" is not one of {", ".join(GRADES)}')
        if self.grade == "assumed" and not self.note.strip():
            raise InputError("an assumed number needs a note saying why it was assumed")
        if self.grade in ("measured", "derived") and not (self.keys or self.own):
            raise InputError(
                f"a {self.grade} number needs a source (a key of references.bib, or own: and what)"
            )

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of `references.bib` named by the source, in order."""
        return tuple(key for key in self._parts if not key.startswith(OWN))

    @property
    def own(self) -> tuple[str, ...]:
        """What the source names of the reader's own measurements, without "own:"."""
        named = (part.removeprefix(OWN).strip() for part in self._parts if part.startswith(OWN))
        return tuple(text for text in named if text)

    @property
    def _parts(self) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.source.split(";") if part.strip())
