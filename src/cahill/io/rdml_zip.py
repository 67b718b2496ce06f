"""The XML inside an RDML file, which is a zip archive or bare XML."""

import zipfile
from pathlib import Path
from typing import cast
from xml.etree.ElementTree import Element

from cahill.errors import InputError
from cahill.io.xml_tree import read_xml

LARGEST = 1 << 30
"""Bytes of XML that are unpacked at most; a run of 384 wells takes 20 million."""


def is_rdml(path: Path) -> bool:
    """Whether a file is RDML: a zip with an XML whose root is rdml, or such XML itself."""
    try:
        # Bio-Rad marks its archives as one of several volumes, so the end of the file decides.
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return _inner(archive) is not None
        with path.open("rb") as file:
            head = file.read(2048)
    except (OSError, zipfile.BadZipFile):
        return False
    return b"<rdml" in head


def read_rdml_tree(path: Path) -> Element:
    """Return the root of an RDML file, as `cahill.io.xml_tree.read_xml` gives it.

    Raises
    ------
    InputError
        If there is no RDML inside, or it is not well-formed.
    """
    if not zipfile.is_zipfile(path):
        return _checked(read_xml(path), path)
    try:
        with zipfile.ZipFile(path) as archive:
            name = _inner(archive)
            if name is None:
                raise InputError(f"{path.name}: no XML in this archive is RDML")
            if archive.getinfo(name).file_size > LARGEST:
                raise InputError(f"{path.name}: {name} unpacks to more than {LARGEST:,} bytes")
            # A path inside an archive reads and is named like any other.
            return _checked(read_xml(cast(Path, zipfile.Path(archive, name))), path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{path.name} is not a zip archive that can be opened: {error}") from error


def _inner(archive: zipfile.ZipFile) -> str | None:
    """Return the name of the RDML; instruments call it rdml_data.xml or as they like."""
    names = [name for name in archive.namelist() if name.lower().endswith((".xml", ".rdml"))]
    names.sort(key=lambda name: name.lower() != "rdml_data.xml")
    for name in names:
        with archive.open(name) as file:
            if b"<rdml" in file.read(2048):
                return name
    return None


def _checked(root: Element, path: Path) -> Element:
    if root.tag != "rdml":
        raise InputError(f'{path.name}: its root is "{root.tag}", not "rdml"')
    return root
