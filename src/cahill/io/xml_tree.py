"""Reading XML from strangers: no external files, no entities, every element with its line."""

from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from cahill.errors import InputError

LINE = "{line}"
"""The attribute in which every element carries the line it began on."""


def read_xml(path: Path) -> Element:
    """Read an XML file into elements without namespaces.

    Nothing outside the file is opened: schema locations and document types are ignored. Entities
    are refused, because a few nested ones fill the memory ("billion laughs").

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    xml.etree.ElementTree.Element
        The root. Tags carry no namespace; the attribute `LINE` holds the line.

    Raises
    ------
    InputError
        If the file cannot be read, is not well-formed, or declares an entity.
    """
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def start(name: str, attributes: dict[str, str]) -> None:
        line = {LINE: str(parser.CurrentLineNumber)}
        builder.start(name.rpartition("}")[2], attributes | line)

    def end(name: str) -> None:
        builder.end(name.rpartition("}")[2])

    def refuse(name: str, *_: Any) -> None:
        raise InputError(f'{path.name} declares the entity "{name}"; write its text instead')

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(path.read_bytes(), True)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except expat.ExpatError as error:
        fault = expat.ErrorString(error.code)
        raise InputError(f"{path.name} line {error.lineno}: not well-formed XML: {fault}") from None
    return builder.close()
