"""The data frame of a task: a location that Spark reads, a query, or a script.

A query is SQL of an employee. Spark's SQL can also run programs, load code and write files;
so it is one SELECT, nothing that calls out of Spark, and, where the operator has named the
locations that may be read, no files but these.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession, functions

from .intake import BAD
from .report import DESCRIBED, Refusal, shown
from .settings import Settings

# The name of the frame in a query, as for the built-in worker.
VIEW = "frame"
FORMATS = ("csv", "json", "jsonl", "ndjson", "parquet", "orc", "avro", "text")
# Options of readers that would read something else.
FORBIDDEN_OPTIONS = ("path", "paths", "url", "dbtable", "query")
# An unquoted empty field is NULL, a quoted one is empty text: the two must differ for Spark.
NULL = "\u0001crewdesk-null\u0001"
# Separators by the names that people give them.
SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " "}
# Parts of a plan that leave Spark's SQL.
OUTSIDE = ("ScriptTransformation", "CallMethodViaReflection", "PythonUDF", "Command")


class UnusableFrame(Exception):
    """The frame can not be made; the employee can mend it."""


class OperatorNeeded(Exception):
    """The frame can not be made until the worker's operator changes a setting."""


@dataclass(frozen=True)
class Frame:
    """The rows, and what of the source could not even be split into fields."""

    df: DataFrame
    # Whether the rows are the records of the source, in its order.
    plain: bool
    malformed: int = 0
    refusals: tuple[Refusal, ...] = ()


def make(spark: SparkSession, variables: Mapping[str, Any], settings: Settings) -> Frame:
    """The frame that the task's variables describe."""
    script, query = _text(variables, "script"), _text(variables, "query")
    source = read(spark, variables, settings)
    try:
        if not script and not query:
            if source is None:
                raise UnusableFrame("name a location, a file or a query: there is no data frame")
            return Frame(source, True)
        malformed, refusals = 0, ()
        if source is not None:
            source, malformed, refusals = _whole(source)
            source.createOrReplaceTempView(VIEW)
        if script:
            df = _run(spark, script, source, settings)
        else:
            df = select(spark, query, settings)
        return Frame(df, False, malformed, refusals)
    except PySparkException as error:
        raise UnusableFrame(first_line(error)) from None


def malformed(record: str) -> Refusal:
    """The refusal of a record that could not be split into fields."""
    return Refusal(
        "has more or fewer fields than the header, or broken quotes", value=shown(record)
    )


def _whole(source: DataFrame) -> tuple[DataFrame, int, tuple[Refusal, ...]]:
    """The source without its malformed records, and these."""
    if BAD not in source.columns:
        return source, 0, ()
    # Spark reads the column of bad records only beside others, unless it has read it before.
    source = source.persist(StorageLevel.MEMORY_AND_DISK)
    first = "`" + source.columns[0].replace("`", "``") + "`"
    counted = source.selectExpr(f"count({BAD}) AS bad", f"count({first}) AS others").first()
    refusals = ()
    if counted.bad:
        rows = source.where(f"{BAD} IS NOT NULL").limit(DESCRIBED).collect()
        refusals = tuple(malformed(row[BAD]) for row in rows)
    return source.where(f"{BAD} IS NULL").drop(BAD), counted.bad, refusals


def read(spark: SparkSession, variables: Mapping[str, Any], settings: Settings) -> DataFrame | None:
    """The frame at the location, or the one that the desk captured; None without either."""
    location, name = place(variables, settings)
    if location is None:
        return None
    kind = _format(variables, name)
    options = _options(variables)
    reader = spark.read.format("json" if kind in ("jsonl", "ndjson") else kind)
    try:
        if kind == "csv":
            options = _separator(spark, location, variables, options)
            return _csv(spark, location, options, _nulls(variables))
        if kind == "json":
            reader = reader.option("multiLine", "true")
        return reader.options(**options).load(location)
    except PySparkException as error:
        raise UnusableFrame(first_line(error)) from None


def _csv(
    spark: SparkSession, location: str, options: dict[str, str], nulls: list[str]
) -> DataFrame:
    """All columns as text: what each means is said by the table, not guessed."""
    usual = {
        "header": "true",
        "multiLine": "true",
        "escape": '"',
        "mode": "PERMISSIVE",
        "nullValue": NULL,
    }
    usual |= options
    names = spark.read.format("csv").options(**usual).load(location).schema.names
    schema = ", ".join(f"`{n.replace('`', '``')}` string" for n in [*names, BAD])
    reader = spark.read.format("csv").options(**usual).option("columnNameOfCorruptRecord", BAD)
    df = reader.schema(schema).load(location)
    if not nulls:
        return df
    columns = [functions.col("`" + n.replace("`", "``") + "`") for n in names]
    kept = [functions.when(c.isin(nulls), None).otherwise(c) for c in columns]
    return df.select(*[c.alias(n) for c, n in zip(kept, names, strict=True)], BAD)


def _separator(
    spark: SparkSession, location: str, variables: Mapping[str, Any], options: dict[str, str]
) -> dict[str, str]:
    """The options with the separator: as the form says, else the one that the header has most
    of outside of quotes."""
    if "sep" in options or "delimiter" in options:
        return options
    said = variables.get("separator")
    said = said if isinstance(said, str) else ""
    named = SEPARATORS.get(said.strip().lower(), said.strip() or said)
    if not named:
        header = spark.read.text(location).first()
        bare = re.sub('"[^"]*"', "", header[0]) if header else ""
        named = max(",;\t|", key=bare.count)
    if len(named) != 1 or named.isalnum() or named in '"\r\n\0':
        raise UnusableFrame(
            "write the one sign that separates the values, such as ; or , or |, or tab"
        )
    return options | {"sep": named}


