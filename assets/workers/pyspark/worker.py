#!/usr/bin/env python3
"""An external-task worker that inserts data frames with Spark. See README.md."""

import logging
import os
import sys
from typing import Any

from camunda.external_task.external_task import ExternalTask, TaskResult
from camunda.external_task.external_task_worker import ExternalTaskWorker
from py4j.protocol import Py4JNetworkError
from pyspark.sql import SparkSession

from crewdesk_spark import settings as configuration
from crewdesk_spark.desk import Desk, DeskError
from crewdesk_spark.insertion import Hopeless, Insertion, Transient
from crewdesk_spark.report import Facts, Report, Verdict
from crewdesk_spark.served import OF_THE_FORM, OF_THE_MODEL
from crewdesk_spark.settings import Settings
from crewdesk_spark.watch import Lost, Watch

log = logging.getLogger("crewdesk_spark")

# Those that the forms set. Naming the password is what gives the worker its clear text.
VARIABLES = [
    "connection", "serverName", "databaseName", "userName", "password", "tableName", "mode",
    "location", "separator", "nullText", "dateFormat", "format", "options", "dataFrame", "dataFrameCapture",
    "query", "script", *OF_THE_MODEL, *OF_THE_FORM,
]  # fmt: skip
# Tries of an insertion whose target or cluster is busy or out of reach, and between two of them.
TRIES, PAUSE_MILLIS = 5, 10_000


def session(settings: Settings) -> SparkSession:
    """The Spark session, started if there is none or its context has stopped."""
    builder = SparkSession.builder.appName("crewdesk").master(settings.master)
    usual = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.jars": ",".join(settings.jars),
        # The same moment on every machine, whatever its clock shows.
        "spark.sql.session.timeZone": "UTC",
        # Few rows are shuffled here, never worth 200 parts.
        "spark.sql.shuffle.partitions": "8",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC",
        "spark.executor.extraJavaOptions": "-Duser.timezone=UTC",
    }
    for name, value in (usual | dict(settings.conf)).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    if spark.sparkContext._jsc.sc().isStopped():
        # The cluster took the application from it.
        spark.stop()
        spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


class Worker:
    """What happens with one external task."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.desk = Desk(settings.url, settings.worker_id, settings.auth)

    def handle(self, task: ExternalTask) -> TaskResult:
        """Does an external task. Nothing that goes wrong may leave this function: the client
        would sleep over it and report nothing."""
        key = task.get_task_id()
        try:
            report = self._insert(task)
        except Lost:
            return task.failure("the external task was lost", None, TRIES, PAUSE_MILLIS)
        except Transient as error:
            log.warning("insertion %s: %s", key, error)
            return task.failure(str(error), None, TRIES, PAUSE_MILLIS)
        except DeskError as error:
            log.warning("insertion %s: %s", key, error)
            return task.failure(str(error), None, TRIES, PAUSE_MILLIS)
        except Hopeless as error:
            log.error("insertion %s: %s", key, error)
            return TaskResult.failure(task, str(error), None, 0, 0)
        except Py4JNetworkError:
            # Without Spark's JVM this process is of no use; its service manager starts another,
            # which takes over when the lock has run out.
            log.critical("insertion %s: the JVM of Spark is gone", key)
            os._exit(3)
        except Exception as error:  # noqa: BLE001 - see above
            # Its text may quote anything, so only its kind is told.
            log.error("insertion %s broke off: %s", key, type(error).__name__)
            log.debug("insertion %s", key, exc_info=True)
            return task.failure(
                f"the Spark worker broke off ({type(error).__name__}); see its log",
                None,
                TRIES,
                PAUSE_MILLIS,
            )
        facts = report.facts
        log.info(
            "insertion %s: %s, %s of %s rows, %s%s", key, facts.status, facts.rows_inserted,
            facts.rows_read, "kept" if report.committed else "not kept",
            " by an earlier run" if report.replayed else "",
        )  # fmt: skip
        return task.complete(report.variables())

    def _insert(self, task: ExternalTask) -> Report:
        spark = session(self.settings)
        insertion = Insertion(
            spark,
            self.settings,
            task.get_task_id(),
            task.get_variables(),
            lambda facts: self._judge(task, facts),
            lambda: watch.confirm(),
        )
        watch = Watch(
            self.desk,
            task.get_task_id(),
            task.get_process_instance_id(),
            self.settings.lock_seconds,
            insertion.interrupt,
            self.settings.limit_seconds,
            insertion.progress,
        )
        with watch:
            return insertion.run()

    def _judge(self, task: ExternalTask, facts: Facts) -> Verdict:
        """Asks the decision that the model names what the process will ask it: the same
        variables, with the new facts."""
        decision = task.get_extension_property("decision")
        if not decision:
            return Verdict.built_in(facts)
        try:
            variables = self.desk.variables(task.get_process_instance_id())
        except DeskError as error:
            if error.status not in (401, 403, 404, 501):
                raise
            # Without the right to see them all, those that the task came with.
            variables = {
                n: {"value": v} for n, v in task.get_variables().items() if n != "password"
            }
        try:
            return self.desk.decide(decision, variables | facts.variables())
        except DeskError as error:
            if error.is_transient:
                raise
            raise Hopeless(f"the check could not be made, nothing was kept: {error}") from None
        except ValueError as error:
            raise Hopeless(f"the check could not be made, nothing was kept: {error}") from None


def main() -> int:
    """Runs until it is stopped."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # Only this worker's own log is told: the client's and py4j's quote what passes by.
    log.setLevel(logging.INFO)
    logging.getLogger("crewdesk_spark").setLevel(logging.INFO)
    for name in ("py4j", "urllib3", "SQLQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        settings = configuration.read()
        spark = session(settings)
    except configuration.SettingsError as error:
        log.error("%s", error)
        return 2
    log.info(
        "Spark %s on %s is ready; worker %s", spark.version, settings.master, settings.worker_id
    )
    options: dict[str, Any] = {
        "maxTasks": 1,
        "lockDuration": settings.lock_seconds * 1000,
        "asyncResponseTimeout": 20_000,
        # After an error of the desk or the network; the client's own default is five minutes.
        "sleepSeconds": 5,
    }
    if settings.user:
        options["auth_basic"] = {"username": settings.user, "password": settings.password or ""}
    worker = ExternalTaskWorker(settings.worker_id, settings.url, options)
    worker.subscribe(settings.topic, Worker(settings).handle, variables=VARIABLES)
    return 0


if __name__ == "__main__":
    sys.exit(main())
