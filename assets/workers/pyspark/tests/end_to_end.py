"""The whole thing with real processes: PostgreSQL, a Spark standalone cluster (a master and two
workers on loopback), a served desk, and this worker.

    python3 tests/end_to_end.py --crewdesk PATH [--figures [ROWS ...]]

Needs Java 17, the packages of requirements.txt, PostgreSQL's programs and its JDBC driver
(Debian: postgresql libpostgresql-jdbc-java). Takes some minutes. Prints each step; exits 0 only
if each did what it says.
"""

import argparse
import glob
import json
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
JAR = os.environ.get("POSTGRESQL_JAR", "/usr/share/java/postgresql.jar")
# On a busy machine all takes longer.
PATIENCE = float(os.environ.get("CREWDESK_PATIENCE", "3"))
SECRET, DESK_SECRET = "target-pass-4711", "worker-pass-4711"
TABLE = (
    "CREATE TABLE orders(id int PRIMARY KEY, customer varchar(20) NOT NULL,"
    " amount numeric(10,2), ordered date, note text)"
)


def say(text):
    print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait(what, seconds, look):
    """Waits for something to become true."""
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


class House:
    """All processes, in a folder that goes with them."""

    def __init__(self, crewdesk):
        self.dir = tempfile.mkdtemp(prefix="crewdesk-spark-")
        os.chmod(self.dir, 0o755)
        self.crewdesk, self.running = crewdesk, []
        self.db = os.path.join(self.dir, "desk.db")
        self.worker = None

    def path(self, name):
        return os.path.join(self.dir, name)

    def spawn(self, name, command, **kept):
        """A process in a group of its own, its output in a file of that name."""
        log = open(self.path(f"{name}.log"), "ab")
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **kept,
        )
        self.running.append(process)
        return process

    def close(self):
        for process in reversed(self.running):
            self.kill(process)
        self.as_postgres(
            [self.pg("pg_ctl"), "-D", self.path("pg"), "-m", "immediate", "stop"], check=False
        )
        shutil.rmtree(self.dir, ignore_errors=True)

    @staticmethod
    def kill(process):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def kill_worker(self):
        """kill -9 for the worker's process alone; Spark's JVM finds that out by itself."""
        self.worker.send_signal(signal.SIGKILL)
        self.worker.wait()

    # PostgreSQL.

    @staticmethod
    def pg(program):
        found = shutil.which(program) or next(
            iter(sorted(glob.glob(f"/usr/lib/postgresql/*/bin/{program}"), reverse=True)), None
        )
        if not found:
            raise SystemExit(f"PostgreSQL's {program} is missing")
        return found

    def as_postgres(self, command, check=True):
        # PostgreSQL refuses to run as root.
        user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        kept = {"user": user} if os.getuid() == 0 else {}
        return subprocess.run(command, check=check, capture_output=True, cwd="/", **kept)

    def start_postgres(self):
        folder, self.pg_port = self.path("pg"), free_port()
        os.mkdir(folder)
        secret = self.path("pg-secret")
        with open(secret, "w") as file:
            file.write(SECRET)
        os.chmod(secret, 0o644)
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        self.as_postgres(
            [
                self.pg("initdb"),
                "-D",
                folder,
                "-U",
                "owner",
                "-A",
                "scram-sha-256",
                f"--pwfile={secret}",
            ]
        )
        options = f"-p {self.pg_port} -k {folder} -c listen_addresses=127.0.0.1"
        self.as_postgres(
            [self.pg("pg_ctl"), "-D", folder, "-w", "-o", options, "-l", f"{folder}/log", "start"]
        )
        self.sql("CREATE DATABASE sales", "postgres")
        self.sql(TABLE)

    def sql(self, text, database="sales"):
        done = subprocess.run(
            [self.pg("psql"), "-h", "127.0.0.1", "-p", str(self.pg_port), "-U", "owner", "-AtqX", "-v", "ON_ERROR_STOP=1", "-c", text, database],
            env=os.environ | {"PGPASSWORD": SECRET}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def stages(self):
        found = self.sql(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'crewdesk\\_stage\\_%'"
        )
        return found.split()

    # Spark.

    def start_cluster(self):
        import pyspark

        home = os.path.dirname(pyspark.__file__)
        self.master_port = free_port()
        environ = os.environ | {
            "SPARK_HOME": home,
            "SPARK_LOCAL_IP": "127.0.0.1",
            # A busy machine is no reason to give a worker up.
            "SPARK_MASTER_OPTS": "-Dspark.worker.timeout=900",
            "PYSPARK_PYTHON": sys.executable,
        }
        run = [os.path.join(home, "bin", "spark-class")]
        ports = ["--host", "127.0.0.1", "--webui-port", "0"]
        self.spawn(
            "master", [*run, "org.apache.spark.deploy.master.Master", *ports, "--port", str(self.master_port)], env=environ
        )  # fmt: skip
        self.master = f"spark://127.0.0.1:{self.master_port}"
        wait("the master", 120, lambda: self.in_log("master", "I have been elected leader"))
        for name in ("worker-1", "worker-2"):
            self.spawn(
                name,
                [*run, "org.apache.spark.deploy.worker.Worker", *ports, "-c", "1", "-m", "1g", "-d", self.path(name), self.master],
                env=environ,
            )  # fmt: skip
        wait("two workers", 180, lambda: self.in_log("master", "Registering worker", 2))

    def in_log(self, name, text, times=1):
        try:
            with open(self.path(f"{name}.log"), errors="replace") as file:
                return file.read().count(text) >= times
        except FileNotFoundError:
            return False

    # The desk.

    def cli(self, user, *arguments, stdin=None):
        command = [self.crewdesk, "--db", self.db, "--json"]
        command += ["--user", user] if user else []
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, input=stdin)
        assert done.returncode == 0, f"{arguments}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.strip() else None

    def start_desk(self):
        self.cli(None, "user", "add", "mara", "--role", "head")
        self.cli("mara", "user", "add", "ana", "--role", "employee")
        self.cli(
            "mara",
            "user",
            "add",
            "spark",
            "--role",
            "worker",
            "--topic",
            "spark-insertion",
            "--password-stdin",
            stdin=DESK_SECRET,
        )
        self.port = free_port()
        self.spawn(
            "desk", [self.crewdesk, "--db", self.db, "serve", "--listen", f"127.0.0.1:{self.port}"]
        )
        wait("the desk", 30, lambda: socket.socket().connect_ex(("127.0.0.1", self.port)) == 0)

    def start_worker(self):
        self.worker = self.spawn(
            "spark-worker",
            [sys.executable, os.path.join(HERE, "worker.py")],
            env=os.environ
            | {
                "CREWDESK_URL": f"http://127.0.0.1:{self.port}/engine-rest",
                "CREWDESK_USER": "spark",
                "CREWDESK_PASSWORD": DESK_SECRET,
                "CREWDESK_LOCK_SECONDS": "10",
                "CREWDESK_FRAMES": self.db + ".frames",
                "CREWDESK_ROWS_PER_PARTITION": "10000",
                "SPARK_MASTER": self.master,
                "SPARK_LOCAL_IP": "127.0.0.1",
                "SPARK_JARS": JAR,
                "SPARK_CONF": "spark.executor.memory=768m spark.driver.host=127.0.0.1 "
                "spark.network.timeout=900s",
                "PYTHONDONTWRITEBYTECODE": "1",
            },
        )
        times = self.count_log("spark-worker", "is ready; worker") + 1
        wait("the worker", 300, lambda: self.in_log("spark-worker", "is ready; worker", times))

    def count_log(self, name, text):
        with open(self.path(f"{name}.log"), errors="replace") as file:
            return file.read().count(text)

    def launch(self, **variables):
        started = self.cli(
            "mara",
            "start",
            "spark-insertion",
            "--assignee",
            "ana",
            "--var",
            "title=Orders",
            *pairs(variables),
        )
        return started["id"]

    def send(self, instance, **variables):
        """Ana fills in the form, as the form of the terminal does."""
        given = {
            "serverName": f"127.0.0.1:{self.pg_port}",
            "databaseName": "sales",
            "userName": "owner",
            "password": SECRET,
            "tableName": "orders",
        } | variables
        task = wait("the task", 10, lambda: self.task_of(instance))
        self.cli("ana", "task", "complete", task["id"], *pairs(given))

    def task_of(self, instance):
        mine = self.cli("ana", "task", "list", "--mine")
        return next((t for t in mine if t["processInstanceId"] == instance), None)

    def instance(self, instance):
        return self.cli("mara", "instance", "show", instance)

    def ended(self, instance, seconds=600):
        return wait(
            "the end of the insertion",
            seconds,
            lambda: (i := self.instance(instance))["state"] == "COMPLETED" and i,
        )

    def came_back(self, instance, seconds=600):
        return wait("the task that came back", seconds, lambda: self.task_of(instance))


