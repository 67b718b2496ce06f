"""Where a screen runs: DuckDB inside this process, or Spark when the cohort outgrows one machine.

Both are reached through Ibis, so that a rule is written once. This file holds all in which the two
differ: how they are started, how a table comes in and how findings go out.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from cahill.core.laboratory import COLUMNS
from cahill.errors import InputError, UnknownNameError

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

ENGINES = ("duckdb", "spark")
SCREEN_COLUMNS = tuple(
    name for name in COLUMNS if name not in ("lln", "visit", "method", "value_text", "unit_text")
)
"""What the screens read."""


@dataclass(frozen=True)
class Engine:
    """A running engine.

    Attributes
    ----------
    name : {"duckdb", "spark"}
    backend : ibis backend
    folder : Path
        For files that live as long as the engine does.
    """

    name: str
    backend: Any
    folder: Path


@contextmanager
def open_engine(
    name: Literal["duckdb", "spark"] | str = "duckdb",
    *,
    memory: str | None = None,
    threads: int | None = None,
    temporary: Path | None = None,
) -> Iterator[Engine]:
    """Start an engine and stop it at the end of the block.

    Parameters
    ----------
    name : {"duckdb", "spark"}
    memory : str, optional
        Most that it may hold, such as "2GB"; the rest goes to temporary files.
    threads : int, optional
        All processors if absent.
    temporary : Path, optional
        Folder for temporary files; the system's if absent.

    Raises
    ------
    UnknownNameError
        If there is no such engine.
    InputError
        If an option cannot be used, or Spark or its Java is missing.
    """
    if name not in ENGINES:
        raise UnknownNameError("engine", name, ENGINES)
    if threads is not None and threads < 1:
        raise InputError(f"threads: {threads} is not a number of threads; give 1 or more")
    if temporary is not None and not temporary.is_dir():
        raise InputError(f"{temporary}: there is no such folder for temporary files; make it")
    start = _duckdb if name == "duckdb" else _spark
    with (
        TemporaryDirectory(prefix="cahill-screen-", dir=temporary) as folder,
        start(memory, threads, Path(folder)) as backend,
    ):
        yield Engine(name, backend, Path(folder))


@contextmanager
def _duckdb(memory: str | None, threads: int | None, folder: Path) -> Iterator[Any]:
    import duckdb
    import ibis

    options: dict[str, Any] = {
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": False,
        # Patients' results stay on the machine: nothing is fetched.
        "autoinstall_known_extensions": False,
    }
    if memory is not None:
        options["memory_limit"] = memory
    if threads is not None:
        options["threads"] = threads
    try:
        backend = ibis.duckdb.connect(**options)
    except duckdb.Error:
        raise InputError(f'memory: DuckDB does not understand "{memory}"; write 2GB') from None
    try:
        yield backend
    finally:
        backend.disconnect()


@contextmanager
def _spark(memory: str | None, threads: int | None, folder: Path) -> Iterator[Any]:
    import warnings

    try:
        with warnings.catch_warnings():
            # Findings leave Spark as Parquet, so its remarks about pandas do not matter here.
            warnings.simplefilter("ignore", FutureWarning)
            import ibis
            from pyspark.errors import PySparkException, PySparkRuntimeError
            from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("engine spark: pyspark is not installed; install pyspark 4") from None
    options: Mapping[str, str] = {
        "spark.ui.enabled": "false",
        "spark.driver.host": "localhost",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": _java_memory(memory or "1GB"),
        "spark.local.dir": str(folder / "spill"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": str(8 if threads is None else max(4, 2 * threads)),
        # The expressions of a rule are longer than one Java method may be.
        "spark.sql.codegen.wholeStage": "false",
        "spark.log.level": "ERROR",
    }
    builder = SparkSession.builder.appName("cahill").master(f"local[{threads or '*'}]")
    for key, value in options.items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, PySparkRuntimeError, FileNotFoundError):
        raise InputError("engine spark: Spark did not start; it needs Java 17 or later") from None
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield ibis.pyspark.connect(session)
    finally:
        session.stop()


def _java_memory(memory: str) -> str:
    """Return "2GB" as Java writes it: "2g"."""
    text = memory.strip().lower().removesuffix("b").removesuffix("i")
    if not (text[:-1].isdigit() and text[-1] in "mg"):
        raise InputError(f'memory: Spark does not understand "{memory}"; write 2GB')
    return text


def load_results(engine: Engine, source: "pa.Table | Path | Sequence[Path]") -> "ir.Table":
    """Return a table of results (columns of `cahill.core.laboratory.COLUMNS`) as Ibis sees it.

    Parameters
    ----------
    engine : Engine
    source : pyarrow.Table, Path or sequence of Path
        The table, or Parquet files that hold it.

    Raises
    ------
    InputError
        If a column is missing or holds something else than it must.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(source, pa.Table):
        paths = [_store(source, engine.folder)]
    else:
        paths = [source] if isinstance(source, Path) else list(source)
        if not paths:
            raise InputError("no file of results is given")
        for path in paths:
            _check_columns(pq.read_schema(path), path.name)
    if engine.name == "duckdb":
        table = engine.backend.read_parquet([str(path) for path in paths])
    else:
        frame = engine.backend._session.read.parquet(*(str(path) for path in paths))
        frame.createOrReplaceTempView(view := f"results_{id(frame)}")
        table = engine.backend.table(view)
    return table.select(*SCREEN_COLUMNS)


def _store(table: "pa.Table", folder: Path) -> Path:
    import pyarrow.parquet as pq

    _check_columns(table.schema, "the table of results")
    path = folder / f"results-{len(list(folder.glob('results-*')))}.parquet"
    pq.write_table(table.select(list(SCREEN_COLUMNS)), path)
    return path


def _check_columns(schema: "pa.Schema", name: str) -> None:
    import pyarrow as pa

    for column in SCREEN_COLUMNS:
        if column not in schema.names:
            raise InputError(
                f"{name}: column {column} is missing; read the file with read_lab first"
            )
        kind = schema.field(column).type
        if COLUMNS[column] == "int64" and not (pa.types.is_integer(kind) or pa.types.is_null(kind)):
            raise InputError(
                f"{name}: column {column} must hold whole numbers (millionths), not {kind}; "
                "read the file with read_lab first"
            )


def fetch(engine: Engine, expression: "ir.Table") -> "pa.Table":
    """Run an expression and return its rows as an Arrow table."""
    if engine.name == "duckdb":
        return expression.to_pyarrow()
    import pyarrow.parquet as pq

    # By way of a file: Ibis goes through pandas here, where a missing whole number becomes NaN.
    path = engine.folder / f"answer-{len(list(engine.folder.glob('answer-*')))}"
    save(engine, expression, path)
    return pq.read_table(path)


def save(engine: Engine, expression: "ir.Table", path: Path) -> None:
    """Run an expression and write its rows as Parquet: a file (DuckDB) or a folder (Spark)."""
    engine.backend.to_parquet(expression, path)
