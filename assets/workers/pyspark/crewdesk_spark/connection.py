"""Which database: by name from the operator's file, or as the form says.

What a form says ends up in a JDBC URL, whose parameters can make a driver load classes or
send files. So host and database name are checked, and nothing else of the URL is the form's.
"""

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from .settings import Settings


class UnknownConnection(Exception):
    """The form names no database that can be used; the employee can mend it."""


# scheme of JDBC -> the driver's class
DRIVERS = {
    "postgresql": "org.postgresql.Driver",
    "mariadb": "org.mariadb.jdbc.Driver",
    "sqlite": "org.sqlite.JDBC",
}
# What makes each driver fast and right for this work.
PROPERTIES = {
    # Types that JDBC does not know (json, uuid, …) are sent as text of unspecified type.
    "postgresql": {"reWriteBatchedInserts": "true", "stringtype": "unspecified"},
    "mariadb": {
        "useBulkStmts": "true",
        "sessionVariables": "sql_mode='STRICT_ALL_TABLES,ANSI_QUOTES'",
    },
    "sqlite": {},
}
HOST = re.compile(
    r"(?:(?P<kind>postgresql|postgres|mariadb|mysql)://)?"
    r"(?P<host>[A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?P<port>:\d{1,5})?"
)


@dataclass(frozen=True)
class Target:
    """A database, reached over JDBC. Never shows its password."""

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """`postgresql`, `mariadb` or `sqlite`."""
        return self.url.split(":", 2)[1]

    @property
    def driver(self) -> str:
        return DRIVERS[self.kind]

    def properties(self) -> dict[str, str]:
        """For the driver, password included."""
        properties = dict(PROPERTIES[self.kind])
        if self.user:
            properties["user"] = self.user
        if self.password:
            properties["password"] = self.password
        return properties

    def clean(self, message: str) -> str:
        """A message without the password, whatever it quotes."""
        if self.password and len(self.password) > 3:
            message = message.replace(self.password, "•••")
        return message


def resolve(variables: Mapping[str, Any], settings: Settings) -> Target:
    """The database that the form's values mean."""
    name = _text(variables, "connection")
    if name:
        return _named(name, settings)
    if settings.only_connections:
        raise UnknownConnection(
            "choose a connection; this worker takes no servers named in the form"
        )
    server, database = _text(variables, "serverName"), _text(variables, "databaseName")
    if not server or not database:
        raise UnknownConnection("choose a connection, or name server and database")
    match = HOST.fullmatch(server)
    if not match or int((match["port"] or ":1")[1:]) not in range(1, 65536):
        raise UnknownConnection(
            f"{server!r} is no server; write HOST or HOST:PORT, for MariaDB mariadb://HOST:PORT"
        )
    kind = "mariadb" if match["kind"] in ("mariadb", "mysql") else "postgresql"
    host = match["host"] + (match["port"] or "")
    return Target(
        f"jdbc:{kind}://{host}/{quote(database, safe='')}",
        _text(variables, "userName"),
        variables.get("password") or None,
    )


def _named(name: str, settings: Settings) -> Target:
    if not settings.connections:
        raise UnknownConnection(
            f"the Spark worker knows no connection {name!r}: its operator gave it none "
            "(CREWDESK_CONNECTIONS); name server and database instead"
        )
    found = load(settings.connections)
    if name not in found:
        known = ", ".join(sorted(found)) or "none"
        raise UnknownConnection(f"the Spark worker knows no connection {name!r}; it knows {known}")
    return found[name]


def load(path: str) -> dict[str, Target]:
    """The connections of an INI file, one a section. Raises OSError or ValueError."""
    mode = os.stat(path).st_mode
    if mode & 0o077:
        raise ValueError(f"{path} holds passwords and others may read it; chmod 600 {path}")
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(open(path, encoding="utf-8").read())
    except configparser.Error as error:
        # Its text quotes lines of the file.
        raise ValueError(f"{path} can not be read as INI ({type(error).__name__})") from None
    found = {}
    for name in parser.sections():
        section = parser[name]
        url = section.get("url", "")
        if not re.match(rf"jdbc:({'|'.join(DRIVERS)}):.", url):
            raise ValueError(
                f"{path}, [{name}]: url must begin with one of "
                + ", ".join(f"jdbc:{kind}:" for kind in DRIVERS)
            )
        found[name] = Target(url, section.get("user"), section.get("password"))
    return found


def _text(variables: Mapping[str, Any], name: str) -> str | None:
    value = variables.get(name)
    return value.strip() or None if isinstance(value, str) else None