def pairs(variables):
    return [part for name, value in variables.items() for part in ("--var", f"{name}={value}")]


def value(instance, name):
    found = instance["variables"][name]
    return found["value"] if isinstance(found, dict) and "value" in found else found


def csv(path, rows, first=1):
    with open(path, "w") as file:
        file.write("id,customer,amount,ordered,note\n")
        for i in range(first, first + rows):
            file.write(f'{i},customer {i % 997},{i % 1000}.5,2025-11-{i % 28 + 1:02},"note, {i}"\n')
    os.chmod(path, 0o644)


def story(house):
    """A clean frame, a bad one that comes back, a captured one, the size limit."""
    clean, bad = house.path("clean.csv"), house.path("bad.csv")
    csv(clean, 20_000)
    instance = house.launch(engine="spark")
    house.send(instance, location=clean)
    done = house.ended(instance)
    assert house.sql("SELECT count(*), sum(id) FROM orders") == "20000|200010000"
    assert value(done, "insertionStatus") == "SUCCESS" and value(done, "rowsInserted") == 20_000
    assert house.sql("SELECT rows, table_name, mode FROM crewdesk_ledger") == "20000|orders|append"
    assert house.stages() == []
    say("20,000 rows are there, with their line in the ledger, and the instance has ended")

    with open(bad, "w") as file:
        file.write("id,customer,amount\n30001,a,1.50\n30002,,2\n30003,c,x\n1,d,4\n")
    instance = house.launch()
    house.send(instance, location=bad)
    back = house.came_back(instance)
    shown = house.cli("ana", "task", "show", back["id"])
    reasons = json.dumps(shown)
    for part in (
        "3 rows were refused",
        "must not be NULL",
        "is not a number",
        "a row of the table has this key already",
    ):
        assert part in reasons, (part, reasons)
    assert house.sql("SELECT count(*) FROM orders") == "20000"
    say("a frame with three bad rows came back with the reasons and left nothing")

    house.send(
        instance,
        location=bad,
        query="SELECT id, customer, 1.5 AS amount FROM frame WHERE id = 30001",
    )
    house.ended(instance)
    assert house.sql("SELECT amount FROM orders WHERE id > 30000") == "1.50"
    say("the same job, mended with a query, went in")

    small = house.path("small.csv")
    csv(small, 10, 40_001)
    instance = house.launch(engine="size", sizeLimit=0)
    house.send(instance, dataFrame=small)
    house.ended(instance)
    assert house.sql("SELECT count(*) FROM orders WHERE id > 40000") == "10"
    say("a captured file above the limit went to Spark")

    instance = house.launch(engine="spark")
    house.send(instance, location=small, mode="replace")
    house.ended(instance)
    assert house.sql("SELECT count(*) FROM orders") == "10"
    say("replaced: only the ten rows of the frame are left")


