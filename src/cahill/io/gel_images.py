"""Pictures of blots and gels: TIFF (LZW and deflate too), PNG, Bio-Rad .scn, and JPEG to refuse.

Formats are told by content, never by the ending. What is stored dark on bright is turned, so that
more counts are more signal. Colour and palettes are refused; eight bits and lossy compression are
as well, unless the caller accepts them.
"""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cahill.core.gel_image import GelImage
from cahill.errors import InputError
from cahill.io.scn import is_scn, read_scn

FORMATS = "a 16-bit TIFF or PNG, or a Bio-Rad .scn file"
CHANNELS = ("red", "green", "blue")
DEPTHS = (10, 12, 14)
"""Depths of cameras whose counts come in words of 16 bits."""
FLAT = 20
"""So many pixels at the very highest count, five times as many as at the counts just below, are
taken as the detector's ceiling; assumed."""
MIN_IS_WHITE, PALETTE, LOSSY = 0, 3, (6, 7, 34712)


@dataclass(frozen=True, eq=False)
class _Stored:
    """Pixels as stored: shape (height, width, channels), and what the file says of them."""

    counts: np.ndarray
    bits: int
    lossy: bool = False
    min_is_white: bool = False
    ceiling: float | None = None
    facts: dict[str, str] = field(default_factory=dict)


