"""Which reading of a plate serves an assay, which reads can be used, how deep the wells are."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from cahill.core.plate import Plate, Reading
from cahill.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Assay = Literal["coupled", "amplex-red"]

NADH_NM, RESORUFIN_NM, RESORUFIN_EXCITATION_NM = 340.0, 570.0, 535.0  # the two protocols
NEAR_NM = 20.0
WATER_NM, WATER_BASE_NM = 977.0, 900.0
WATER_PER_CM = 0.18  # A977 - A900 of 1 cm of water, as Gen5 prints it with its pathlengths
PATHLENGTHS_CM = (0.02, 5.0)

LIMIT_AU = 3.5
"""Assumed: absorbance above which a reading is not used. At 3.5 AU three photons in ten thousand
arrive, as few as the stray light of a common plate reader."""


def guess_assay(plate: Plate) -> Assay:
    """Return the assay that the wavelengths of a plate speak of.

    Raises
    ------
    InputError
        If they speak of none or of both.
    """
    coupled = _near(plate, "absorbance", NADH_NM)
    red = _near(plate, "absorbance", RESORUFIN_NM) or _near(
        plate, "fluorescence", RESORUFIN_EXCITATION_NM
    )
    if bool(coupled) == bool(red):
        names = ", ".join(f'"{reading.name}"' for reading in plate.readings)
        raise InputError(
            f"{plate.name}: its readings ({names}) do not tell the assay; give --assay coupled "
            "or --assay amplex-red"
        )
    return "coupled" if coupled else "amplex-red"


def choose_reading(plate: Plate, assay: Assay, name: str | None) -> tuple[Reading, tuple[str, ...]]:
    """Return the reading of an assay, and what a reader must know of the choice.

    Parameters
    ----------
    plate : Plate
    assay : {"coupled", "amplex-red"}
    name : str or None
        The reading asked for; without it the one nearest 340 nm (coupled), or 570 nm or excited
        near 535 nm (amplex-red), within 20 nm, in time rather than once.

    Raises
    ------
    InputError
        If none or several serve, with what to give.
    """
    if name is not None:
        reading = plate.reading(name)
        return reading, _remark(reading, assay)
    if assay == "coupled":
        found = _near(plate, "absorbance", NADH_NM)
    else:
        found = [
            *_near(plate, "fluorescence", RESORUFIN_EXCITATION_NM),
            *_near(plate, "absorbance", RESORUFIN_NM),
        ]
    found = [reading for reading in found if reading.kinetic] or found
    if len({reading.signal for reading in found}) == 1:
        return found[0], _remark(found[0], assay)
    silent = [one for one in plate.readings if one.wavelength is None and not _is_water(one)]
    if not found and len(silent) == 1 == len(plate.readings):
        return silent[0], _remark(silent[0], assay)
    wanted = "near 340 nm" if assay == "coupled" else "near 570 nm or excited near 535 nm"
    names = ", ".join(f'"{reading.name}"' for reading in plate.readings)
    fault = "several readings serve" if found else f"no reading is {wanted}"
    raise InputError(f"{plate.name}: {fault}; name one with --reading ({names})")


def _near(plate: Plate, signal: str, wavelength: float) -> list[Reading]:
    found = [
        (abs(reading.wavelength - wavelength), k, reading)
        for k, reading in enumerate(plate.readings)
        if reading.signal == signal and reading.wavelength is not None
    ]
    return [reading for gap, _, reading in sorted(found, key=lambda x: x[:2]) if gap <= NEAR_NM]


def _is_water(reading: Reading) -> bool:
    return reading.wavelength in (WATER_NM, WATER_BASE_NM)


def _remark(reading: Reading, assay: Assay) -> tuple[str, ...]:
    wanted = NADH_NM if assay == "coupled" else RESORUFIN_NM
    if reading.signal == "fluorescence":
        wanted = RESORUFIN_EXCITATION_NM
    if reading.wavelength is None:
        return (f'Reading "{reading.name}" names no wavelength; it was taken as {wanted:g} nm.',)
    if abs(reading.wavelength - wanted) > NEAR_NM:
        return (f'Reading "{reading.name}" is at {reading.wavelength:g} nm, not at {wanted:g} nm.',)
    return ()


def usable_reads(reading: Reading, limit: float) -> np.ndarray:
    """Return which reads can be used, shape (reads, wells).

    Left out are reads that were not taken, those that the instrument marked as beyond its range,
    and absorbances above `limit` (AU).
    """
    good = np.isfinite(reading.values) & ~reading.over
    if reading.signal == "absorbance":
        good &= ~(np.nan_to_num(reading.values, nan=np.inf) > limit)
    return good


def pathlengths(
    plate: Plate, wells: "pd.DataFrame", well_area: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pathlength of every well of the table (cm; NaN if unknown), and how it is known.

    In order: a pathlength the instrument printed (from absorbances it did not round), absorbance of
    water at 977 and 900 nm, the layout, volume over well area.

    Parameters
    ----------
    plate : Plate
    wells : pandas.DataFrame
        As `well_table` makes it.
    well_area : float or None
        cm2.
    """
    names = wells["well"].tolist()
    found = np.full(len(names), np.nan)
    how = np.full(len(names), "", dtype=object)
    volume = wells["total_volume"].to_numpy(float) * 1e-3
    for source, values in (
        ("instrument", _printed(plate, names)),
        ("977/900 nm", _water(plate, names)),
        ("layout", wells["pathlength"].to_numpy(float)),
        ("volume/area", volume / well_area if well_area else np.full(len(names), np.nan)),
    ):
        low, high = PATHLENGTHS_CM
        take = np.isnan(found) & (values >= low) & (values <= high)
        found[take], how[take] = values[take], source
    return found, how


def _water(plate: Plate, names: list[str]) -> np.ndarray:
    parts = []
    for wavelength in (WATER_NM, WATER_BASE_NM):
        reading = next((r for r in plate.readings if r.wavelength == wavelength), None)
        if reading is None:
            return np.full(len(names), np.nan)
        good = np.where(reading.over, np.nan, reading.values)
        means = dict(zip(reading.wells, _column_means(good)))
        parts.append(np.array([means.get(name, np.nan) for name in names]))
    return (parts[0] - parts[1]) / WATER_PER_CM


def _column_means(values: np.ndarray) -> np.ndarray:
    count = np.isfinite(values).sum(axis=0)
    return np.where(count > 0, np.nansum(values, axis=0) / np.maximum(count, 1), np.nan)


def _printed(plate: Plate, names: list[str]) -> np.ndarray:
    from cahill.io.cell_grids import number

    table = next((v for k, v in plate.reported.items() if "pathlength" in k.lower()), {})
    values = [number(table.get(name, "")) for name in names]
    return np.array([np.nan if value is None else value for value in values], float)
