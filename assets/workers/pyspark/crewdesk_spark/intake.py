"""Between the columns of a frame and a table: which goes where, whether each value fits, and
the checksum of it all. Every value is checked as text, the same whatever the frame is made of.

`plan` maps the columns, `checked` adds to each row what is wrong with it; the rules are plain
SQL expressions of Spark, so that they run where the rows are.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .table import ROW, Column, Table

# The column that Spark fills with a record that could not be split into fields.
BAD = "crewdesk_bad_record"
# What marks a row that is refused, and what says by which columns.
REFUSED, WRONG = "crewdesk_refused", "crewdesk_wrong"
# What stands before the raw value of a column.
RAW = "crewdesk_raw_"

INTEGERS = {
    "tinyint": 8,
    "int2": 16,
    "smallint": 16,
    "mediumint": 24,
    "int4": 32,
    "int": 32,
    "integer": 32,
    "serial": 32,
    "smallserial": 16,
}
TIME = r"\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?"
ZONE = r"( ?(Z|[+-]\\d\\d(:?\\d\\d)?))?"
DAY = r"\\d{4}-\\d\\d-\\d\\d"
NUMBER = r"[+-]?(\\d+\\.?\\d*|\\.\\d+)([eE][+-]?\\d+)?"
# Kinds whose text the database writes in its own way.
OPAQUE = ("other", "time")
# A number as a database without a bound writes it.
PLAIN = r"[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)"
TRUE = "('true','t','yes','y','on','1')"
FALSE = "('false','f','no','n','off','0')"


class WrongColumns(Exception):
    """The frame's columns are not those of the table; the employee can mend it."""


@dataclass(frozen=True)
class Field:
    """A column of the frame, the column of the table that it goes to, and how it is checked."""

    source: str
    column: Column
    # How days are written, where not as 2026-12-31.
    days: str | None = None

    @property
    def raw(self) -> str:
        return tick(RAW + self.column.name)

    @property
    def value(self) -> str:
        """The value as the table's type; NULL where it does not fit."""
        return value_of(self.column, self.text)

    @property
    def text(self) -> str:
        """The text that is checked: the raw one, its day as 2026-12-31; NULL for another day."""
        if not self.days or "date" not in self.column.kind and "timestamp" not in self.column.kind:
            return self.raw
        pattern, groups = day_pattern(self.days)

        def part(name: str) -> str:
            return f"lpad(regexp_extract({self.raw}, '{pattern}', {groups[name]}), 2, '0')"

        year = f"regexp_extract({self.raw}, '{pattern}', {groups['y']})"
        rest = f"regexp_extract({self.raw}, '{pattern}', 4)"
        day = f"concat({year}, '-', {part('M')}, '-', {part('d')}, {rest})"
        return f"IF({self.raw} rlike '{pattern}', {day}, NULL)"

    @property
    def wrong(self) -> str:
        """True where the value does not fit."""
        column, raw = self.column, self.raw
        misfit = f"({raw} IS NOT NULL AND NOT coalesce({fits(column, self.text)}, false))"
        return f"({raw} IS NULL OR {misfit})" if column.not_null else misfit


