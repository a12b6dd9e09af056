"""The workers on the real external-task client, against a fake of the desk."""

import importlib.util
import os
import subprocess
import sys
import threading
import unittest
from unittest import mock

if importlib.util.find_spec("camunda") is None:
    raise unittest.SkipTest("the package camunda-external-task-client-python3 is missing")

from fake_desk import FakeDesk

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def task(topic, variables, **more):
    return {
        "id": "t1",
        "workerId": "w1",
        "topicName": topic,
        "activityId": "a",
        "processInstanceId": "i1",
        "retries": None,
        "variables": {
            name: {"value": value, "type": "String"} for name, value in variables.items()
        },
    } | more


class TheMinimalWorker(unittest.TestCase):
    def test_it_fetches_and_completes(self):
        waiting, done = [task("greet", {"name": "Ana"})], threading.Event()

        def complete(_):
            done.set()
            return 204, None

        answers = {
            ("POST", "fetchAndLock"): lambda _: (200, [waiting.pop()] if waiting else []),
            ("POST", "complete"): complete,
        }
        with FakeDesk(answers) as desk:
            process = subprocess.Popen(
                [sys.executable, os.path.join(HERE, "..", "python", "worker.py")],
                env=os.environ
                | {"CREWDESK_URL": desk.url, "CREWDESK_USER": "w", "CREWDESK_PASSWORD": "p"},
                stderr=subprocess.DEVNULL,
            )
            try:
                self.assertTrue(done.wait(60))
            finally:
                process.kill()
                process.wait()
            self.assertEqual(
                desk.bodies("/complete")[0]["variables"], {"greeting": {"value": "Hello, Ana"}}
            )
            fetched = desk.bodies("/fetchAndLock")[0]
            self.assertEqual(fetched["topics"][0]["variables"], ["name"])


@unittest.skipIf(importlib.util.find_spec("pyspark") is None, "the package pyspark is missing")
class TheSparkWorker(unittest.TestCase):
    """What becomes of what an insertion says; Spark itself does not start."""

    def handle(self, outcome, answers=None, **more):
        import worker
        from camunda.external_task.external_task import ExternalTask
        from crewdesk_spark.settings import Settings

        class Fake:
            def __init__(self, _spark, _settings, _key, variables, judge, confirm):
                self.variables, self.judge, self.confirm = variables, judge, confirm
                self.interrupt, self.progress = mock.Mock(), lambda: "reading"

            def run(self):
                return outcome(self)

        more = {"extensionProperties": {"decision": "check"}} | more
        with FakeDesk(answers) as desk:
            handler = worker.Worker(Settings(url=desk.url, worker_id="w1"))
            with (
                mock.patch.object(worker, "Insertion", Fake),
                mock.patch.object(worker, "session"),
                self.assertLogs("crewdesk_spark") as logs,
            ):
                given = task("spark-insertion", {"tableName": "t", "password": "pw-1"}, **more)
                result = handler.handle(ExternalTask(given))
        self.assertNotIn("pw-1", "".join(logs.output) + str(desk.calls))
        return result, desk

    def fail(self, error):
        def run(_):
            raise error

        return run

    def test_trouble_costs_a_retry_and_what_nobody_mends_is_an_incident_at_once(self):
        from crewdesk_spark.insertion import Hopeless, Transient

        for error, retries in [
            (Transient("busy"), 5),
            (Hopeless("a setting"), 0),
            (KeyError("pw-1"), 5),
        ]:
            result, _ = self.handle(self.fail(error))
            self.assertTrue(result.is_failure())
            self.assertEqual(result.retries, retries, error)
        self.assertEqual(self.handle(self.fail(Transient("busy")), retries=1)[0].retries, 0)

    def test_the_decision_is_asked_with_the_variables_of_the_process_and_the_facts(self):
        from crewdesk_spark.report import Facts, Report

        facts = Facts("SUCCESS", rows_read=1, rows_inserted=1)

        def run(insertion):
            return Report(facts, insertion.judge(facts), True)

        answers = {
            ("POST", "evaluate"): (200, [{"result": {"value": 1}, "reason": {"value": "ok"}}]),
            ("GET", "variables"): (200, {"limit": {"value": 5, "type": "Long"}}),
        }
        result, desk = self.handle(run, answers)
        self.assertTrue(result.is_success())
        self.assertEqual(result.global_variables["verdictReason"]["value"], "ok")
        asked = desk.bodies("/decision-definition/key/check/evaluate")[0]["variables"]
        self.assertEqual((asked["limit"]["value"], asked["rowsRead"]["value"]), (5, 1))

        answers[("GET", "variables")] = (403, {"message": "no"})
        asked = self.handle(run, answers)[1].bodies("/evaluate")[0]["variables"]
        self.assertEqual(asked["tableName"]["value"], "t")
        self.assertNotIn("password", asked)

        answers[("POST", "evaluate")] = (404, {"message": "no such decision"})
        result, _ = self.handle(run, answers)
        self.assertEqual((result.is_failure(), result.retries), (True, 0))
        answers[("POST", "evaluate")] = (503, {"message": "later"})
        self.assertEqual(self.handle(run, answers)[0].retries, 5)


if __name__ == "__main__":
    unittest.main()