def killed_while_writing(house, rows):
    """kill -9 while rows are on their way; the next worker starts anew."""
    big = house.path("big.csv")
    csv(big, rows, 1_000_000)
    instance = house.launch(engine="spark")
    house.send(instance, location=big)
    stage = wait("a staging table", 300, house.stages)[0]
    wait("rows in it", 300, lambda: int(house.sql(f"SELECT count(*) FROM {stage}")) > 0)
    written = house.sql(f"SELECT count(*) FROM {stage}")
    house.kill_worker()
    say(f"killed with {int(written):,} of {rows:,} rows written")
    assert house.sql("SELECT count(*) FROM orders WHERE id >= 1000000") == "0"
    house.start_worker()
    house.ended(instance)
    assert (
        house.sql("SELECT count(*), count(DISTINCT id) FROM orders WHERE id >= 1000000")
        == f"{rows}|{rows}"
    )
    assert house.sql("SELECT count(*) FROM crewdesk_ledger WHERE rows = " + str(rows)) == "1"
    assert house.stages() == [], "stale staging tables are dropped"
    say(f"after the restart the {rows:,} rows are there once, and the stale staging table is gone")


def killed_while_publishing(house):
    """kill -9 while the worker waits inside the publishing transaction, and right after it."""
    for moment, first in (("inside the transaction", 3_000_000), ("after the commit", 4_000_000)):
        frame = house.path(f"{first}.csv")
        csv(frame, 5_000, first)
        rows = f"SELECT count(*) FROM orders WHERE id >= {first} AND id < {first + 1_000_000}"
        holder = None
        if moment == "inside the transaction":
            # Somebody holds the target, so that moving the rows waits.
            holder = subprocess.Popen(
                [house.pg("psql"), "-h", "127.0.0.1", "-p", str(house.pg_port), "-U", "owner", "-q", "sales"],
                env=os.environ | {"PGPASSWORD": SECRET}, stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            holder.stdin.write("BEGIN; LOCK TABLE orders IN SHARE MODE;\n")
            holder.stdin.flush()
        before = int(house.sql("SELECT count(*) FROM crewdesk_ledger"))
        instance = house.launch(engine="spark")
        house.send(instance, location=frame)
        if holder:
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'INSERT INTO%orders%'"
            wait("the publication", 300, lambda: house.sql(waiting) == "1")
        else:
            wait(
                "the commit",
                300,
                lambda: int(house.sql("SELECT count(*) FROM crewdesk_ledger")) > before,
            )
        house.kill_worker()
        if holder:
            assert house.sql(rows) == "0"
            holder.stdin.close()
            holder.wait()
        house.start_worker()
        house.ended(instance)
        assert house.sql(rows) == "5000", house.sql(rows)
        assert int(house.sql("SELECT count(*) FROM crewdesk_ledger")) == before + 1
        assert house.stages() == []
        say(f"killed {moment}: the rows are there once")


def killed_at_random(house, times):
    """kill -9 at seeded moments of an insertion's life."""
    chance = random.Random(4711)
    for n in range(times):
        first = 10_000_000 + n * 100_000
        frame = house.path(f"random-{n}.csv")
        csv(frame, 20_000, first)
        instance = house.launch(engine="spark")
        house.send(instance, location=frame)
        moment = chance.uniform(0.5, 12)
        time.sleep(moment)
        house.kill_worker()
        house.start_worker()
        house.ended(instance)
        rows = f"SELECT count(*) FROM orders WHERE id >= {first} AND id < {first + 100_000}"
        assert house.sql(rows) == "20000", house.sql(rows)
        say(f"killed after {moment:.1f} s: the 20,000 rows are there once")


def no_secret_is_told(house):
    """No log of any process and no file of the desk holds a password in the clear."""
    looked = [
        house.path("*.log"),
        house.path("desk.db*"),
        house.path("worker-*/**"),
        house.path("pg/log"),
    ]
    found = [p for pattern in looked for p in glob.glob(pattern, recursive=True)]
    for path in filter(os.path.isfile, found):
        with open(path, "rb") as file:
            content = file.read()
        for secret in (SECRET, DESK_SECRET):
            assert secret.encode() not in content, f"{os.path.basename(path)} holds {secret}"
    say("no log and no file of the desk holds a password")


def processor_seconds(house):
    """What the processes of the house that live have used of the processors: desk, Spark."""
    sessions = {p.pid for p in house.running if p.poll() is None}
    ticks = 0
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as file:
                parts = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(parts[3]) in sessions:
            ticks += int(parts[11]) + int(parts[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def figures(house, sizes):
    """Seconds from the form's completion to the end of the instance, and of the processors."""
    print("| rows | Spark, worker running | Spark, with start-up | built-in worker, SQLite |")
    for rows in sizes:
        frame = house.path(f"{rows}.csv")
        csv(frame, rows)
        measured = []
        for started in (True, False):
            house.sql("TRUNCATE orders")
            if not started:
                house.kill_worker()
                time.sleep(5)  # its executors go, and with them what they used
            instance = house.launch(engine="spark")
            begun, used = time.monotonic(), processor_seconds(house)
            house.send(instance, location=frame, options="multiLine=false")
            if not started:
                house.start_worker()
            house.ended(instance, 3600)
            measured.append((time.monotonic() - begun, processor_seconds(house) - used))
            assert house.sql("SELECT count(*) FROM orders") == str(rows)
        measured.append(built_in(house, frame))
        print(
            f"| {rows:,} | " + " | ".join(f"{s:.1f} s ({cpu:.1f} s)" for s, cpu in measured) + " |",
            flush=True,
        )


def built_in(house, frame):
    """The same through the same process, by the built-in worker, into SQLite."""
    import sqlite3

    target = house.path(f"{time.monotonic_ns()}.db")
    with sqlite3.connect(target) as connection:
        connection.execute(TABLE)
    instance = house.launch(engine="builtIn")
    task = wait("the task", 10, lambda: house.task_of(instance))
    begun, used = time.monotonic(), processor_seconds(house)
    given = {"databaseName": target, "tableName": "orders", "dataFrame": frame}
    house.cli("ana", "task", "complete", task["id"], *pairs(given))
    house.ended(instance, 3600)
    return time.monotonic() - begun, processor_seconds(house) - used


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--crewdesk", required=True)
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--random", type=int, default=0, metavar="TIMES")
    parser.add_argument("--only-kills", action="store_true")
    parser.add_argument("--figures", type=int, nargs="*", metavar="ROWS")
    arguments = parser.parse_args()
    house = House(os.path.abspath(arguments.crewdesk))
    try:
        house.start_postgres()
        house.start_desk()
        house.start_cluster()
        say("PostgreSQL, a served desk, a Spark master and two workers are up")
        house.start_worker()
        if arguments.figures is not None:
            figures(house, arguments.figures or (10_000, 100_000, 1_000_000))
        else:
            if not arguments.only_kills:
                story(house)
            killed_while_writing(house, arguments.rows)
            killed_while_publishing(house)
            killed_at_random(house, arguments.random)
        no_secret_is_told(house)
    except BaseException:
        for path in sorted(glob.glob(house.path("*.log"))):
            with open(path, errors="replace") as file:
                print(
                    f"--- {os.path.basename(path)}\n" + "".join(file.readlines()[-25:]),
                    file=sys.stderr,
                )
        raise
    finally:
        house.close()
    say("done")


if __name__ == "__main__":
    main()