def read_gel_image(
    path: str | Path,
    page: int | None = None,
    channel: str | None = None,
    accept_8_bit: bool = False,
) -> GelImage:
    """Read a picture of a blot or a gel.

    Parameters
    ----------
    path : str or Path
    page : int, optional
        Page of a file of several, from 1; needed there.
    channel : {"red", "green", "blue"}, optional
        Of a colour picture whose channels differ; needed there.
    accept_8_bit : bool
        Whether eight bits and lossy compression are accepted; the image is then not `linear`.

    Returns
    -------
    GelImage
        More counts are more signal.

    Raises
    ------
    InputError
        If the file is no picture of one grey channel whose counts can be trusted.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from None
    stored = _stored(data, path.name, page)
    name = path.name if page is None else f"{path.name} page {page}"
    counts, notes = _one_channel(stored.counts, channel, name)
    bits = stored.bits
    if bits > 8 and _eight_bits_inside(counts):
        bits = 8
        notes.append("Its 16-bit counts take 256 values at most: it was an 8-bit picture once.")
    if not accept_8_bit:
        _refuse(name, bits, stored.lossy)
    if bits <= 8:
        notes.append("Only 256 grey levels (8 bits): faint bands and ratios are coarse.")
    if stored.lossy:
        notes.append("Lossy compression changed the counts: do not publish volumes from this file.")
    full = stored.ceiling or _full_scale(counts, bits)
    inverted = stored.min_is_white or _dark_on_bright(counts)
    if inverted:
        counts = full - counts
        notes.append("Dark bands on a bright ground: the counts were turned.")
    ceiling = _ceiling(counts, full)
    if ceiling < full:
        notes.append(f"Counts pile up at {ceiling:,.0f}, which is taken as the detector's ceiling.")
    return GelImage(
        name,
        np.ascontiguousarray(counts),
        bits,
        ceiling,
        stored.lossy,
        inverted,
        stored.facts,
        tuple(notes),
        path,
    )


def _refuse(name: str, bits: int, lossy: bool) -> None:
    what = "JPEG-compressed" if lossy else "an 8-bit picture" if bits <= 8 else ""
    if what:
        raise InputError(
            f"{name} is {what}, and its counts are not proportional to the signal; export "
            f"{FORMATS}, or accept it with --accept-8-bit"
        )


def _stored(data: bytes, name: str, page: int | None) -> _Stored:
    """Return the pixels of a file by what it begins with."""
    if is_scn(data):
        content = read_scn(data, name)
        bits = 8 if content.counts.dtype.itemsize == 1 else 16
        chosen = _page(list(content.counts), page, name, "channel")
        return _Stored(chosen[..., None], bits, ceiling=content.full_scale, facts=content.facts)
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff(data, name, page)
    if page not in (None, 1):
        raise InputError(f"{name} has one page; leave --page out")
    import imagecodecs

    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            if data[25] == PALETTE:
                raise InputError(f"{name} has a colour palette; export {FORMATS}")
            counts = imagecodecs.png_decode(data)
            # Colour type 4 and 6 carry transparency, which says nothing of the signal.
            return _Stored(_cube(counts, data[25] in (4, 6)), data[24])
        if data[:3] == b"\xff\xd8\xff":
            return _Stored(_cube(imagecodecs.jpeg_decode(data), False), 8, lossy=True)
    except (RuntimeError, ValueError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is damaged: {' '.join(str(error).split())}") from None
    raise InputError(f"{name} is not a picture that can be read; give {FORMATS}")


def _tiff(data: bytes, name: str, page: int | None) -> _Stored:
    """Return a page of a TIFF; reduced copies of a page are not pages."""
    import tifffile

    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = [one for one in file.pages if not getattr(one, "is_reduced", False)]
            chosen = _page(pages, page, name, "page")
            counts = chosen.asarray()  # pyright: ignore
            tags = {tag.name: tag.value for tag in chosen.tags.values()}  # pyright: ignore
    except (tifffile.TiffFileError, ValueError, RuntimeError, IndexError, KeyError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} is damaged: {' '.join(str(error).split())}") from None
    if int(tags.get("PhotometricInterpretation", 1)) == PALETTE:
        raise InputError(f"{name} has a colour palette; export {FORMATS}")
    if counts.dtype.kind not in "uif" or counts.ndim not in (2, 3):
        raise InputError(f"{name}: pixels of type {counts.dtype} in {counts.ndim} dimensions")
    if counts.ndim == 3 and counts.shape[0] in (3, 4) and counts.shape[2] not in (3, 4):
        counts = np.moveaxis(counts, 0, -1)
    if counts.dtype.kind == "f" and not np.isfinite(counts).all():
        raise InputError(f"{name}: some pixels are not numbers; export {FORMATS}")
    facts = {
        label: str(tags[tag]).strip()
        for tag, label in (("Make", "maker"), ("Model", "imager"), ("DateTime", "date"))
        if tag in tags and str(tags[tag]).strip()
    }
    bits = 8 * counts.dtype.itemsize
    said = _number(tags.get("MaxSampleValue"))
    known = [2.0**depth - 1 for depth in DEPTHS]
    ceiling = said if said in known and counts.max() <= said else None
    lossy = int(tags.get("Compression", 1)) in LOSSY
    white = int(tags.get("PhotometricInterpretation", 1)) == MIN_IS_WHITE
    extra = counts.ndim == 3 and counts.shape[2] in (2, 4)
    return _Stored(_cube(counts, extra), bits, lossy, white, ceiling, facts)


def _page(pages: Sequence[Any], page: int | None, name: str, noun: str) -> Any:
    if not pages:
        raise InputError(f"{name} is damaged: it has no {noun}s")
    if page is None:
        if len(pages) > 1:
            raise InputError(f"{name} has {len(pages)} {noun}s; choose one with --page 1 and so on")
        page = 1
    if not 1 <= page <= len(pages):
        have = f"{len(pages)} {noun}{'' if len(pages) == 1 else 's'}"
        raise InputError(f"{name} has {have}; there is no page {page}")
    return pages[page - 1]


def _cube(counts: np.ndarray, extra: bool) -> np.ndarray:
    """Return three dimensions, transparency left out."""
    cube = counts[..., None] if counts.ndim == 2 else counts
    return cube[..., :-1] if extra and cube.shape[-1] > 1 else cube


def _one_channel(cube: np.ndarray, channel: str | None, name: str) -> tuple[np.ndarray, list[str]]:
    """Return the one grey channel of a picture."""
    number = cube.shape[-1]
    if number == 1:
        return cube[..., 0].astype(float), []
    if channel is not None:
        if channel not in CHANNELS[:number]:
            raise InputError(f'{name} has no channel "{channel}"; write {", ".join(CHANNELS)}')
        note = f"The {channel} channel of a colour picture."
        return cube[..., CHANNELS.index(channel)].astype(float), [note]
    if all(np.array_equal(cube[..., 0], cube[..., k]) for k in range(1, number)):
        return cube[..., 0].astype(float), []
    raise InputError(
        f"{name} is a colour picture; export one grey channel of 16 bits, or choose one with "
        "--channel red, green or blue"
    )


def _eight_bits_inside(counts: np.ndarray) -> bool:
    """Return whether the counts were stretched from 256 levels."""
    if counts.size < 10_000 or np.ptp(counts) < 1024:
        return False
    levels = np.unique(counts)
    return len(levels) <= 256 and float(np.diff(levels).min()) >= 2


def _full_scale(counts: np.ndarray, bits: int) -> float:
    """Return the count at which the file or the camera ends."""
    top = float(counts.max())
    if bits <= 8:
        return max(2.0**8 - 1, top)
    for depth in DEPTHS:
        if top == 2.0**depth - 1 and np.count_nonzero(counts == top) >= 3:
            return top
    return max(2.0**16 - 1, top) if bits <= 16 else top


def _ceiling(counts: np.ndarray, full: float) -> float:
    """Return the count at which pixels pile up below full scale, or full scale."""
    top = float(counts.max())
    at_top = int(np.count_nonzero(counts == top))
    if top >= full or at_top < FLAT or top <= 0:
        return full
    below = counts[(counts >= 0.95 * top) & (counts < top)]
    levels = max(len(np.unique(below)), 1)
    return top if at_top > 5 * max(len(below) / levels, 1.0) else full


def _dark_on_bright(counts: np.ndarray) -> bool:
    """Return whether bands are darker than what is above and below them.

    Bands are few and steep: counts off a broad mean along the migration are skewed to their side.
    """
    from scipy import ndimage

    from cahill.numerics.image_background import shrink

    height, width = counts.shape
    inner = counts[height // 12 : height - height // 12, width // 12 : width - width // 12]
    small = shrink(inner, max(max(inner.shape) // 400, 1))
    if min(small.shape) < 8:
        return False
    small = ndimage.median_filter(small, 3, mode="nearest")
    broad = ndimage.uniform_filter1d(small, max(small.shape[0] // 5, 3), axis=0, mode="nearest")
    off = small - broad
    spread = float(np.std(off))
    return spread > 0 and float(np.mean((off / spread) ** 3)) < -0.5


def _number(value: object) -> float | None:
    match = re.fullmatch(r"\(?(\d+),?\)?", str(value).strip())
    return float(match[1]) if match else None
