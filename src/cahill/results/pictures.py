"""Pictures as files (SVG and PNG) and as SVG inside a page."""

import io
import re
from html import escape
from pathlib import Path

from matplotlib.figure import Figure

from cahill.results.theme import ThemeName, colour_variables, styled

_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_IDENTIFIER = re.compile(r'(\bid="|href="#|url\(#)([^")]+)')
_DROPPED = (
    re.compile(r"<\?xml.*?\?>", re.DOTALL),
    re.compile(r"<!DOCTYPE.*?>", re.DOTALL),
    re.compile(r"<!--.*?-->", re.DOTALL),
    re.compile(r"<metadata>.*?</metadata>", re.DOTALL),
    re.compile(r"<script.*?</script>", re.DOTALL),
    re.compile(r"<style[^>]*>.*?</style>", re.DOTALL),
    re.compile(r'\s+xmlns(:\w+)?="[^"]*"'),
)
_ROOT = re.compile(r"<svg\b([^>]*)>", re.DOTALL)


def figure_svg(figure: Figure) -> str:
    """Return the figure as SVG text, the same bytes at every call."""
    buffer = io.StringIO()
    with styled():
        figure.savefig(
            buffer, format="svg", metadata=_NO_METADATA, facecolor=figure.get_facecolor()
        )
    return buffer.getvalue()


def save_picture(figure: Figure, path: str | Path) -> Path:
    """Write a figure to one file, in the format its suffix names, the same bytes at every call.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : str or Path
        Ends with .svg, .png (200 dpi) or .pdf.
    """
    path = Path(path)
    if path.suffix.lower() == ".svg":
        path.write_text(figure_svg(figure), encoding="utf-8", newline="\n")
        return path
    undated = {"CreationDate": None} if path.suffix.lower() == ".pdf" else {"Software": None}
    with styled():
        figure.savefig(path, dpi=200, metadata=undated, facecolor=figure.get_facecolor())
    return path


def save_figure(
    figure: Figure, folder: str | Path, name: str, theme: ThemeName = "light"
) -> tuple[Path, Path]:
    """Write ``<name>.svg`` and ``<name>.png`` (200 dpi) into a folder.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    folder : str or Path
        Created if it does not exist.
    name : str
        File name without its ending.
    theme : {"light", "dark"}
        The variant the figure was drawn in.

    Returns
    -------
    tuple of Path
        The SVG and the PNG file.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    vector, raster = folder / f"{name}.svg", folder / f"{name}.png"
    vector.write_text(figure_svg(figure), encoding="utf-8", newline="\n")
    with styled(theme):
        figure.savefig(raster, format="png", dpi=200, metadata={"Software": None})
    return vector, raster


def inline_svg(picture: Figure | str, prefix: str, label: str) -> str:
    """Return a picture as an ``<svg>`` element that can stand beside others in one page.

    Ids get a prefix so that clip paths and glyphs of different pictures do not collide, fixed
    sizes give way to the view box, the colours of the light theme become CSS variables, and the
    alternative text is attached.

    Parameters
    ----------
    picture : Figure or str
        A matplotlib figure, or SVG text.
    prefix : str
        Unique within the page.
    label : str
        What the picture shows, in words.
    """
    svg = figure_svg(picture) if isinstance(picture, Figure) else picture
    for pattern in _DROPPED:
        svg = pattern.sub("", svg)
    svg = svg.replace("xlink:href", "href")
    svg = _IDENTIFIER.sub(lambda hit: f"{hit[1]}{prefix}-{hit[2]}", svg)
    return colour_variables(_ROOT.sub(lambda hit: _root_tag(hit[1], label), svg, count=1)).strip()


def _root_tag(attributes: str, label: str) -> str:
    """Return the opening tag with its view box, without a fixed size, with its description."""
    sizes = dict(re.findall(r'\b(width|height)="([\d.]+)(?:pt|px)?"', attributes))
    box = re.search(r'viewBox="([^"]+)"', attributes)
    view = box[1] if box else f"0 0 {sizes.get('width', 300)} {sizes.get('height', 150)}"
    # a point of the drawing is at most 4/3 pixel, so small pictures are not blown up
    widest = round(float(view.split()[2]) * 4 / 3)
    style = f"max-width: {widest}px; stroke-linejoin: round; stroke-linecap: butt"
    text = escape(label, quote=True)
    return f'<svg viewBox="{view}" style="{style}" role="img" aria-label="{text}">'
