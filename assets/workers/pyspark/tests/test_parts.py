"""What needs neither Spark nor a database: settings, connections, reports, columns, the watch."""

import json
import os
import tempfile
import threading
import unittest

from fake_desk import FakeDesk

from crewdesk_spark import connection, intake, report, served, settings, table
from crewdesk_spark.desk import Desk, DeskError
from crewdesk_spark.report import Facts, Refusal, Report, Verdict
from crewdesk_spark.settings import Settings, SettingsError
from crewdesk_spark.watch import PROGRESS, Lost, Watch


class TheSettings(unittest.TestCase):
    def test_the_password_leaves_the_environment_and_is_never_shown(self):
        environ = {
            "CREWDESK_USER": "spark",
            "CREWDESK_PASSWORD": "s3cret",
            "SPARK_JARS": "a.jar,b.jar",
        }
        read = settings.read(environ)
        self.assertEqual(read.auth, ("spark", "s3cret"))
        self.assertNotIn("CREWDESK_PASSWORD", environ)
        self.assertNotIn("s3cret", repr(read))
        self.assertEqual(read.jars, ("a.jar", "b.jar"))

    def test_two_processes_are_two_workers(self):
        self.assertNotEqual(settings.read({}).worker_id, settings.read({}).worker_id)

    def test_what_can_not_be_used_is_named(self):
        for name, value in [
            ("CREWDESK_LOCK_SECONDS", "soon"),
            ("CREWDESK_LOCK_SECONDS", "1"),
            ("CREWDESK_ALLOW_SCRIPTS", "maybe"),
            ("SPARK_CONF", "spark.cores.max"),
            ("CREWDESK_PASSWORD_FILE", "/no/such/file"),
        ]:
            with self.assertRaisesRegex(SettingsError, name):
                settings.read({name: value})


FORM = {
    "serverName": "db.example:5432",
    "databaseName": "sales",
    "userName": "ann",
    "password": "pw-1",
}


class TheConnection(unittest.TestCase):
    def resolve(self, changes=None, **kept):
        return connection.resolve(FORM | (changes or {}), Settings(**kept))

    def test_a_server_of_the_form(self):
        target = self.resolve()
        self.assertEqual(target.url, "jdbc:postgresql://db.example:5432/sales")
        self.assertEqual(target.properties()["password"], "pw-1")
        self.assertNotIn("pw-1", repr(target))
        self.assertEqual(
            self.resolve({"serverName": "mariadb://[::1]"}).url, "jdbc:mariadb://[::1]/sales"
        )

    def test_nothing_of_the_form_reaches_the_parameters_of_the_url(self):
        for server in [
            "db/x?socketFactory=a",
            "db?a=b",
            "a,b",
            "a b",
            "db:99999",
            "-db",
            "h2://x",
            "db:1:2",
        ]:
            with self.assertRaises(connection.UnknownConnection, msg=server):
                self.resolve({"serverName": server})
        url = self.resolve({"databaseName": "a?socketFactory=x&y/../z"}).url
        self.assertEqual(
            url, "jdbc:postgresql://db.example:5432/a%3FsocketFactory%3Dx%26y%2F..%2Fz"
        )

    def test_only_the_connections_of_the_operator_if_he_says_so(self):
        with self.assertRaisesRegex(connection.UnknownConnection, "choose a connection"):
            self.resolve(only_connections=True)

    def file(self, text, mode=0o600):
        handle, path = tempfile.mkstemp()
        self.addCleanup(os.remove, path)
        os.write(handle, text.encode())
        os.close(handle)
        os.chmod(path, mode)
        return path

    def test_a_connection_by_name(self):
        path = self.file(
            "[sales]\nurl = jdbc:postgresql://db/sales?sslmode=require\nuser = w\npassword = a%b\n"
        )
        target = self.resolve({"connection": "sales"}, connections=path)
        self.assertEqual((target.kind, target.user, target.password), ("postgresql", "w", "a%b"))
        with self.assertRaisesRegex(connection.UnknownConnection, "knows sales"):
            self.resolve({"connection": "other"}, connections=path)
        with self.assertRaisesRegex(connection.UnknownConnection, "CREWDESK_CONNECTIONS"):
            self.resolve({"connection": "sales"})

    def test_a_file_that_others_read_or_that_is_wrong_is_refused_without_quoting_it(self):
        open_file = self.file("[sales]\nurl = jdbc:sqlite:/a\n", 0o644)
        with self.assertRaisesRegex(ValueError, "chmod 600"):
            connection.load(open_file)
        for text in ["password = pw-2\n", "[a]\nurl = jdbc:h2:mem\npassword = pw-2\n"]:
            with self.assertRaises(ValueError) as caught:
                connection.load(self.file(text))
            self.assertNotIn("pw-2", str(caught.exception))

    def test_a_message_never_holds_the_password(self):
        self.assertEqual(self.resolve().clean("pw-1 was wrong"), "••• was wrong")


