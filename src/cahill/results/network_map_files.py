"""Layouts of network maps: those of the package, and a reader's own.

The file is that of the cycle map (`data/drawing/cycle_map.toml` says what each word means). Lanes
are compartments, drawn in the order given, so that one may lie inside another; lanes of one label
have one tint.
"""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from cahill.core.network import Network
from cahill.errors import CahillError, InputError
from cahill.results.map_layout import LAYOUT_FILE, MapLayout, read_layout

SHIPPED = ("human_liver_map.toml",)


def shipped_layout(network: Network) -> MapLayout | None:
    """Return the first layout of the package whose reactions the network has, all of them."""
    known = set(network.reactions)
    return next((one for one in map(_load, SHIPPED) if one.reactions() <= known), None)


def read_layout_file(path: str | Path) -> MapLayout:
    """Read a layout from a TOML file.

    Raises
    ------
    InputError
        If it cannot be read, lacks something, or names a node or side that does not exist.
    """
    path = Path(path)
    try:
        return _parse(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a TOML layout") from None


@cache
def _load(name: str) -> MapLayout:
    text = (files("cahill") / "data" / "drawing" / name).read_text(encoding="utf-8")
    return _parse(text, name)


def _parse(text: str, name: str) -> MapLayout:
    try:
        return read_layout(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not TOML ({error})") from None
    except CahillError as error:
        raise InputError(str(error).replace(LAYOUT_FILE, name)) from None
    except KeyError as error:
        raise InputError(f"{name}: {error} is missing; see the head of {LAYOUT_FILE}") from None
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: {error}; see the head of {LAYOUT_FILE}") from None