def plan(names: Sequence[str], table: Table, days: Mapping[str, str] | None = None) -> list[Field]:
    """Where each column of the frame goes; `days` says of its columns how they write days.
    Raises `WrongColumns` with all that is wrong."""
    wrong, fields = [], []
    for name in names:
        bare = name.strip()
        exact = [c for c in table.columns if c.name == bare]
        same = exact or [c for c in table.columns if c.name.lower() == bare.lower()]
        if not same:
            near = difflib.get_close_matches(bare, [c.name for c in table.columns], 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            wrong.append(f"{table.name} has no column {bare!r}{hint}")
        elif same[0].generated:
            wrong.append(f"{bare!r} is computed by the table; leave it out")
        elif any(f.column is same[0] for f in fields):
            wrong.append(f"{bare!r} comes twice")
        else:
            fields.append(Field(name, same[0], (days or {}).get(name)))
    given = {f.column.name for f in fields}
    for column in table.columns:
        if column.is_required and column.name not in given:
            wrong.append(
                f"the data frame lacks {column.name!r}, which {table.name} needs in every row"
            )
    if wrong:
        raise WrongColumns(". ".join(wrong))
    return fields


def day_pattern(text: str) -> tuple[str, dict[str, int]]:
    """Of a format such as dd.MM.yyyy the regular expression, as a literal of Spark's SQL, with a
    last group for what follows the day, and which group is which."""
    runs = re.findall(r"(yyyy|MM?|dd?|[^A-Za-z0-9'\\])", text)
    kinds = [run[0] for run in runs if run[0].isalpha()]
    if "".join(runs) != text or sorted(kinds) != ["M", "d", "y"] or len(text) > 32:
        raise WrongColumns(
            f"{text!r} is no date format; write one such as dd.MM.yyyy, with d for the day, "
            "M for the month and yyyy for the year"
        )
    digits = {"yyyy": "([0-9]{4})", "MM": "([0-9]{2})", "dd": "([0-9]{2})"}
    parts = [
        digits.get(run, "([0-9]{1,2})")
        if run[0].isalpha()
        else f"[{run}]"
        if run not in "[]^-"
        else f"[\\\\{run}]"
        for run in runs
    ]
    groups = {kind: at for at, kind in enumerate(kinds, 1)}
    return "^" + "".join(parts) + "(.*)$", groups


def tick(name: str) -> str:
    """A name as an identifier of Spark SQL."""
    return "`" + name.replace("`", "``") + "`"


def raw_of(name: str, spark_type: str) -> str:
    """A column of the frame as the text that is checked; bytes stay bytes."""
    column = tick(name)
    if spark_type == "binary":
        return column
    if spark_type.startswith(("struct", "array", "map", "variant")):
        return f"to_json({column})"
    return f"CAST({column} AS string)"


def fits(column: Column, raw: str) -> str:
    """An expression that is true where a text that is not NULL fits the column."""
    kind = column.kind
    if kind == "integer":
        bits = INTEGERS.get(column.declared.lower().split(" ")[0].split("(")[0], 64)
        whole = f"{raw} rlike '^[+-]?[0-9]+$' AND try_cast({raw} AS decimal(38,0)) BETWEEN "
        low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        if "unsigned" in column.declared.lower():
            low, high = 0, 2**bits - 1
        return f"({whole} {low} AND {high})"
    if kind in ("real", "single"):
        return f"({raw} rlike '^{NUMBER}$' AND abs(try_cast({raw} AS {type_of(column)})) < double('Infinity'))"
    if kind == "decimal":
        wide, narrow = (
            f"try_cast({raw} AS {_wide(column)})",
            f"try_cast({raw} AS {type_of(column)})",
        )
        return f"({raw} rlike '^{NUMBER}$' AND {wide} = {narrow})"
    if kind == "number":
        return f"{raw} rlike '^{PLAIN}$'"
    if kind == "boolean":
        return f"(lower({raw}) IN {TRUE} OR lower({raw}) IN {FALSE})"
    if kind in ("date", "text of a date"):
        return f"({raw} rlike '^{DAY}$' AND try_cast({raw} AS date) IS NOT NULL)"
    if kind in ("time", "text of a time"):
        day = f"concat('2000-01-01 ', {raw})"
        return f"({raw} rlike '^{TIME}$' AND try_cast({day} AS timestamp_ntz) IS NOT NULL)"
    if kind in ("timestamp", "timestamptz", "text of a timestamp"):
        return f"({raw} rlike '^{DAY}[T ]{TIME}{ZONE}$' AND {_moment(column, raw)} IS NOT NULL)"
    if kind == "text" and 0 < column.precision < 2**30:
        return f"char_length({raw}) <= {column.precision}"
    return "true"


def reason(column: Column) -> str:
    """What a value had to be, in words."""
    kind = column.kind.removeprefix("text of a ")
    if kind == "text":
        return f"is longer than {column.precision} characters"
    needs = {
        "integer": "a whole number",
        "real": "a number",
        "single": "a number",
        "decimal": f"a number of at most {column.precision} digits, "
        f"{column.scale} of them after the point",
        "number": "a plain number",
        "boolean": "true or false",
        "date": "a date such as 2025-11-17",
        "time": "a time such as 10:18:59",
        "timestamp": "a date and time such as 2025-11-17 10:18:59",
        "timestamptz": "a date and time such as 2025-11-17 10:18:59+01:00",
    }
    return f"is not {needs.get(kind, column.declared)} ({column.declared})"


def type_of(column: Column) -> str:
    """The type of Spark for a column's values."""
    kind = column.kind
    if kind == "integer":
        return "decimal(20,0)" if "unsigned" in column.declared.lower() else "bigint"
    if kind == "decimal":
        return f"decimal({column.precision},{_scale(column)})"
    types = {
        "real": "double",
        "single": "float",
        "boolean": "boolean",
        "date": "date",
        "timestamp": "timestamp_ntz",
        "timestamptz": "timestamp",
        "bytes": "binary",
    }
    return types.get(kind, "string")


def value_of(column: Column, raw: str) -> str:
    """An expression for the value in the table's type."""
    kind = column.kind
    if kind == "boolean":
        return f"(lower({raw}) IN {TRUE})"
    if kind in ("timestamp", "timestamptz"):
        return _moment(column, raw)
    if kind in ("integer", "real", "single", "decimal", "date"):
        return f"try_cast({raw} AS {type_of(column)})"
    return f"CAST({raw} AS {type_of(column)})"


def _moment(column: Column, raw: str) -> str:
    if column.kind == "timestamptz":
        return f"try_cast(regexp_replace({raw}, ' ([+-])', '$1') AS timestamp)"
    # A moment without a zone passes over the one that is given, as databases do.
    return f"try_cast(regexp_replace({raw}, '{ZONE}$', '') AS timestamp_ntz)"


def _scale(column: Column) -> int:
    return min(column.scale, column.precision)


def _wide(column: Column) -> str:
    """Room for all digits that a value may have too many of."""
    return f"decimal(38,{38 - (column.precision - _scale(column))})"


def checksum(fields: Sequence[Field], names: Mapping[str, str], kept: str = "true") -> list[str]:
    """Two aggregates that make the checksum of the rows that are kept, independent of their
    order: sums of 64-bit hashes. It finds accidents (a value changed on its way, a row lost or
    doubled). Types whose text the database writes in its own way count as there or NULL."""
    parts = []
    for field in fields:
        value = names[field.column.name]
        if field.column.kind not in OPAQUE:
            parts.append(_canonical(field.column, value))
        # A hash passes over NULL, so that it is told by itself.
        parts.append(f"({value} IS NULL)")
    listed = ", ".join(parts)
    return [
        f"sum(CAST(IF({kept}, xxhash64({salt}, {listed}), NULL) AS decimal(20,0))) AS lane{salt}"
        for salt in (1, 2)
    ]


def checksum_text(row: Any) -> str:
    """The checksum of a row with the two aggregates."""
    return "".join(f"{int(row[f'lane{salt}'] or 0) % 2**64:016x}" for salt in (1, 2))


def _canonical(column: Column, value: str) -> str:
    if column.kind in ("real", "single"):
        # +0.0 turns -0.0, which no database promises to keep, into 0.0.
        return f"({value} + 0)"
    if column.kind == "text" and column.declared.lower() in ("bpchar", "char", "character"):
        return f"rtrim({value})"
    if column.kind == "number":
        # By value: no sign of plus, no zeros that mean nothing, no -0.
        digits = f"regexp_replace({value}, '^([+-]?)0*', '$1')"
        digits = f"regexp_replace({digits}, '(\\\\.[0-9]*?)0+$', '$1')"
        return f"regexp_replace(regexp_replace({digits}, '\\\\.$', ''), '^([+]|-$)', '')"
    return value


def raws(fields: Sequence[Field], types: dict[str, str], bad: bool) -> list[str]:
    """The expressions of the first step: row number, raw values, malformed records."""
    listed = [f"monotonically_increasing_id() AS {ROW}"]
    listed += [f"{raw_of(f.source, types[f.source])} AS {f.raw}" for f in fields]
    return listed + [f"{tick(BAD)}" if bad else f"CAST(NULL AS string) AS {tick(BAD)}"]


def checks(fields: Sequence[Field]) -> list[str]:
    """The expressions of the second step: values, what is wrong, whether the row is refused."""
    wrong = ", ".join(f"IF({f.wrong}, {at}, NULL)" for at, f in enumerate(fields))
    listed = [ROW, tick(BAD)] + [f.raw for f in fields]
    listed += [f"{f.value} AS {tick(f.column.name)}" for f in fields]
    return listed + [f"array_compact(array({wrong})) AS {WRONG}"]
