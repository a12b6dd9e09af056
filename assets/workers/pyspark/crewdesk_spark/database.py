"""The target over JDBC, through the driver's JVM: no second driver in Python is needed.

An insertion writes into a staging table beside the target. Its name is
`crewdesk_stage_<external task>_<attempt>`; as long as its owner lives, the owner holds a lock
of that name in the database. A staging table whose lock is free is stale, whoever made it,
and is dropped by the next worker that comes.
"""

import difflib
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from py4j.java_gateway import is_instance_of
from py4j.protocol import Py4JJavaError

from .connection import Target
from .table import LEDGER, ROW, STAGE, Column, Table, kind_of

# What happens to rows that refer to a row that is deleted.
CASCADES = (0, 2, 4)


class DatabaseError(Exception):
    """What the database said; `state` is the SQLSTATE."""

    def __init__(self, message: str, state: str = ""):
        super().__init__(message)
        self.state = state

    @property
    def is_constraint(self) -> bool:
        """A row broke a rule of the table."""
        return self.state.startswith("23")

    @property
    def is_transient(self) -> bool:
        """Unreachable, restarting, busy, out of room: it may go well another time."""
        return self.state[:2] in ("08", "40", "53", "55", "57", "58") or self.state == "HYT00"


class UnusableTable(Exception):
    """The table can not take the rows; the employee or a head can mend it."""


