"""Where files of results are laid out: a DuckDB connection with a folder of its own."""

import shutil
import tempfile
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cahill.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Options:
    """What was asked for beside the files.

    Parameters
    ----------
    units : mapping of str to str
        Unit for results without one, by test; "" for any.
    limits : path, optional
    default_uln : str, optional
    told : callable
        Told in words what is being done.
    """

    units: Mapping[str, str]
    limits: str | Path | None
    default_uln: str | None
    told: Callable[[str], None]


@dataclass(frozen=True)
class Raw:
    """What a door says of the files it read; the results themselves lie on the bench."""

    name: str
    paths: tuple[Path, ...]
    form: str
    notes: tuple[str, ...] = ()
    sas_dates: bool = False


class Folder:
    """A temporary folder that goes when nothing refers to it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="cahill-lab-"))
        weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


@dataclass(eq=False)
class Bench:
    """A DuckDB connection with a folder of its own for what does not fit into memory.

    Parameters
    ----------
    memory : str
        Most memory that the engine may take, such as "2GB".
    """

    memory: str
    parts: list[str] = field(default_factory=list)
    blanks: list[tuple[str, str]] = field(default_factory=list)
    canonical: list[tuple[Path, str]] = field(default_factory=list)

    def __enter__(self) -> "Bench":
        import duckdb

        self.folder = Folder()
        self.store = self.folder.path
        self.connection = duckdb.connect(str(self.store / "bench.duckdb"))
        try:
            self.connection.execute(f"SET memory_limit='{self.memory}'")
        except duckdb.Error:
            raise InputError(f'"{self.memory}" is not an amount of memory, such as "2GB"') from None
        self.connection.execute("SET enable_progress_bar=false")
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()
        for file in self.store.glob("bench.duckdb*"):
            file.unlink() if file.is_file() else shutil.rmtree(file, ignore_errors=True)

    def run(self, query: str, where: str = "") -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; what DuckDB says of a file becomes one line."""
        import duckdb

        try:
            return self.connection.execute(query).fetchall()
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException) as e:
            if not where:
                raise
            first = " ".join(str(e).split("\n")[0].split())
            raise InputError(f"{where} cannot be read as a table: {first}") from e

    def one(self, query: str) -> Any:
        """Return the first value of the first row."""
        rows = self.run(query)
        return rows[0][0] if rows else None

    def table(self, query: str) -> "pa.Table":
        """Return the answer of a query as a table in memory."""
        return self.connection.sql(query).to_arrow_table()

    def columns(self, relation: str) -> list[tuple[str, str]]:
        """Return the columns of a relation with their types."""
        return [(name, kind) for name, kind, *_ in self.run(f"DESCRIBE {relation}")]

    def add(self, select: str) -> None:
        """Add raw results: a query that gives "row" and any of the fields."""
        self.parts.append(select)

    def append(self, name: str, table: "pa.Table") -> None:
        """Add a batch of raw results to a table on the bench, which is made by the first."""
        self.connection.register("batch", table)
        if self.one(f"SELECT count(*) FROM duckdb_tables() WHERE table_name = '{name}'"):
            self.run(f"INSERT INTO {name} SELECT * FROM batch")
        else:
            self.run(f"CREATE TABLE {name} AS SELECT * FROM batch")
            self.add(f"SELECT * FROM {name}")
        self.connection.unregister("batch")

    def join(self, name: str, people: "pa.Table") -> None:
        """Give the raw results of a table what is known of their subjects.

        Parameters
        ----------
        name : str
            As given to `append`.
        people : pyarrow.Table
            Columns "subject" and any fields that the results do not have.
        """
        self.connection.register(f"people_of_{name}", people)
        self.parts = [
            f"SELECT * FROM {name} LEFT JOIN people_of_{name} USING (subject)"
            if part == f"SELECT * FROM {name}"
            else part
            for part in self.parts
        ]
