"""Put the tables of a qPCR export together into a run."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cahill.core.amplification import MeltCurves, QpcrRun, Reaction
from cahill.core.plate import FORMATS, well_name
from cahill.errors import InputError
from cahill.io.qpcr_curves import CurveTable
from cahill.io.qpcr_roles import UNDETERMINED, mangled_labels, role_of
from cahill.io.qpcr_tables import Table, cq_of, tidy_well

Key = tuple[str, str]
"""Well, and what tells the reactions of a well apart (target or dye)."""

_FIELDS = {
    "group": ("group", "biological group", "biological group name", "biological set name"),
    "replicate": ("replicate", "biological replicate", "biogroup"),
    "dilution": ("dilution",),
    "run": ("run", "plate"),
    "antibody": ("antibody",),
    "comment": ("comments", "comment", "well note"),
}


class RunParts:
    """Reactions and curves while they are collected.

    Parameters
    ----------
    by_dye : bool
        Whether the reactions of a well are told apart by dye (CFX), not by target.
    """

    def __init__(self, by_dye: bool = False) -> None:
        self.by_dye = by_dye
        self.reactions: dict[Key, Reaction] = {}
        self.curves: dict[Key, list[tuple[float, float, float]]] = {}
        self.melts: dict[Key, list[tuple[float, float]]] = {}
        self.labels: list[tuple[str, str]] = []
        self.numbered: dict[str, str] = {}

    def well(self, table: Table, row: int) -> str:
        """Return the well of a record; the position if the file gives number and position."""
        number, place = table.text(row, "well"), table.text(row, "well position")
        where = table.where(row, "well position", "well")
        if place:
            place = tidy_well(place, where)
            self.numbered[number] = place
            return place
        number = number[:-2] if number.endswith(".0") else number
        return self.numbered.get(number, tidy_well(number, where))

    def key(self, table: Table, row: int) -> Key:
        """Return the key of a record."""
        label = table.text(row, *(("fluor", "dye") if self.by_dye else ("target",)))
        return self.well(table, row), label

    def add_results(self, table: Table) -> None:
        """Take reactions from a table of Cq or of the setup of the plate.

        Raises
        ------
        InputError
            If a reaction stands twice, or a Cq is not to be read.
        """
        seen: dict[Key, int] = {}
        for row in table.rows:
            well, label = self.key(table, row)
            if not (well or label or table.text(row, "sample")):
                continue
            key = (well, label) if well else (f"row {row + 1}", label)
            if key in seen:
                place = f"well {well}" + (f' target "{label}"' if label else "")
                raise InputError(
                    f"{table.where(row)}: {place} stands twice; first in row {seen[key] + 1}"
                )
            seen[key] = row
            self._merge(key, _reaction(table, row, well))
            for name in ("target", "sample"):
                self.labels.append((table.text(row, name), table.where(row, name)))

    def _merge(self, key: Key, new: Reaction) -> None:
        """Keep what an earlier table said of the reaction, and fill in what it did not."""
        old = self.reactions.get(key)
        if old is None:
            self.reactions[key] = new
            return
        blank = Reaction(old.well)
        changes: dict[str, Any] = {
            name: getattr(new, name)
            for name in ("target", "sample", "role", "dye", "quantity", "threshold", "baseline")
            if getattr(old, name) == getattr(blank, name)
        }
        if not old.cq_reported:
            changes |= {"cq": new.cq, "cq_reported": new.cq_reported, "where": new.where}
        changes["excluded"] = old.excluded or new.excluded
        self.reactions[key] = replace(old, **changes, fields={**new.fields, **old.fields})

    def add_curves(self, table: Table) -> None:
        """Take readings from a table with one reading a row: by cycle, or by temperature."""
        melt = table.kind == "melt"
        axis = "temperature" if melt else "cycle"
        base = next((name for name in ("drn", "delta rn") if name in table.columns), "")
        signal = table.signal
        for row in table.rows:
            at, value = table.number(row, axis), table.number(row, signal)
            if at is None:
                continue
            key = self.key(table, row)
            read = np.nan if value is None else value
            if melt:
                self.melts.setdefault(key, []).append((at, read))
                continue
            above = table.number(row, base) if base and base != signal else None
            self.curves.setdefault(key, []).append((at, read, np.nan if above is None else above))
            if key not in self.reactions:
                self._merge(key, _reaction(table, row, key[0]))

    def add_matrix(self, table: Table, dye: str) -> None:
        """Take readings from a table whose columns are wells."""
        melt = table.kind == "melt matrix"
        for name, column in table.wells.items():
            key = (tidy_well(name, table.grid.name), dye)
            if key not in self.reactions:
                known = [k for k in self.reactions if k[0] == key[0]] if not dye else []
                key = known[0] if len(known) == 1 else key
            points = []
            for row in table.rows:
                at = table.number(row, "temperature" if melt else "cycle")
                value = table.grid.number(table.grid.cell(row, column))
                if at is not None:
                    points.append((at, np.nan if value is None else value))
            if all(np.isnan(value) for _, value in points):
                continue
            if melt:
                self.melts[key] = points
            else:
                self.curves[key] = [(at, value, np.nan) for at, value in points]
            if key not in self.reactions:
                self.reactions[key] = Reaction(key[0], dye=dye, where=table.grid.name)

    def run(
        self,
        path: Path,
        kind: Literal["raw", "Rn", "dRn"],
        facts: Mapping[str, str],
        notes: Iterable[str] = (),
    ) -> QpcrRun:
        """Return the run.

        Raises
        ------
        InputError
            If it has no reaction.
        """
        if not self.reactions:
            raise InputError(f"{path.name}: no reaction found; export the results table too")
        curves, above, melts = CurveTable(), CurveTable(), CurveTable()
        for key in self.reactions:
            points = np.array(self.curves.get(key, ())).reshape(-1, 3)
            curves.add((points[:, 0], points[:, 1]))  # pyright: ignore[reportArgumentType]
            above.add((points[:, 0], points[:, 2]))  # pyright: ignore[reportArgumentType]
            # a melt curve that names no target is that of every reaction of its well
            melted = self.melts.get(key) or self.melts.get((key[0], "")) or ()
            pairs = np.array(melted).reshape(-1, 2)
            melts.add((pairs[:, 0], pairs[:, 1]))  # pyright: ignore[reportArgumentType]
        reactions = self._named()
        if not any(reaction.target for reaction in reactions):
            dyes = {reaction.dye for reaction in reactions}
            if dyes != {""}:
                reactions = [replace(reaction, target=reaction.dye) for reaction in reactions]
                notes = (*notes, "The file names no target; the dyes stand for them.")
        cycles, fluorescence = curves.on_common_cycles()
        _, baselined = above.on_common_cycles()
        return QpcrRun(
            path.name,
            tuple(reactions),
            cycles,
            fluorescence,
            curves=kind if len(cycles) else "none",
            baselined=baselined if np.isfinite(baselined).any() else None,
            melt=MeltCurves(*melts.side_by_side()) if melts.filled else None,
            facts=facts,
            notes=(*notes, *mangled_labels(self.labels)),
            path=path,
        )

    def _named(self) -> list[Reaction]:
        """Return the reactions, positions that are numbers named if the plate is known."""
        reactions = list(self.reactions.values())
        numbers = [int(reaction.well) for reaction in reactions if reaction.well.isdigit()]
        if not numbers or len(numbers) < len(reactions):
            return reactions
        size = 96 if max(numbers) <= 96 else 384
        columns = FORMATS[size][1]
        return [
            replace(reaction, well=well_name(*divmod(int(reaction.well) - 1, columns)))
            for reaction in reactions
        ]


def _reaction(table: Table, row: int, well: str) -> Reaction:
    """Return a reaction from one record."""
    kind = table.text(row, "task", "sample type", "content", "role", "type")
    fields = {name: table.text(row, *headings) for name, headings in _FIELDS.items()}
    role = role_of(kind)
    if role == "other":
        fields["type"] = kind
    first, last = table.number(row, "baseline start"), table.number(row, "baseline end")
    omitted = table.text(row, "omit", "excluded", "exclude").lower()
    quantity = table.number(row, "quantity", "starting quantity (sq)", "starting quantity")
    reported = table.has("cq")
    return Reaction(
        well,
        table.text(row, "target"),
        table.text(row, "sample"),
        role,
        table.text(row, "reporter", "fluor", "dye"),
        # QuantStudio prints the quantity it computed for unknowns in the same column
        quantity=quantity if role in ("standard", "calibrator", "positive") else None,
        cq=cq_of(table, row, UNDETERMINED) if reported else None,
        cq_reported=reported,
        threshold=table.number(row, "cq threshold", "threshold"),
        baseline=(int(first), int(last)) if first is not None and last is not None else None,
        excluded="" if omitted in ("", "false", "0", "no") else "omitted in the file",
        fields={name: text for name, text in fields.items() if text},
        where=table.where(row),
    )
