"""The tables of a Western blot: bands of every lane, targets of every lane, verdicts in words."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cahill.assays.western.bands import LadderFit, LinearRange, TargetVolume
from cahill.assays.western.blot_lanes import BlotLanes, band_volumes
from cahill.assays.western.blot_layout import LaneEntry, TargetEntry

CLIPPED = "saturated: a lower bound"
HIDDEN = "no peak of its own: measured where other lanes have the band"


def band_frame(blot: BlotLanes, ladder: LadderFit | None = None) -> pd.DataFrame:
    """Return every band of a picture.

    Returns
    -------
    pandas.DataFrame
        image, lane, band (number in its lane), row (number among like bands of all lanes), rf
        (height on the straightened picture, 0 the upper border), kda, volume and sd (counts),
        share (of the lane's bands), background (counts a pixel), peak (counts above background),
        saturated (part of the band's core at full scale), note; left, right, top, bottom (pixels
        of the straightened picture).
    """
    records = []
    for lane in blot.lanes:
        volumes = band_volumes(lane)
        total = sum(max(volume.value, 0.0) for volume in volumes)
        for k, volume in enumerate(volumes):
            place = float(lane.bands.place[k])
            level = blot.level_place(lane, place)
            at = int(np.clip(round(place), 0, blot.height - 1))
            notes = [CLIPPED] if volume.clipped else []
            notes += [HIDDEN] if lane.bands.surety[k] == 0 else []
            records.append(
                {
                    "image": blot.image.name,
                    "lane": lane.number,
                    "band": k + 1,
                    "row": int(lane.rows[k]) + 1,
                    "rf": place / blot.height,
                    "kda": np.nan if ladder is None else float(ladder.kda(level)),
                    "volume": volume.value,
                    "sd": volume.sd,
                    "share": volume.value / total if total > 0 else np.nan,
                    "background": volume.ground,
                    "peak": volume.peak,
                    "saturated": volume.saturated,
                    "note": "; ".join(notes),
                    "left": int(lane.left[at]),
                    "right": int(lane.right[at]),
                    "top": int(lane.bands.top[k]),
                    "bottom": int(lane.bands.bottom[k]),
                }
            )
    return pd.DataFrame(records)


def target_frame(
    target: TargetEntry,
    entries: Sequence[LaneEntry],
    found: Sequence[TargetVolume],
    blot: BlotLanes,
    linear: LinearRange | None,
) -> pd.DataFrame:
    """Return a target in the lanes of one blot, one lane a row."""
    records = []
    for entry, one, lane in zip(entries, found, blot.lanes):
        at = int(np.clip((one.top + one.bottom) // 2, 0, blot.height - 1))
        notes = [CLIPPED] if one.volume.clipped else []
        if linear is not None and one.seen and entry.role in ("sample", "common"):
            if one.volume.value > linear.high:
                notes.append("above the linear range")
            elif one.volume.value < linear.low:
                notes.append("below the linear range")
        if not one.seen:
            notes.append(f"no {target.target} band")
        records.append(
            {
                "blot": entry.blot,
                "image": blot.image.name,
                "lane": entry.lane,
                "role": entry.role,
                "sample": entry.sample,
                "group": entry.group,
                "replicate": entry.replicate,
                "load": np.nan if entry.load is None else entry.load,
                "target": target.target,
                "isoform": target.isoform,
                "normaliser": target.normaliser,
                "volume": one.volume.value,
                "sd": one.volume.sd,
                "saturated": one.volume.saturated,
                "seen": one.seen,
                "note": "; ".join(notes),
                "left": int(lane.left[at]),
                "right": int(lane.right[at]),
                "top": one.top,
                "bottom": one.bottom,
            }
        )
    return pd.DataFrame(records)


def with_ratios(values: pd.DataFrame) -> pd.DataFrame:
    """Add the ratio to the normaliser, the standard deviation of its logarithm, and doubts.

    A target that is not detected, or a lane without its normaliser's band, has no ratio; the note
    says why.
    """
    index: Mapping[tuple[str, int, str], int] = {
        (str(blot), int(lane), str(target)): k
        for k, (blot, lane, target) in enumerate(
            zip(values["blot"], values["lane"], values["target"])
        )
    }
    volume, sd = values["volume"].to_numpy(float), values["sd"].to_numpy(float)
    seen, role = values["seen"].to_numpy(bool), values["role"].to_numpy(str)
    notes = values["note"].tolist()
    ratio, log_sd = np.full(len(values), np.nan), np.full(len(values), np.nan)
    for k, (blot, lane, name) in enumerate(
        zip(values["blot"], values["lane"], values["normaliser"])
    ):
        if not seen[k] or role[k] not in ("sample", "common", "standard"):
            continue
        if not name:
            ratio[k], log_sd[k] = volume[k], sd[k] / volume[k]
            continue
        other = index[str(blot), int(lane), str(name)]
        if not seen[other]:
            notes[k] = "; ".join(filter(None, (notes[k], f"no {name} band to normalise to")))
            continue
        doubts = [part for part in notes[other].split("; ") if part]
        notes[k] = "; ".join(filter(None, (notes[k], *(f"{name} {part}" for part in doubts))))
        ratio[k] = volume[k] / volume[other]
        log_sd[k] = float(np.hypot(sd[k] / volume[k], sd[other] / volume[other]))
    with np.errstate(invalid="ignore"):
        log_ratio = np.log(ratio)
    return values.assign(ratio=ratio, log_ratio=log_ratio, log_sd=log_sd, note=notes)
