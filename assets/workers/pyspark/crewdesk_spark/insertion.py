"""The way of one external task: frame, staging table, facts, verdict, publication.

Exactly once: the rows move from the staging table into the target in one transaction with the
ledger's line, whose primary key is the external task's id. Killed before that commit, nothing
is in the target; after it, the next run finds the line and reports its outcome.
"""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark import StorageLevel
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from . import connection, intake
from . import frame as frames
from .connection import Target, UnknownConnection
from .database import Database, DatabaseError, UnusableTable, explain
from .frame import Frame, OperatorNeeded, UnusableFrame, first_line, malformed
from .intake import BAD, REFUSED, WRONG, Field, WrongColumns, tick
from .report import (
    DESCRIBED,
    FAILURE,
    SUCCESS,
    ColumnFacts,
    Facts,
    Refusal,
    Report,
    Verdict,
    shown,
)
from .served import OF_THE_MODEL, unserved
from .settings import Settings
from .table import ROW, Table

log = logging.getLogger(__name__)

# SQLSTATEs of rows that the table does not take: data, constraint, access or syntax.
MENDABLE = ("22", "23", "42")
# What Spark says when it is the cluster that failed and not the work.
TROUBLE = re.compile(
    "ExecutorLost|Executor heartbeat|executor \\S+ exited|masters are unresponsive|cancelled"
    "|SparkContext was shut ?down|stopped SparkContext|FetchFailed|No space left|OutOfMemory"
    "|Connection refused|Connection reset|UnknownHost|NoRouteToHost|Remote RPC client"
)
# Partitions by which the staged rows are read back, at most.
READERS = 8
# Fewer rows than this are read back by one.
FEW = 200_000


class Transient(Exception):
    """It may go well another time: the task is failed with retries."""


class Hopeless(Exception):
    """Neither time nor the employee mends it: an incident at once."""


