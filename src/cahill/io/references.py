"""The sources behind the numbers: `data/references.bib`, read with pybtex."""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cahill.errors import UnknownNameError

if TYPE_CHECKING:
    from pybtex.database import Entry


@lru_cache(maxsize=1)
def references() -> Mapping[str, "Entry"]:
    """Return every source by key, in the order of the file."""
    from pybtex.database import parse_string

    text = files("cahill").joinpath("data/references.bib").read_text(encoding="utf-8")
    return dict(parse_string(text, "bibtex").entries)


def reference(key: str) -> "Entry":
    """Return one source.

    Parameters
    ----------
    key : str
        Its key, such as "Petersen2019"; upper and lower case count.

    Raises
    ------
    UnknownNameError
        If there is none; the nearest keys are suggested.
    """
    known = references()
    if key not in known:
        raise UnknownNameError("source", key, known)
    return known[key]


def format_reference(key: str) -> str:
    """Return one source as a line of text: authors, year, title, where, identifiers, what was seen.

    Raises
    ------
    UnknownNameError
        If there is no such source.
    """
    entry = reference(key)
    fields = {name: _plain(str(text)) for name, text in (entry.fields or {}).items()}
    persons = (entry.persons or {}).get("author", [])
    authors = ", ".join(_plain(str(person)) for person in persons)
    year = f"({fields['year']})" if "year" in fields else ""
    parts = [" ".join(part for part in (authors, year) if part), fields["title"], _place(fields)]
    identifiers = [
        f"doi:{fields['doi']}" if "doi" in fields else "",
        f"PMID {fields['pmid']}" if "pmid" in fields else "",
        fields.get("pmcid", ""),
        fields.get("url", ""),
    ]
    parts.append(", ".join(part for part in identifiers if part))
    line = " ".join(part if part[-1] in ".?" else f"{part}." for part in parts if part)
    return f"{line} [{fields['note']}]" if "note" in fields else line


def _place(fields: Mapping[str, str]) -> str:
    """Return "Diabetes 27:287" as far as it is known."""
    volume = fields.get("volume", "")
    if "number" in fields:
        volume += f"({fields['number']})"
    if "pages" in fields:
        volume += f":{fields['pages']}"
    journal = fields.get("journal") or fields.get("howpublished", "")
    return " ".join(part for part in (journal, volume) if part)


def _plain(text: str) -> str:
    """Return BibTeX text without its braces and escapes."""
    return text.replace("{", "").replace("}", "").replace("\\%", "%").replace("\\&", "&")
