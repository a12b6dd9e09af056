"""What the worker's operator says, from the environment. Secrets are taken out of it."""

import os
import re
import socket
import uuid
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field


class SettingsError(Exception):
    """A setting that can not be used; says which and what would be right."""


@dataclass(frozen=True)
class Settings:
    """See README.md for the name of each in the environment."""

    url: str = "http://127.0.0.1:8080/engine-rest"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    topic: str = "spark-insertion"
    worker_id: str = ""
    lock_seconds: int = 30
    limit_seconds: int = 6 * 3600
    connections: str | None = None
    only_connections: bool = False
    frames: str | None = None
    locations: tuple[str, ...] = ()
    allow_scripts: bool = False
    master: str = "local[*]"
    jars: tuple[str, ...] = ()
    conf: Mapping[str, str] = field(default_factory=dict)
    partitions: int = 0
    rows_per_partition: int = 50_000

    @property
    def auth(self) -> tuple[str, str] | None:
        """User and password for HTTP Basic, if there is a user."""
        return (self.user, self.password or "") if self.user else None


def read(environ: MutableMapping[str, str] | None = None) -> Settings:
    """Reads the settings and removes the password from the environment, so that neither
    a script nor a process that Spark starts can find it there."""
    environ = os.environ if environ is None else environ
    password = environ.pop("CREWDESK_PASSWORD", None)
    password_file = environ.get("CREWDESK_PASSWORD_FILE")
    if password is None and password_file:
        password = _first_line(password_file)
    defaults = Settings()
    return Settings(
        url=environ.get("CREWDESK_URL", defaults.url).rstrip("/"),
        user=environ.get("CREWDESK_USER") or None,
        password=password,
        topic=environ.get("CREWDESK_TOPIC", defaults.topic),
        # One a process: a worker that was killed and its successor are not the same.
        worker_id=environ.get("CREWDESK_WORKER_ID")
        or f"spark-{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:6]}",
        lock_seconds=_number(environ, "CREWDESK_LOCK_SECONDS", defaults.lock_seconds, 5),
        limit_seconds=_number(environ, "CREWDESK_LIMIT_SECONDS", defaults.limit_seconds, 1),
        connections=environ.get("CREWDESK_CONNECTIONS") or None,
        only_connections=_flag(environ, "CREWDESK_ONLY_CONNECTIONS"),
        frames=environ.get("CREWDESK_FRAMES") or None,
        locations=tuple(environ.get("CREWDESK_LOCATIONS", "").split()),
        allow_scripts=_flag(environ, "CREWDESK_ALLOW_SCRIPTS"),
        master=environ.get("SPARK_MASTER", defaults.master),
        jars=tuple(j for j in re.split(r"[,\s]+", environ.get("SPARK_JARS", "")) if j),
        conf=_conf(environ.get("SPARK_CONF", "")),
        partitions=_number(environ, "CREWDESK_PARTITIONS", defaults.partitions, 0),
        rows_per_partition=_number(
            environ, "CREWDESK_ROWS_PER_PARTITION", defaults.rows_per_partition, 1
        ),
    )


def _first_line(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().rstrip("\n")
    except OSError as error:
        raise SettingsError(f"CREWDESK_PASSWORD_FILE: {error}") from None


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "0").strip().lower()
    if text in ("1", "true", "yes", "on"):
        return True
    if text in ("", "0", "false", "no", "off"):
        return False
    raise SettingsError(f"{name} is {text!r}; 1 or 0 is possible")


def _number(environ: Mapping[str, str], name: str, default: int, least: int) -> int:
    text = environ.get(name, "").strip()
    if not text:
        return default
    if not text.isdigit() or int(text) < least:
        raise SettingsError(f"{name} is {text!r}; a whole number from {least} is possible")
    return int(text)


def _conf(text: str) -> dict[str, str]:
    conf = {}
    for pair in text.split():
        name, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"SPARK_CONF: {pair!r} is no name=value")
        conf[name] = value
    return conf