def _nulls(variables: Mapping[str, Any]) -> list[str]:
    """Texts that mean NULL, separated by commas. Spark does not tell whether they were quoted."""
    texts = (_text(variables, "nullText") or "").split(",")
    return [text.strip() for text in texts if text.strip()]


def place(variables: Mapping[str, Any], settings: Settings) -> tuple[str | None, str]:
    """Where the frame is, and the name that tells its format."""
    location = _text(variables, "location")
    if location:
        if settings.locations and not _allowed(location, settings.locations):
            raise UnusableFrame(
                f"the Spark worker may not read {location}; it may read "
                + ", ".join(settings.locations)
            )
        return location, location
    captured = _text(variables, "dataFrameCapture")
    if not captured:
        return None, ""
    if not settings.frames:
        raise OperatorNeeded(
            "the Spark worker does not know the desk's folder of data frames; "
            "let its operator set CREWDESK_FRAMES, or name a location"
        )
    if not re.fullmatch("[0-9a-f]{64}", captured):
        raise UnusableFrame("no data frame was captured; choose the data frame again")
    typed = _text(variables, "dataFrame") or ""
    return f"{settings.frames.rstrip('/')}/{captured}", "" if "\n" in typed else typed


def _allowed(location: str, allowed: tuple[str, ...]) -> bool:
    # A prefix must end at a folder, and no way may lead back out of it.
    climbs = re.search(r"(^|/)(\.\.|%2e)", location, re.IGNORECASE)
    return not climbs and any(
        location == prefix or location.startswith(prefix.rstrip("/") + "/") for prefix in allowed
    )


def _format(variables: Mapping[str, Any], name: str) -> str:
    kind = (_text(variables, "format") or "").lower()
    if not kind or kind == "auto":
        bare = re.sub(r"\.(gz|bz2|zst|zstd|snappy|lz4)$", "", name.rstrip("/*").lower())
        kind = bare.rsplit(".", 1)[-1] if "." in bare.rsplit("/", 1)[-1] else "csv"
        if kind not in FORMATS:
            kind = "csv"
    if kind not in FORMATS:
        raise UnusableFrame(f"{kind!r} is no format; use one of {', '.join(FORMATS)}")
    return kind


def _options(variables: Mapping[str, Any]) -> dict[str, str]:
    """`name=value` a line, for Spark's reader."""
    options = {}
    for line in (_text(variables, "options") or "").splitlines():
        if not line.strip():
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or not re.fullmatch("[A-Za-z]+", name):
            raise UnusableFrame(f"{line.strip()!r} is no option; write name=value, one a line")
        if name.lower() in FORBIDDEN_OPTIONS:
            raise UnusableFrame(f"the option {name} is not possible here; use the location")
        options[name] = value.strip()
    return options


def select(spark: SparkSession, query: str, settings: Settings) -> DataFrame:
    """One SELECT that stays inside Spark's SQL."""
    spark.conf.set("spark.sql.runSQLOnFiles", "false" if settings.locations else "true")
    # In parentheses nothing but a query can stand.
    frame = spark.sql(f"SELECT * FROM ({query.strip().rstrip(';')}\n) AS query")
    analyzed = frame._jdf.queryExecution().analyzed().toJSON()
    for name in re.findall(r'"class":"([^"]+)"', analyzed):
        if name.endswith(OUTSIDE):
            raise UnusableFrame(
                "a query may only select; it may not call programs, code or commands"
            )
    return frame


def _run(
    spark: SparkSession, script: str, source: DataFrame | None, settings: Settings
) -> DataFrame:
    """A PySpark script that yields `df`. It can do whatever the worker can."""
    if not settings.allow_scripts:
        raise UnusableFrame(
            "this Spark worker runs no scripts; use a query, or ask its operator "
            "(CREWDESK_ALLOW_SCRIPTS)"
        )
    names: dict[str, Any] = {"spark": spark, VIEW: source, "df": None}
    try:
        exec(compile(script, "script", "exec"), names)  # noqa: S102 - what it is for
    except PySparkException:
        raise
    except BaseException as error:  # noqa: BLE001 - also SystemExit: it is the script's
        line = _line_of(error)
        where = f", line {line}" if line else ""
        raise UnusableFrame(f"the script failed{where}: {type(error).__name__}: {error}") from None
    if not isinstance(names.get("df"), DataFrame):
        raise UnusableFrame("the script did not leave a data frame in `df`")
    return names["df"]


def _line_of(error: BaseException) -> int | None:
    if isinstance(error, SyntaxError):
        return error.lineno
    line, trace = None, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "script":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def first_line(error: BaseException) -> str:
    """What went wrong, without plans and traces."""
    text = str(error).strip().split("\n")[0]
    text = re.sub(r"[.;]?\s*SQLSTATE: \w+", "", text).rstrip(";")
    return re.sub(r"^\[[A-Z_.]+\] ", "", text)


def _text(variables: Mapping[str, Any], name: str) -> str | None:
    value = variables.get(name)
    return value.strip() or None if isinstance(value, str) else None
