"""What a target's table is: its columns, what each takes, its keys."""

from dataclasses import dataclass

LEDGER = "crewdesk_ledger"
STAGE = "crewdesk_stage_"
# The column of a staging table that numbers its rows in the frame's order.
ROW = "crewdesk_row"

# Of java.sql.Types.
TEXTS = {1, 12, -1, -15, -9, -16, 2005, 2011}
BYTES = {-2, -3, -4, 2004}


@dataclass(frozen=True)
class Column:
    """A column of the target. `kind` is what the intake checks by."""

    name: str
    declared: str
    kind: str  # see kind_of
    not_null: bool = False
    has_default: bool = False
    generated: bool = False
    precision: int = 0
    scale: int = 0

    @property
    def is_required(self) -> bool:
        """Whether a frame must have it."""
        return self.not_null and not self.has_default and not self.generated


@dataclass(frozen=True)
class Table:
    """A table: schema and name as the database has them, columns, primary and unique keys."""

    schema: str | None
    name: str
    columns: tuple[Column, ...]
    keys: tuple[tuple[str, ...], ...]
    swept: str | None = None

    def column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)


def kind_of(database: str, jdbc: int, declared: str, size: int) -> str:
    """What a column takes, by `java.sql.Types`: integer, real, single, decimal, number (without
    a bound), boolean, date, time, timestamp, timestamptz, text, bytes, other."""
    kind = _kind(jdbc, declared.lower(), size)
    if database == "sqlite":
        # SQLite keeps what it is given; its driver would write milliseconds.
        if kind in ("date", "time", "timestamp"):
            return f"text of a {kind}"
        return "real" if kind == "single" else kind
    return kind


def _kind(jdbc: int, declared: str, size: int) -> str:
    if declared in ("bool", "boolean") or (jdbc in (16, -7) and size <= 1):
        return "boolean"
    if jdbc in (-6, 5, 4, -5):
        return "integer"
    if jdbc in (6, 7, 8):
        return "single" if jdbc == 7 else "real"
    if jdbc in (2, 3):
        return "decimal" if 0 < size <= 38 else "number"
    if jdbc == 91:
        return "date"
    if jdbc in (92, 2013):
        return "time"
    if jdbc in (93, 2014):
        return (
            "timestamptz"
            if declared in ("timestamptz", "timestamp with time zone")
            else "timestamp"
        )
    if jdbc in BYTES:
        return "bytes"
    return "text" if jdbc in TEXTS else "other"