class Database:
    """One connection, for everything but the rows, which Spark's executors carry."""

    def __init__(self, gateway: Any, target: Target):
        self.target = target
        self._gateway = gateway
        self._jvm = jvm = gateway.jvm
        loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
        properties = jvm.java.util.Properties()
        for name, value in target.properties().items():
            properties.setProperty(name, value)
        try:
            driver = loader.loadClass(target.driver).newInstance()
        except Py4JJavaError:
            raise RuntimeError(
                f"the JDBC driver {target.driver} is missing; name its jar in SPARK_JARS"
            ) from None
        self._connection = self._call(lambda: driver.connect(target.url, properties))
        self.quote = "`" if target.kind == "mariadb" else '"'
        self._guarded: str | None = None

    def close(self) -> None:
        """Undoes what is not committed; staging tables of this owner become stale."""
        for end in ("rollback", "close"):
            try:
                if end == "close" or not self._connection.getAutoCommit():
                    getattr(self._connection, end)()
            except Py4JJavaError:
                pass

    # The table.

    def describe(self, name: str) -> Table:
        """The table of this name; `schema.table` where the name itself is none."""
        schema, found = self._find(name)
        meta = self._connection.getMetaData()
        catalog = self._connection.getCatalog()
        arguments = (catalog, schema, found)
        pattern = (catalog, schema, _escaped(found, meta.getSearchStringEscape()), None)
        self._require_transactions(found)
        columns = []
        for row in self._rows(
            lambda: meta.getColumns(*pattern),
            "COLUMN_NAME",
            "TYPE_NAME",
            "COLUMN_DEF",
            "IS_AUTOINCREMENT",
            "IS_GENERATEDCOLUMN",
            "DATA_TYPE:int",
            "COLUMN_SIZE:int",
            "DECIMAL_DIGITS:int",
            "NULLABLE:int",
        ):
            column, declared, default, auto, generated, jdbc, size, digits, nullable = row
            kind = kind_of(self.target.kind, jdbc, declared, size)
            auto = auto == "YES"
            columns.append(
                Column(
                    name=column,
                    declared=declared,
                    kind=kind,
                    not_null=nullable == 0,
                    has_default=default is not None or auto,
                    generated=generated == "YES" and not auto,
                    precision=size if 0 < size < 2**31 - 1 else 0,
                    scale=max(digits, 0),
                )
            )
        keys: dict[str, list[tuple[int, str]]] = {}
        for column, at in self._rows(
            lambda: meta.getPrimaryKeys(*arguments), "COLUMN_NAME", "KEY_SEQ:int"
        ):
            keys.setdefault("", []).append((at, column))
        index = "INDEX_NAME", "COLUMN_NAME", "FILTER_CONDITION", "ORDINAL_POSITION:int"
        for key, column, condition, at in self._rows(
            lambda: meta.getIndexInfo(*arguments, True, True), *index
        ):
            if key and not condition:
                keys.setdefault(key, []).append((at, column or ""))
        names = {c.name for c in columns}
        found_keys = []
        for key in keys.values():
            bare = tuple((column or "").strip('"') for _, column in sorted(key))
            # A key over an expression is left to the database.
            if bare not in found_keys and set(bare) <= names:
                found_keys.append(bare)
        swept = None
        exported = "FKTABLE_NAME", "DELETE_RULE:int"
        for child, rule in self._rows(lambda: meta.getExportedKeys(*arguments), *exported):
            if rule in CASCADES and child != found:
                swept = child
        return Table(schema, found, tuple(columns), tuple(found_keys), swept)

    def _require_transactions(self, table: str) -> None:
        if self.target.kind != "mariadb":
            return
        engine = self.value(
            "SELECT engine FROM information_schema.tables "
            "WHERE table_schema = database() AND table_name = ?",
            table,
        )
        if engine != "InnoDB":
            raise UnusableTable(
                f"{table} is kept by {engine}, which knows no transactions; use InnoDB"
            )

    def _find(self, name: str) -> tuple[str | None, str]:
        """Schema and name of the table that is meant: in the usual schema, else `schema.table`."""
        if name.lower() == LEDGER or name.lower().startswith(STAGE):
            raise UnusableTable(f"{name} is crewdesk's own table; name another one")
        schema = self._connection.getSchema() if self.target.kind == "postgresql" else None
        tables = self._tables(schema)
        if name in tables:
            return schema, name
        other, dot, rest = name.partition(".")
        if dot and schema and rest in self._tables(other):
            return other, rest
        near = difflib.get_close_matches(name.lower(), [n.lower() for n in tables], 1)
        hint = next((f"; did you mean {n!r}?" for n in tables if n.lower() in near), "")
        raise UnusableTable(f"there is no table {name!r}{hint}")

    def _tables(self, schema: str | None) -> list[str]:
        """The tables of a schema; views take no rows."""
        meta = self._connection.getMetaData()
        catalog, escape = self._connection.getCatalog(), meta.getSearchStringEscape()
        within = _escaped(schema, escape) if schema else None
        found = self._rows(
            lambda: meta.getTables(catalog, within, "%", None),
            "TABLE_SCHEM",
            "TABLE_NAME",
            "TABLE_TYPE",
        )
        kinds = ("TABLE", "BASE TABLE", "PARTITIONED TABLE")
        return [n for s, n, kind in found if kind in kinds and (schema is None or s == schema)]

    def quoted(self, *parts: str | None) -> str:
        """Names as an SQL identifier, whatever they contain."""
        q = self.quote
        return ".".join(q + part.replace(q, q + q) + q for part in parts if part)

    def place(self, table: Table) -> str:
        return self.quoted(table.schema, table.name)

    # Staging.

    def stage(self, table: Table, columns: Sequence[str], key: str) -> str:
        """Makes an empty staging table for these columns; its quoted name."""
        self.sweep(table.schema, key)
        name = f"{STAGE}{_compact(key)}_{uuid.uuid4().hex[:8]}"
        self._guard(name)
        place = self.quoted(table.schema, name)
        names = ", ".join(self.quoted(c) for c in columns)
        unlogged = "UNLOGGED " if self.target.kind == "postgresql" else ""
        self.run(
            f"CREATE {unlogged}TABLE {place} AS SELECT {names}, "
            f"{self._row_type()} AS {self.quoted(ROW)} FROM {self.place(table)} WHERE 1 = 0"
        )
        return place

    def _row_type(self) -> str:
        return {"mariadb": "CAST(0 AS SIGNED INTEGER)"}.get(self.target.kind, "CAST(0 AS BIGINT)")

    def sweep(self, schema: str | None, key: str) -> list[str]:
        """Drops the staging tables whose owners are gone; their names. SQLite knows no owners:
        only those of this key are dropped there."""
        meta = self._connection.getMetaData()
        pattern = _escaped(STAGE, meta.getSearchStringEscape()) + "%"
        found = [
            name
            for (name,) in self._rows(
                lambda: meta.getTables(self._connection.getCatalog(), schema, pattern, None),
                "TABLE_NAME",
            )
        ]
        gone = []
        for name in found:
            if not re.fullmatch(STAGE + r"[0-9A-Za-z]+_[0-9a-f]{8}", name):
                continue
            if self.target.kind == "sqlite" and not name.startswith(f"{STAGE}{_compact(key)}_"):
                continue
            if self._take(name):
                try:
                    self.run(f"DROP TABLE IF EXISTS {self.quoted(schema, name)}")
                    gone.append(name)
                except DatabaseError:
                    # An executor of a dead worker still writes; the next sweep gets it.
                    pass
                finally:
                    self._release(name)
        return gone

    def drop(self, stage: str) -> None:
        """Drops this owner's staging table, if it is there."""
        self.rollback()
        self.run(f"DROP TABLE IF EXISTS {stage}")

    def _guard(self, name: str) -> None:
        if not self._take(name):
            raise DatabaseError("another owner of this staging table is alive", "55P03")
        self._guarded = name

    def _take(self, name: str) -> bool:
        if self.target.kind == "postgresql":
            return bool(
                self.value("SELECT pg_try_advisory_lock(hashtextextended(?, 0))::int", name)
            )
        if self.target.kind == "mariadb":
            return bool(self.value("SELECT GET_LOCK(?, 0)", name))
        # SQLite has no such lock.
        return True

    def _release(self, name: str) -> None:
        if self.target.kind == "postgresql":
            self.value("SELECT pg_advisory_unlock(hashtextextended(?, 0))::int", name)
        elif self.target.kind == "mariadb":
            self.value("SELECT RELEASE_LOCK(?)", name)

    def analyze(self, stage: str) -> None:
        """Tells the planner what was staged."""
        if self.target.kind == "postgresql":
            self.run(f"ANALYZE {stage}")

    def duplicates(
        self, table: Table, stage: str, columns: Sequence[str], replace: bool
    ) -> Iterator[tuple[tuple[str, ...], str, str]]:
        """Conditions over the staging table `s` for rows whose key is taken: by an earlier row
        of the frame, or, unless the rows of the table go first, in the table. Each with the
        key and the reason, and only where there is such a row."""
        row = self.quoted(ROW)
        for key in table.keys:
            if not set(key) <= set(columns):
                continue
            names = [self.quoted(c) for c in key]
            given = " AND ".join(f"{n} IS NOT NULL" for n in names)
            listed = ", ".join(names)
            twice = (
                f"SELECT {listed} FROM {stage} WHERE {given} GROUP BY {listed} HAVING count(*) > 1"
            )
            if self.value(f"SELECT count(*) FROM ({twice} LIMIT 1) AS twice"):
                numbered = (
                    f"SELECT {row}, row_number() OVER (PARTITION BY {listed} ORDER BY {row}) AS n "
                    f"FROM {stage} WHERE {given}"
                )
                yield (
                    key,
                    "an earlier row of the data frame has this key",
                    (f"s.{row} IN (SELECT {row} FROM ({numbered}) AS numbered WHERE n > 1)"),
                )
            if replace:
                continue
            same = " AND ".join(f"t.{n} = s.{n}" for n in names)
            there = f"EXISTS (SELECT 1 FROM {self.place(table)} AS t WHERE {same})"
            if self.value(
                f"SELECT count(*) FROM (SELECT 1 FROM {stage} AS s WHERE {there} LIMIT 1) AS there"
            ):
                yield key, "a row of the table has this key already", there

    def examples(
        self, stage: str, columns: Sequence[str], condition: str, most: int
    ) -> list[tuple[int, str]]:
        """The first rows of a condition: row number and the values of the columns."""
        names = ", ".join(f"s.{self.quoted(c)}" for c in columns)
        row = f"s.{self.quoted(ROW)}"
        sql = (
            f"SELECT {row}, {names} FROM {stage} AS s WHERE {condition} ORDER BY {row} LIMIT {most}"
        )
        return [(int(r[0]), ", ".join(r[1:])) for r in self.select(sql, len(columns) + 1)]

    def take_out(self, stage: str, condition: str) -> int:
        """Deletes the rows of a condition from the staging table; how many."""
        row = self.quoted(ROW)
        return self.run(
            f"DELETE FROM {stage} WHERE {row} IN (SELECT {row} FROM "
            f"(SELECT s.{row} FROM {stage} AS s WHERE {condition}) AS taken)"
        )

    # The ledger.

    def recall(self, key: str) -> str | None:
        """The outcome that the ledger has for this key."""
        if not self._has_ledger():
            return None
        return self.value(f"SELECT outcome FROM {LEDGER} WHERE {self._key()} = ?", key)

    def _has_ledger(self) -> bool:
        sql = {
            "postgresql": "SELECT to_regclass(?)::text",
            "mariadb": "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = database() AND table_name = ?",
            "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'table' AND name = ?",
        }
        return self.value(sql[self.target.kind], LEDGER) is not None

    def _key(self) -> str:
        return self.quoted("key")

    def make_ledger(self) -> None:
        """Makes the ledger if it is missing."""
        if self._has_ledger():
            return
        mariadb = self.target.kind == "mariadb"
        text, key = ("LONGTEXT", "VARCHAR(255)") if mariadb else ("TEXT", "TEXT")
        texts = [f"{name} {text} NOT NULL" for name in ("at", "table_name", "mode", "frame")]
        self.run(
            f"CREATE TABLE IF NOT EXISTS {LEDGER}({self._key()} {key} PRIMARY KEY NOT NULL, "
            f"{', '.join(texts)}, {self.quoted('rows')} BIGINT NOT NULL, outcome {text} NOT NULL)"
        )

    # Publishing.

    def publish(
        self,
        table: Table,
        stage: str,
        columns: Sequence[str],
        replace: bool,
        rows: int,
        line: Sequence[Any],
        confirm: Callable[[], None],
        patience: int,
    ) -> bool:
        """Moves the staged rows into the table, in one transaction with the ledger's line:
        key, at, table, mode, frame, rows, outcome. False when the ledger has the key already:
        then another run has done it. An error means that nothing was kept, or, where the
        connection broke in the commit, that the ledger knows.

        `confirm` renews the lock of the task before the commit. Should this process stand still
        after that until the lock has run out, the database ends the transaction first: it waits
        for less than `patience` seconds, the life of a lock."""
        names = ", ".join(self.quoted(c) for c in columns)
        self.make_ledger()
        self._give_up_after(max(1, patience * 2 // 3))
        self._begin()
        try:
            if not self._note(*line):
                return False
            if replace:
                self.run(f"DELETE FROM {self.place(table)}")
            moved = self.run(
                f"INSERT INTO {self.place(table)} ({names}) "
                f"SELECT {names} FROM {stage} ORDER BY {self.quoted(ROW)}"
            )
            if moved != rows:
                raise DatabaseError(
                    f"the table took {moved} of {rows} rows; a trigger may have left rows out",
                    "23000",
                )
            if self.target.kind == "postgresql":
                self.run(f"DROP TABLE {stage}")
            confirm()
            self._call(self._connection.commit)
            return True
        finally:
            self.rollback()

    def settle(self, key: str) -> bool:
        """True when nothing of this key is kept and nothing will be: a run that died while it
        committed holds the key until the database has made up its mind."""
        if not self._has_ledger():
            return True
        self._begin()
        try:
            return self._note(key, "", "", "", "", 0, "")
        finally:
            self.rollback()

    def _note(self, *line: Any) -> bool:
        """Writes a line of the ledger; false if its key is there."""
        try:
            self.run(
                f"INSERT INTO {LEDGER}({self._key()}, at, table_name, mode, frame, "
                f"{self.quoted('rows')}, outcome) VALUES (?, ?, ?, ?, ?, ?, ?)",
                *line,
            )
            return True
        except DatabaseError as error:
            if error.is_constraint:
                return False
            raise

    def _give_up_after(self, seconds: int) -> None:
        if self.target.kind == "postgresql":
            self.run(f"SET idle_in_transaction_session_timeout = {seconds * 1000}")
        elif self.target.kind == "mariadb":
            self.run(f"SET SESSION idle_write_transaction_timeout = {seconds}")

    def _begin(self) -> None:
        self._call(lambda: self._connection.setAutoCommit(False))

    def rollback(self) -> None:
        """Ends a transaction that was not committed; harmless after one that was."""
        if self._connection.isClosed():
            return
        if not self._connection.getAutoCommit():
            self._call(self._connection.rollback)
            self._call(lambda: self._connection.setAutoCommit(True))

    # SQL.

    def as_read(self, stage: str, columns: Sequence[Column]) -> str:
        """The staging table as it is read back: numbers without a bound as text."""
        names = [self.quoted(ROW)]
        for column in columns:
            name = self.quoted(column.name)
            names.append(f"CAST({name} AS text) AS {name}" if column.kind == "number" else name)
        return f"(SELECT {', '.join(names)} FROM {stage}) AS staged"

    def run(self, sql: str, *values: Any) -> int:
        """Runs a statement; how many rows it changed."""
        return int(self._prepared(sql, values, lambda s: s.executeLargeUpdate()))

    def value(self, sql: str, *values: Any) -> Any:
        """The first value of the first row."""

        def first(statement: Any) -> Any:
            result = statement.executeQuery()
            return result.getObject(1) if result.next() else None

        return self._prepared(sql, values, first)

    def select(self, sql: str, columns: int) -> list[tuple[str, ...]]:
        """All rows as texts."""

        def all_rows(statement: Any) -> list[tuple[str, ...]]:
            result, rows = statement.executeQuery(), []
            while result.next():
                rows.append(tuple(str(result.getString(i + 1)) for i in range(columns)))
            return rows

        return self._prepared(sql, (), all_rows)

    def _prepared(self, sql: str, values: Sequence[Any], then: Any) -> Any:
        def run() -> Any:
            statement = self._connection.prepareStatement(sql)
            try:
                for at, value in enumerate(values, 1):
                    if isinstance(value, int):
                        statement.setLong(at, value)
                    else:
                        statement.setString(at, value)
                return then(statement)
            finally:
                statement.close()

        return self._call(run)

    def _rows(self, open_result: Any, *columns: str) -> list[tuple[Any, ...]]:
        def read() -> list[tuple[Any, ...]]:
            result, rows = open_result(), []
            while result.next():
                rows.append(
                    tuple(
                        result.getInt(c[:-4]) if c.endswith(":int") else result.getString(c)
                        for c in columns
                    )
                )
            result.close()
            return rows

        return self._call(read)

    def _call(self, call: Any) -> Any:
        try:
            return call()
        except Py4JJavaError as error:
            raise self.explain(error) from None

    def explain(self, error: Py4JJavaError) -> DatabaseError:
        """An error of the driver, without a trace and without the password."""
        return explain(self._gateway, error, self.target)


def explain(gateway: Any, error: Py4JJavaError, target: Target) -> DatabaseError:
    """The SQL error at the root of a Java exception, without a trace and without the password."""
    java, state, message = error.java_exception, "", ""
    for _ in range(20):
        if java is None:
            break
        following = None
        if is_instance_of(gateway, java, "java.sql.SQLException"):
            state = java.getSQLState() or state
            following = java.getNextException()
        message = java.getMessage() or message
        java = following or java.getCause()
    message = message.split("\n\tat ")[0].strip()
    return DatabaseError(target.clean(message), state or _sqlite_state(message))


def _sqlite_state(message: str) -> str:
    if "SQLITE_CONSTRAINT" in message:
        return "23000"
    return "55000" if "SQLITE_BUSY" in message or "SQLITE_LOCKED" in message else ""


def _compact(key: str) -> str:
    return re.sub("[^0-9A-Za-z]", "", key)[:32] or "0"


def _escaped(name: str, escape: str | None) -> str:
    if not escape:
        return name
    return re.sub(r"([_%\\])", lambda m: escape + m[1], name)