GOOD = Facts(
    report.SUCCESS, None, 2, 2, 0, 0, 0, "a", "a", (report.ColumnFacts("id", 0, "1", "2"),)
)


class TheReport(unittest.TestCase):
    def test_the_names_of_the_facts_are_those_of_the_checks(self):
        variables = GOOD.variables()
        self.assertEqual(variables["insertionStatus"], {"value": "SUCCESS", "type": "String"})
        self.assertEqual(variables["insertionMessage"], {"value": None, "type": "Null"})
        for name, n in [
            ("rowsRead", 2),
            ("rowsInserted", 2),
            ("rowsRefused", 0),
            ("nullsInRequired", 0),
            ("duplicateKeys", 0),
        ]:
            self.assertEqual(variables[name], {"value": n, "type": "Long"})
        for name in ("sourceChecksum", "targetChecksum"):
            self.assertEqual(variables[name], {"value": "a", "type": "String"})

    def test_the_ledger_gives_back_what_was_written(self):
        refusal = Refusal("is wrong", "amount", "x", 7)
        done = Report(GOOD, Verdict(1, "all checks hold"), True, (refusal,))
        again = Report.from_json(done.to_json())
        self.assertEqual(again, done)
        self.assertTrue(again.replayed)
        line = json.loads(done.to_json())
        self.assertEqual(line["verdict"], {"result": 1, "reason": "all checks hold", "keep": True})

    def test_a_line_of_the_built_in_worker_is_understood(self):
        line = {
            "facts": {
                "status": "SUCCESS", "message": None, "rows_read": 1, "rows_inserted": 1, "rows_refused": 0,
                "nulls_in_required": 0, "duplicate_keys": 0, "source_checksum": "a", "target_checksum": "a",
                "columns": [{"name": "id", "nulls": 0, "min": "1", "max": "1", "sum": "1"}], "later": 1,
            },
            "verdict": {"keep": True, "result": 1, "reason": "ok"}, "committed": True,
            "refusals": [{"line": 2, "record": None, "column": None, "value": None, "reason": "no"}],
        }  # fmt: skip
        found = Report.from_json(json.dumps(line))
        self.assertEqual((found.facts.rows_inserted, found.committed), (1, True))

    def test_what_was_not_kept_says_why(self):
        refused = Report(GOOD, Verdict(0, "no"), False).variables()
        self.assertEqual(refused["insertionMessage"]["value"], "no")
        self.assertEqual(refused["insertionKept"], {"value": False, "type": "Boolean"})
        undone = Report(GOOD, Verdict(1, "fine"), True).undone("a rule of the table")
        self.assertEqual(
            (undone.facts.status, undone.committed, undone.verdict.keep), ("FAILURE", False, False)
        )
        failed = Report.failed("no such table").variables()
        self.assertEqual(
            (failed["insertionStatus"]["value"], failed["rowsRead"]["value"]), ("FAILURE", 0)
        )

    def test_without_a_decision_only_what_arrived_whole_is_kept(self):
        from dataclasses import replace

        self.assertTrue(Verdict.built_in(GOOD).keep)
        for change in [
            {"rows_read": 0},
            {"rows_refused": 1},
            {"rows_inserted": 1},
            {"target_checksum": "b"},
            {"message": "x"},
        ]:
            self.assertFalse(Verdict.built_in(replace(GOOD, **change)).keep, change)

    def test_values_are_shown_on_one_line_of_readable_length(self):
        self.assertEqual(report.shown("a\nb\x1b[2J"), "a⏎b\ufffd[2J")
        self.assertEqual(report.shown("ü" * 81), "ü" * 80 + "…")


