"""What a reaction, a variable or a compartment of the model is, for people and for programs."""

from dataclasses import dataclass

from cahill.errors import InputError


@dataclass(frozen=True)
class Annotation:
    """Name, terms and identifiers of one thing of the model.

    Parameters
    ----------
    id : str
        Its id in the model.
    name : str
        Its full name.
    sbo : str
        SBO term, "SBO:0000176".
    identifiers : tuple of str
        Compact identifiers ("ec-code:2.6.1.2"); a qualifier other than the usual one of the
        collection stands in front ("hasPart=UBERON:0000178").
    unit : str
        Unit of a variable; empty where a parameter table gives it.

    Raises
    ------
    InputError
        If the id, the name or a well-formed SBO term is missing.
    """

    id: str
    name: str
    sbo: str
    identifiers: tuple[str, ...] = ()
    unit: str = ""

    def __post_init__(self) -> None:
        if not self.id or not self.name:
            raise InputError(f'"{self.id or self.name}": id and name must both be given')
        prefix, _, number = self.sbo.partition(":")
        if prefix != "SBO" or len(number) != 7 or not number.isdecimal():
            raise InputError(f'"{self.id}": "{self.sbo}" is no SBO term; write it as SBO:0000176')