class Insertion:
    """One run of one external task."""

    def __init__(
        self,
        spark: SparkSession,
        settings: Settings,
        key: str,
        variables: Mapping[str, Any],
        judge: Callable[[Facts], Verdict],
        confirm: Callable[[], None],
    ):
        # A session of its own: views and settings of one employee do not reach another's.
        self.spark = spark.newSession()
        self.spark.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")
        self.settings, self.key, self.variables = settings, key, variables
        self.judge, self.confirm = judge, confirm
        self.group = f"crewdesk-{key}"
        self.phase, self.total, self.late = "starting", 0, False

    # What the watch asks from its thread.

    def progress(self) -> str:
        """How far it is, in words."""
        if self.phase != "writing" or not self.total:
            return self.phase
        tracker = self.spark.sparkContext.statusTracker()
        done, tasks = 0, 0
        for job in tracker.getJobIdsForGroup(self.group):
            info = tracker.getJobInfo(job)
            for stage in info.stageIds if info and info.status == "RUNNING" else ():
                found = tracker.getStageInfo(stage)
                if found:
                    done, tasks = found.numCompletedTasks, found.numTasks
        rows = self.total * done // tasks if tasks else 0
        return f"writing, {rows:,} of {self.total:,} rows"

    def interrupt(self, late: bool = False) -> None:
        """Stops what Spark runs for this task; `late` when its time is up."""
        self.late = late
        self.spark.sparkContext.cancelJobGroup(self.group)

    # The run.

    def run(self) -> Report:
        """Inserts, or finds in the ledger that an earlier run did. Raises `Transient`,
        `Hopeless`, or `Lost` from `confirm`; then nothing was kept, or the ledger knows."""
        target, database = None, None
        try:
            target = connection.resolve(self.variables, self.settings)
            database = Database(self.spark.sparkContext._gateway, target)
            outcome = database.recall(self.key)
            if outcome is not None:
                return Report.from_json(outcome)
            self.spark.sparkContext.setJobGroup(self.group, f"insertion {self.key}", True)
            try:
                report = self._attempt(target, database)
            except (UnusableTable, UnusableFrame, WrongColumns, DatabaseError) as error:
                report = self._failed(error)
            except (Py4JJavaError, PySparkException) as error:
                report = self._broken_off(error, target)
            if not report.committed and not database.settle(self.key):
                return Report.from_json(database.recall(self.key) or report.to_json())
            return report
        except (UnknownConnection, DatabaseError) as error:
            return self._failed(error)
        except OperatorNeeded as error:
            raise Hopeless(str(error)) from None
        except (OSError, ValueError) as error:
            raise Hopeless(str(error)) from None
        finally:
            if database:
                database.close()
            self._forget()

    def _failed(self, error: Exception) -> Report:
        """What the employee hears, unless it may go well another time."""
        if not isinstance(error, DatabaseError):
            return Report.failed(str(error))
        if error.is_transient:
            raise Transient(f"the target: {error}") from None
        return Report.failed(f"the target refuses: {error}")

    def _broken_off(self, error: Exception, target: Target) -> Report:
        """What became of a job that Spark broke off: lost, too long, the frame's or the rows'
        fault, or trouble of the cluster."""
        self.confirm()
        if self.late:
            limit = self.settings.limit_seconds
            return Report.failed(f"the insertion took longer than {limit} seconds and was stopped")
        if isinstance(error, Py4JJavaError):
            found = explain(self.spark.sparkContext._gateway, error, target)
            text, state = str(found), found.state
        else:
            text, state = first_line(error), ""
        text = target.clean(text).strip().split("\n")[0][:2000]
        if TROUBLE.search(str(error)) and state[:2] not in MENDABLE:
            raise Transient(f"Spark: {text}")
        if self.phase == "reading":
            return Report.failed(f"the data frame can not be read: {text}")
        if state[:2] in MENDABLE:
            return Report.failed(f"the target refuses: {text}")
        raise Transient(f"Spark: {text}")

    def _forget(self) -> None:
        try:
            self.spark.catalog.clearCache()
        except Exception:  # noqa: BLE001 - a context that has stopped keeps nothing
            log.debug("Spark keeps its cache", exc_info=True)

    def _attempt(self, target: Target, database: Database) -> Report:
        self.phase = "reading"
        if refused := unserved(self.variables, OF_THE_MODEL):
            raise Hopeless(f"the model: {refused}")
        if refused := unserved(self.variables):
            raise UnusableFrame(refused)
        replaces = str(self.variables.get("mode") or "append").strip() == "replace"
        table = database.describe(str(self.variables.get("tableName") or "").strip())
        if replaces and table.swept:
            raise UnusableTable(
                f"replacing the rows of {table.name} would also change rows of {table.swept}, "
                "which refer to them; use append, or replace them by hand"
            )
        frame = frames.make(self.spark, self.variables, self.settings)
        names = [n for n in frame.df.columns if n != BAD]
        days = str(self.variables.get("dateFormat") or "").strip()
        texts = {name: days for name, kind in frame.df.dtypes if days and kind == "string"}
        fields = intake.plan(names, table, texts)
        rows = self._checked(frame, fields)
        counted = self._count(rows, fields)
        number = cache(lambda: self._numbering(frame, rows))
        refusals = list(frame.refusals)
        if counted.refused:
            refusals += self._refusals(rows, fields, number())
        accepted = rows.where(f"NOT {REFUSED}").select(ROW, *[tick(f.column.name) for f in fields])
        read = counted.total + frame.malformed
        refused = counted.refused + frame.malformed

        columns = [f.column.name for f in fields]
        stage = database.stage(table, columns, self.key)
        try:
            self._write(target, stage, accepted, counted.total - counted.refused)
            self.phase = "checking"
            database.analyze(stage)
            doubled, source = 0, counted.checksum
            for key, why, condition in database.duplicates(table, stage, columns, replaces):
                doubled += self._take_out(database, stage, key, why, condition, refusals, number)
            staged = self._read_back(
                target, database.as_read(stage, [f.column for f in fields]), self.total
            )
            found = self._found(staged, fields)
            if doubled:
                kept = accepted.join(staged.select(ROW), ROW, "left_semi")
                sums = intake.checksum(fields, _names(fields))
                source = intake.checksum_text(kept.selectExpr(*sums).first())
            refused += doubled
            expected = read - refused
            if found.total > expected:
                # A part was written twice because Spark lost sight of who wrote it.
                raise Transient(f"{found.total} rows were staged instead of {expected}")
            facts = Facts(
                SUCCESS if refused == 0 else FAILURE,
                rows_read=read,
                rows_inserted=found.total,
                rows_refused=refused,
                nulls_in_required=counted.nulls,
                duplicate_keys=doubled,
                source_checksum=source,
                target_checksum=intake.checksum_text(found),
                columns=tuple(self._column_facts(found, fields)),
            )
            report = Report(facts, self.judge(facts), True, tuple(refusals[:DESCRIBED]))
            if not report.verdict.keep:
                return replace(report, committed=False)
            self.phase = "publishing"
            return self._publish(database, table, stage, columns, replaces, report)
        finally:
            try:
                database.drop(stage)
            except DatabaseError as error:
                # Stale from now on: the next worker drops it.
                log.warning("a staging table was left behind: %s", error)

    def _publish(
        self,
        database: Database,
        table: Table,
        stage: str,
        columns: Sequence[str],
        replaces: bool,
        report: Report,
    ) -> Report:
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        rows = report.facts.rows_inserted
        mode = "replace" if replaces else "append"
        line = (self.key, at, table.name, mode, self._frame_name(), rows, report.to_json())
        try:
            if database.publish(
                table,
                stage,
                columns,
                replaces,
                rows,
                line,
                self.confirm,
                self.settings.lock_seconds,
            ):
                return report
        except DatabaseError as error:
            if not error.is_constraint:
                raise
            return report.undone(f"the table refuses the rows, nothing was kept: {error}")
        outcome = database.recall(self.key)
        if outcome is None:
            raise Transient("another run of this insertion is under way")
        return Report.from_json(outcome)

    def _frame_name(self) -> str:
        """What the ledger calls the frame: its content hash where the desk captured it, else a
        hash of what describes it, which may hold credentials."""
        captured = self.variables.get("dataFrameCapture")
        if captured and not self.variables.get("location"):
            return str(captured)
        parts = (self.variables.get(n) or "" for n in ("location", "query", "script"))
        return "spark:" + sha256("\0".join(map(str, parts)).encode()).hexdigest()

    # Spark's part.

    def _checked(self, frame: Frame, fields: Sequence[Field]) -> DataFrame:
        """Every row, its values in the table's types, and what is wrong with it."""
        types = {name: kind for name, kind in frame.df.dtypes}
        bad = BAD in frame.df.columns
        rows = frame.df.selectExpr(*intake.raws(fields, types, bad))
        rows = rows.selectExpr(*intake.checks(fields))
        rows = rows.selectExpr("*", f"(size({WRONG}) > 0 OR {BAD} IS NOT NULL) AS {REFUSED}")
        return rows.persist(StorageLevel.MEMORY_AND_DISK)

    def _count(self, rows: DataFrame, fields: Sequence[Field]) -> "_Counted":
        """One pass over the frame; the rows are kept by Spark for the next."""
        required = [f.raw for f in fields if f.column.not_null]
        nulls = [f"count_if({BAD} IS NULL AND {raw} IS NULL)" for raw in required]
        row = rows.selectExpr(
            "count(*) AS total",
            f"count_if({REFUSED}) AS refused",
            f"{' + '.join(nulls) or '0L'} AS nulls",
            *intake.checksum(fields, _names(fields), f"NOT {REFUSED}"),
        ).first()
        return _Counted(row.total, row.refused, row.nulls, intake.checksum_text(row))

    def _refusals(
        self, rows: DataFrame, fields: Sequence[Field], number: Callable[[int], int]
    ) -> list[Refusal]:
        """The first refused rows, described."""
        found = []
        for row in rows.where(REFUSED).orderBy(ROW).limit(DESCRIBED).collect():
            record = number(row[ROW])
            if row[BAD] is not None:
                found.append(replace(malformed(row[BAD]), record=record))
                continue
            for at in row[WRONG]:
                column = fields[at].column
                raw = row[intake.RAW + column.name]
                why = "must not be NULL" if raw is None else intake.reason(column)
                value = None if raw is None else shown(raw)
                found.append(Refusal(why, column.name, value, record))
        return found[:DESCRIBED]

    def _numbering(self, frame: Frame, rows: DataFrame) -> Callable[[int], int]:
        """From Spark's row ids to record numbers, where the rows are those of one file."""
        if not frame.plain or len(frame.df.inputFiles()) != 1:
            return lambda _: 0
        parts = rows.selectExpr(f"shiftright({ROW}, 33) AS part").groupBy("part").count().collect()
        before, sizes = {}, {r["part"]: r["count"] for r in parts}
        for part in range(max(sizes) + 1 if sizes else 0):
            before[part] = sum(sizes.get(p, 0) for p in range(part))
        return lambda row: before[row >> 33] + (row & (1 << 33) - 1) + 1

    def _write(self, target: Target, stage: str, accepted: DataFrame, rows: int) -> None:
        self.phase, self.total = "writing", rows
        options = target.properties() | {
            "url": target.url,
            "driver": target.driver,
            "dbtable": stage,
            "batchsize": "10000",
            "isolationLevel": "READ_COMMITTED" if target.kind != "sqlite" else "NONE",
        }
        # More parts than cores: progress is counted in parts. Those run at once that have a core.
        parts = self.settings.partitions or max(
            self.spark.sparkContext.defaultParallelism, -(-rows // self.settings.rows_per_partition)
        )
        parts = 1 if target.kind == "sqlite" or rows < 5_000 else parts
        (accepted.repartition(parts).write.format("jdbc").options(**options).mode("append").save())

    def _read_back(self, target: Target, staged: str, rows: int) -> DataFrame:
        """The staged rows as they stand in the database."""
        properties = target.properties() | {
            "driver": target.driver,
            "fetchsize": "10000",
            "preferTimestampNTZ": "true",
        }
        readers = 1 if rows < FEW or target.kind == "sqlite" else self._readers()
        parts = [f"MOD({ROW}, {readers}) = {at}" for at in range(readers)]
        if readers == 1:
            return self.spark.read.jdbc(target.url, staged, properties=properties)
        return self.spark.read.jdbc(target.url, staged, predicates=parts, properties=properties)

    def _readers(self) -> int:
        return max(1, min(READERS, self.spark.sparkContext.defaultParallelism))

    def _found(self, staged: DataFrame, fields: Sequence[Field]) -> Any:
        """Facts about the staged rows, read from the database."""
        names = {
            f.column.name: f"CAST({tick(f.column.name)} AS {intake.type_of(f.column)})"
            for f in fields
        }
        listed = ["count(*) AS total", *intake.checksum(fields, names)]
        for at, field in enumerate(fields):
            name = names[field.column.name]
            listed.append(f"count_if({name} IS NULL) AS nulls{at}")
            if field.column.kind != "bytes":
                listed.append(f"CAST(min({name}) AS string) AS min{at}")
                listed.append(f"CAST(max({name}) AS string) AS max{at}")
        return staged.selectExpr(*listed).first()

    def _column_facts(self, found: Any, fields: Sequence[Field]) -> list[ColumnFacts]:
        facts, given = [], found.asDict()
        for at, field in enumerate(fields):
            least, most = given.get(f"min{at}"), given.get(f"max{at}")
            facts.append(
                ColumnFacts(
                    field.column.name,
                    given[f"nulls{at}"],
                    None if least is None else shown(least),
                    None if most is None else shown(most),
                )
            )
        return facts

    def _take_out(
        self,
        database: Database,
        stage: str,
        key: Sequence[str],
        why: str,
        condition: str,
        refusals: list[Refusal],
        number: Callable[[], Callable[[int], int]],
    ) -> int:
        """Takes rows out of the staging table whose key is taken; how many."""
        room = DESCRIBED - len(refusals)
        if room > 0:
            record = number()
            for row, value in database.examples(stage, key, condition, room):
                refusals.append(Refusal(why, ", ".join(key), shown(value), record(row)))
        return database.take_out(stage, condition)


@dataclass(frozen=True)
class _Counted:
    total: int
    refused: int
    nulls: int
    checksum: str


def _names(fields: Sequence[Field]) -> dict[str, str]:
    return {f.column.name: tick(f.column.name) for f in fields}