def columns(*given):
    return table.Table(None, "orders", tuple(table.Column(**c) for c in given), ())


ORDERS = columns(
    {"name": "id", "declared": "int4", "kind": "integer", "not_null": True},
    {"name": "Amount", "declared": "numeric", "kind": "decimal", "precision": 10, "scale": 2},
    {"name": "total", "declared": "numeric", "kind": "decimal", "generated": True},
)


class WhatIsNotServed(unittest.TestCase):
    def test_what_only_the_built_in_worker_does_is_refused_by_its_name(self):
        for name in served.OF_THE_FORM:
            self.assertIn(f" {name};", served.unserved({name: "x"}) or "", name)
        for mode in ["upsert", "create"]:
            self.assertIn(f"mode ({mode})", served.unserved({"mode": mode}) or "")
        for name in served.OF_THE_MODEL:
            said = served.unserved({name: {"a": "SELECT 1"}}, served.OF_THE_MODEL)
            self.assertIn(name, said or "")
        said = served.unserved({"columns": "a = b", "trim": "all", "mode": "upsert"})
        self.assertIn("does not serve columns, trim, mode (upsert);", said or "")

    def test_what_asks_for_nothing_is_no_reason(self):
        given = {name: None for name in served.OF_THE_FORM} | {
            "mode": "replace", "undoable": "no", "trim": False, "header": "Yes", "columns": " ",
            "references": "a -> b.c",
        }  # fmt: skip
        self.assertIsNone(served.unserved(given))
        self.assertIsNone(served.unserved({"checkQueries": {}}, served.OF_THE_MODEL))


class TheColumns(unittest.TestCase):
    def test_columns_are_found_by_name_then_whatever_their_case(self):
        fields = intake.plan([" id ", "AMOUNT"], ORDERS)
        self.assertEqual(
            [(f.source, f.column.name) for f in fields], [(" id ", "id"), ("AMOUNT", "Amount")]
        )

    def test_all_that_is_wrong_is_said_at_once(self):
        with self.assertRaises(intake.WrongColumns) as caught:
            intake.plan(["amont", "Amount", "amount", "total"], ORDERS)
        for part in ["did you mean 'Amount'", "comes twice", "'total' is computed", "lacks 'id'"]:
            self.assertIn(part, str(caught.exception))

    def test_days_as_a_country_writes_them(self):
        self.assertEqual(
            intake.day_pattern("d.MM.yyyy"),
            ("^([0-9]{1,2})[.]([0-9]{2})[.]([0-9]{4})(.*)$", {"d": 1, "M": 2, "y": 3}),
        )
        for wrong in ["dd.MM", "yy-MM-dd", "dd.MM.yyyy.dd", "dd'MM'yyyy", "dd\\MMyyyy", "'"]:
            with self.assertRaises(intake.WrongColumns, msg=wrong):
                intake.day_pattern(wrong)

    def test_names_can_not_leave_their_quotes(self):
        self.assertEqual(intake.tick("a`; drop"), "`a``; drop`")

    def test_types_of_jdbc(self):
        for given, kind in [
            (("postgresql", -7, "bool", 1), "boolean"),
            (("postgresql", -7, "bit", 3), "other"),
            (("sqlite", 4, "BOOLEAN", 0), "boolean"),
            (("postgresql", 2, "numeric", 0), "number"),
            (("postgresql", 2, "numeric", 10), "decimal"),
            (("postgresql", 93, "timestamptz", 35), "timestamptz"),
            (("sqlite", 91, "DATE", 0), "text of a date"),
            (("mariadb", 7, "FLOAT", 12), "single"),
            (("postgresql", 1111, "uuid", 0), "other"),
        ]:
            self.assertEqual(table.kind_of(*given), kind, given)


