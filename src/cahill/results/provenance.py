"""How a result came about: versions, hashes of the inputs, options. No clock, no machine."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path, PurePosixPath, PureWindowsPath

LIBRARIES = ("numpy", "scipy", "casadi", "scikit-sundae", "python-libsbml", "antimony", "pandas")


@dataclass(frozen=True)
class Provenance:
    """What is needed to repeat a result.

    Attributes
    ----------
    version : str
        Of cahill.
    python : str
    libraries : mapping of str to str
        Version by distribution name.
    inputs : mapping of str to str
        SHA-256 (hex) by the name of the input.
    options : mapping of str to str
    date : str or None
        As handed in by the caller; results of one input are otherwise the same on any day.
    """

    version: str
    python: str
    libraries: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    date: str | None = None

    def rows(self) -> list[tuple[str, str]]:
        """Return what, value pairs in reading order."""
        rows = [("cahill", self.version), ("Python", self.python)]
        rows += [(name, number) for name, number in self.libraries.items()]
        rows += [(f"option {name}", value) for name, value in self.options.items()]
        rows += [(f"SHA-256 of {name}", digest) for name, digest in self.inputs.items()]
        if self.date:
            rows.append(("date", self.date))
        return rows


def collect_provenance(
    inputs: Mapping[str, bytes | str | Path] | None = None,
    options: Mapping[str, object] | None = None,
    date: str | None = None,
) -> Provenance:
    """Gather versions, input hashes and options.

    Parameters
    ----------
    inputs : mapping, optional
        By name: bytes, text, or a file (`Path`) to hash.
    options : mapping, optional
        Options of the run; file paths are reduced to their last part.
    date : str, optional
    """
    return Provenance(
        version=installed_version("cahill"),
        python=platform.python_version(),
        libraries={name: number for name in LIBRARIES if (number := installed_version(name))},
        inputs={_file_name(name): digest(content) for name, content in (inputs or {}).items()},
        options={name: _option_text(value) for name, value in (options or {}).items()},
        date=date,
    )


@cache
def installed_version(name: str) -> str:
    """Return the version of an installed distribution, or nothing if it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def digest(content: bytes | str | Path) -> str:
    """Return the SHA-256 of bytes, text (UTF-8) or the content of a file."""
    if isinstance(content, Path):
        content = content.read_bytes()
    elif isinstance(content, str):
        content = content.encode("utf-8")
    return hashlib.sha256(content).hexdigest()


def _option_text(value: object) -> str:
    if isinstance(value, str | Path):
        return _file_name(str(value))
    if isinstance(value, list | tuple):
        return ", ".join(_option_text(item) for item in value)
    return str(value)


def _file_name(text: str) -> str:
    """Reduce an absolute path to its last part; leave other text alone."""
    for flavour in (PurePosixPath, PureWindowsPath):
        path = flavour(text)
        if path.is_absolute():
            return path.name
    return text
