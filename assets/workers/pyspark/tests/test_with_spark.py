"""What Spark makes of the rules: how frames are read, which values fit, what a query may do.
Starts Spark in this process, so only where CREWDESK_SPARK=1."""

import os
import tempfile
import unittest

if os.environ.get("CREWDESK_SPARK") != "1":
    raise unittest.SkipTest("it starts Spark; CREWDESK_SPARK=1 runs it")

from crewdesk_spark import frame, intake, table
from crewdesk_spark.settings import Settings
from worker import session


def column(kind, declared="", precision=0, scale=0, not_null=False):
    return table.Column("c", declared or kind, kind, not_null, precision=precision, scale=scale)


class WithSpark(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = session(Settings(master="local[1]"))
        cls.spark.conf.set("spark.sql.csv.parser.columnPruning.enabled", "false")
        cls.folder = tempfile.TemporaryDirectory()

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        cls.folder.cleanup()

    def file(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, "w") as file:
            file.write(text)
        return path

    def make(self, settings=None, **variables):
        return frame.make(self.spark, variables, settings or Settings())

    def test_csv_as_the_built_in_worker_reads_it(self):
        path = self.file("a.csv", 'id;name\n1;""\n2;\n3;"a\nb;c"\n4\n5;"q""q"\n6;NA\n')
        rows = self.make(location=path, nullText="NA").df.collect()
        self.assertEqual([r.name for r in rows], ["", None, "a\nb;c", None, 'q"q', None])
        self.assertEqual([r[intake.BAD] for r in rows], [None, None, None, "4", None, None])
        queried = self.make(location=path, query="SELECT id FROM frame")
        self.assertEqual((queried.df.count(), queried.malformed, len(queried.refusals)), (5, 1, 1))
        counted = self.make(location=path, query="SELECT count(*) AS n FROM frame")
        self.assertEqual(counted.df.first().n, 5)

    def test_which_values_fit(self):
        numeric = column("decimal", "numeric", 6, 2)
        for col, good, bad in [
            (column("integer", "int2"), ["1", "-32768", "+7"], ["32768", "1.0", "x", "", " 1"]),
            (column("integer", "int8"), ["9223372036854775807"], ["9223372036854775808"]),
            (column("integer", "INT UNSIGNED"), ["4294967295"], ["-1", "4294967296"]),
            (numeric, ["9999.99", "-1", ".5", "1e2"], ["10000", "1.005", "1,5", "NaN"]),
            (column("number"), ["1" * 60, "0.1"], ["1e3", "Infinity"]),
            (column("real"), ["1e300", "-.5"], ["1e999", "NaN", "inf"]),
            (column("single"), ["1e38"], ["1e39"]),
            (column("boolean"), ["true", "No", "ON", "0"], ["2", "wahr"]),
            (column("date"), ["2024-02-29"], ["2025-02-29", "2025-1-1", "1.1.2025"]),
            (column("time"), ["10:18", "23:59:59.5"], ["24:00", "10"]),
            (
                column("timestamp"),
                ["2025-11-17 10:18:59", "2025-11-17T10:18Z"],
                ["2025-11-17", "2025-11-17 25:00"],
            ),
            (column("text", precision=3), ["äöü", ""], ["abcd"]),
            (column("other", "uuid"), ["anything"], []),
        ]:
            field = intake.Field("c", col)
            rows = self.spark.createDataFrame(
                [(text,) for text in good + bad], f"{field.raw} string"
            )
            found = rows.selectExpr(f"{field.wrong} AS wrong", f"{field.value} AS value").collect()
            for text, row in zip(good + bad, found, strict=True):
                self.assertEqual(row.wrong, text in bad, (col, text))
                if text in good:
                    self.assertIsNotNone(row.value, (col, text))

    def test_days_as_a_country_writes_them(self):
        field = intake.Field("c", column("timestamp"), "d.MM.yyyy")
        rows = self.spark.createDataFrame(
            [("7.11.2025 10:18",), ("2025-11-07 10:18",)], f"{field.raw} string"
        )
        found = rows.selectExpr(
            f"{field.wrong} AS wrong", f"CAST({field.value} AS string) AS value"
        ).collect()
        self.assertEqual(
            [(r.wrong, r.value) for r in found], [(False, "2025-11-07 10:18:00"), (True, None)]
        )

    def test_the_checksum_does_not_depend_on_order_but_on_all_else(self):
        fields = [intake.Field(n, table.Column(n, "text", "text")) for n in ("a", "b")]
        names = {n: n for n in ("a", "b")}

        def of(*rows):
            frame = self.spark.createDataFrame(rows, "a string, b string")
            return intake.checksum_text(frame.selectExpr(*intake.checksum(fields, names)).first())

        self.assertEqual(of(("a", "b"), ("c", "d")), of(("c", "d"), ("a", "b")))
        one = of(("a", "b"))
        for other in [[("b", "a")], [("ab", "")], [("a", None)], [(None, "a")], [("a", "b")] * 2]:
            self.assertNotEqual(one, of(*other), other)
        self.assertNotEqual(of(("a", None)), of((None, "a")))

    def test_a_query_can_only_select(self):
        path = self.file("q.csv", "id\n1\n")
        self.assertEqual(self.make(location=path, query="SELECT id FROM frame; ").df.count(), 1)
        for query in [
            "SELECT java_method('java.lang.System', 'nanoTime') AS id",
            "SELECT builtin.reflect('java.lang.System', 'nanoTime') AS id",
            "SELECT id FROM frame WHERE id = (SELECT try_reflect('java.lang.System', 'nanoTime'))",
            "SELECT TRANSFORM(id) USING 'cat' FROM frame",
            "DROP VIEW frame",
            "SELECT 1) AS a; DROP VIEW frame; (SELECT 1",
            "ADD JAR '/tmp/x.jar'",
            "SET spark.sql.runSQLOnFiles=true",
        ]:
            with self.assertRaises(frame.UnusableFrame, msg=query):
                self.make(location=path, query=query)
        closed = Settings(locations=(self.folder.name,))
        for tried in [
            {"location": "/etc/passwd"},
            {"location": path + "/../../etc"},
            {"query": f"SELECT * FROM csv.`{path}`"},
        ]:
            with self.assertRaises(frame.UnusableFrame, msg=tried):
                self.make(closed, **tried)
        self.assertEqual(self.make(closed, location=path).df.count(), 1)

    def test_a_script_runs_only_where_the_operator_allows_it(self):
        with self.assertRaisesRegex(frame.UnusableFrame, "CREWDESK_ALLOW_SCRIPTS"):
            self.make(script="df = spark.range(3)")
        allowed = Settings(allow_scripts=True)
        self.assertEqual(self.make(allowed, script="df = spark.range(3)").df.count(), 3)
        for script, said in [
            ("x = 1", "`df`"),
            ("1/0", "line 1: ZeroDivisionError"),
            ("exit()", "SystemExit"),
            ("a b", "SyntaxError"),
        ]:
            with self.assertRaisesRegex(frame.UnusableFrame, said):
                self.make(allowed, script=script)


if __name__ == "__main__":
    unittest.main()