class TheWatch(unittest.TestCase):
    def watch(self, desk, **kept):
        kept.setdefault("interrupt", lambda late: None)
        return Watch(Desk(desk.url, "w1", ("u", "p")), "t1", "i1", 30, tell=0.01, **kept)

    def test_it_renews_the_lock_and_tells_progress_once_for_each_news(self):
        news, told = iter(["a", "a", "b"]), threading.Event()

        def look():
            text = next(news, None)
            if text is None:
                told.set()
            return text or "b"

        now = iter(range(0, 100000, 11))
        with FakeDesk() as desk:
            with self.watch(desk, look=look, clock=lambda: next(now)):
                self.assertTrue(told.wait(10))
            texts = [
                b["modifications"][PROGRESS]["value"]
                for b in desk.bodies("/process-instance/i1/variables")
            ]
            self.assertEqual(texts, ["a", "b"])
            locks = desk.bodies("/external-task/t1/extendLock")
            self.assertGreater(len(locks), 2)
            self.assertEqual(locks[0], {"workerId": "w1", "newDuration": 30_000})
            self.assertTrue(all(a and a.startswith("Basic ") for *_, a in desk.calls))

    def test_a_lock_that_ran_out_is_taken_again(self):
        with FakeDesk({("POST", "extendLock"): (400, {"message": "expired"})}) as desk:
            self.watch(desk).confirm()
            self.assertEqual(
                desk.bodies("/external-task/t1/lock"), [{"workerId": "w1", "lockDuration": 30_000}]
            )

    def test_a_lock_of_another_worker_is_lost_and_spark_is_stopped(self):
        answers = {("POST", "extendLock"): (204, None)}
        stopped = threading.Event()
        now = iter(range(0, 100000, 11))
        with FakeDesk(answers) as desk:
            with self.watch(
                desk, interrupt=lambda late: late or stopped.set(), clock=lambda: next(now)
            ) as watch:
                desk.answers[("POST", "extendLock")] = (400, {"message": "another's"})
                desk.answers[("POST", "lock")] = (400, {"message": "another's"})
                self.assertTrue(stopped.wait(10))
                self.assertRaises(Lost, watch.confirm)

    def test_what_takes_too_long_is_stopped_and_keeps_its_lock(self):
        late = []
        now = iter(range(0, 100000, 11))
        told = threading.Event()
        with FakeDesk() as desk:
            watch = self.watch(
                desk,
                limit_seconds=50,
                interrupt=lambda is_late: (late.append(is_late), told.set()),
                clock=lambda: next(now),
            )
            with watch:
                self.assertTrue(told.wait(10))
            watch.confirm()
        self.assertEqual(late, [True])

    def test_a_task_that_is_gone_is_lost_and_a_silent_desk_is_not(self):
        with FakeDesk({("POST", "extendLock"): (404, {"message": "gone"})}) as desk:
            self.assertRaises(Lost, self.watch(desk).confirm)
        with self.assertRaises(DeskError) as caught:
            self.watch(desk).confirm()
        self.assertTrue(caught.exception.is_transient)

    def test_progress_that_is_not_allowed_is_no_reason_to_stop(self):
        with FakeDesk({("POST", "variables"): (403, {"message": "no"})}) as desk:
            watch = self.watch(desk)
            watch.tell("a")
            watch.tell("b")
            self.assertEqual(len(desk.bodies("/variables")), 1)


class TheDecision(unittest.TestCase):
    def decide(self, status, answer):
        with FakeDesk({("POST", "evaluate"): (status, answer)}) as desk:
            return Desk(desk.url, "w1", None).decide("check", GOOD.variables()), desk.calls

    def test_result_and_reason(self):
        verdict, calls = self.decide(200, [{"result": {"value": 1}, "reason": {"value": "fine"}}])
        self.assertEqual((verdict.keep, verdict.reason), (True, "fine"))
        method, path, body, _ = calls[0]
        self.assertEqual(
            (method, path), ("POST", "/engine-rest/decision-definition/key/check/evaluate")
        )
        self.assertEqual(body["variables"]["rowsRead"], {"value": 2, "type": "Long"})

    def test_only_result_1_keeps(self):
        for result in (0, 2, -1):
            self.assertFalse(self.decide(200, [{"result": {"value": result}}])[0].keep)
        for answer in (
            [],
            [{}],
            [{"result": {"value": "1"}}],
            [{"result": {"value": True}}],
            [{}, {}],
        ):
            with self.assertRaises(ValueError, msg=answer):
                self.decide(200, answer)

    def test_errors_are_told_as_the_desk_words_them(self):
        for status, transient in [(404, False), (400, False), (500, True), (503, True)]:
            with self.assertRaisesRegex(DeskError, "no such decision") as caught:
                self.decide(status, {"type": "X", "message": "no such decision"})
            self.assertEqual(caught.exception.is_transient, transient, status)


if __name__ == "__main__":
    unittest.main()
