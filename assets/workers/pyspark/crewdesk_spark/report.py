"""Facts, verdict, refusals: names and JSON of the built-in worker, so that either of the two
understands a line that the other wrote into the ledger."""

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

SUCCESS = "SUCCESS"
FAILURE = "FAILURE"
# Refused rows that are described; all are counted.
DESCRIBED = 100
# Characters of a value that a refusal shows.
SHOWN = 80


def shown(value: Any) -> str:
    """A value as a refusal shows it: one line, cut with an ellipsis."""
    text = str(value)
    cut = text[:SHOWN] + ("…" if len(text) > SHOWN else "")
    return "".join("⏎" if c == "\n" else c if c.isprintable() else "\ufffd" for c in cut)


@dataclass(frozen=True)
class Refusal:
    """A row that can not be inserted, and why. `record` counts from 1, 0 where unknown."""

    reason: str
    column: str | None = None
    value: str | None = None
    record: int = 0
    line: int | None = None


@dataclass(frozen=True)
class ColumnFacts:
    """Facts about one column of the staged rows."""

    name: str
    nulls: int = 0
    min: str | None = None
    max: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is known about an insertion, about its own rows only."""

    status: str
    message: str | None = None
    rows_read: int = 0
    rows_inserted: int = 0
    rows_refused: int = 0
    nulls_in_required: int = 0
    duplicate_keys: int = 0
    source_checksum: str = ""
    target_checksum: str = ""
    columns: tuple[ColumnFacts, ...] = ()

    def variables(self) -> dict[str, dict[str, Any]]:
        """As typed process variables; checks in DMN refer to these names."""
        text = {
            "insertionStatus": self.status,
            "insertionMessage": self.message,
            "sourceChecksum": self.source_checksum,
            "targetChecksum": self.target_checksum,
        }
        numbers = {
            "rowsRead": self.rows_read,
            "rowsInserted": self.rows_inserted,
            "rowsRefused": self.rows_refused,
            "nullsInRequired": self.nulls_in_required,
            "duplicateKeys": self.duplicate_keys,
        }
        variables = {name: typed(value, "String") for name, value in text.items()}
        variables.update((name, typed(n, "Long")) for name, n in numbers.items())
        return variables


@dataclass(frozen=True)
class Verdict:
    """What the decision said; the rows are kept with result 1 and no other."""

    result: int
    reason: str

    @property
    def keep(self) -> bool:
        return self.result == 1

    @classmethod
    def built_in(cls, facts: Facts) -> "Verdict":
        """Where the model names no decision: all rows went in and both sides are the same."""
        if facts.message:
            reason = facts.message
        elif facts.rows_read == 0:
            reason = "there are no rows"
        elif facts.rows_refused > 0:
            reason = f"{facts.rows_refused} of {facts.rows_read} rows were refused"
        elif facts.rows_inserted != facts.rows_read:
            reason = f"{facts.rows_inserted} of {facts.rows_read} rows were inserted"
        elif facts.source_checksum != facts.target_checksum:
            reason = "the rows in the table differ from the data frame"
        else:
            return cls(1, "all checks hold")
        return cls(0, reason)


@dataclass(frozen=True)
class Report:
    """How an insertion ended."""

    facts: Facts
    verdict: Verdict
    committed: bool
    refusals: tuple[Refusal, ...] = ()
    replayed: bool = field(default=False, compare=False)

    @classmethod
    def failed(cls, message: str, refusals: tuple[Refusal, ...] = ()) -> "Report":
        """One that could not be carried through: nothing was kept."""
        return cls(Facts(FAILURE, message), Verdict(0, message), False, refusals)

    def undone(self, message: str) -> "Report":
        """The same with the target's last word against it: nothing was kept."""
        facts = replace(self.facts, status=FAILURE, message=message)
        return replace(self, facts=facts, verdict=Verdict(0, message), committed=False)

    def variables(self) -> dict[str, dict[str, Any]]:
        """What the external task completes with."""
        message = self.facts.message
        if message is None and not self.committed:
            message = self.verdict.reason
        refusals = json.dumps([asdict(r) for r in self.refusals], ensure_ascii=False)
        return self.facts.variables() | {
            "insertionMessage": typed(message, "String"),
            "insertionKept": typed(self.committed, "Boolean"),
            "verdictReason": typed(self.verdict.reason, "String"),
            "refusals": typed(refusals, "Json"),
        }

    def to_json(self) -> str:
        """For the ledger."""
        verdict = asdict(self.verdict) | {"keep": self.verdict.keep}
        line = {
            "facts": asdict(self.facts),
            "verdict": verdict,
            "committed": self.committed,
            "refusals": [asdict(r) for r in self.refusals],
        }
        return json.dumps(line, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        """From the ledger, whichever worker wrote the line."""
        line = json.loads(text)
        facts = dict(line["facts"])
        columns = tuple(ColumnFacts(**_known(ColumnFacts, c)) for c in facts.pop("columns", ()))
        return cls(
            Facts(**_known(Facts, facts), columns=columns),
            Verdict(line["verdict"]["result"], line["verdict"]["reason"]),
            line["committed"],
            tuple(Refusal(**_known(Refusal, r)) for r in line.get("refusals", ())),
            replayed=True,
        )


def _known(kind: type, values: dict[str, Any]) -> dict[str, Any]:
    # What a newer version added is left out.
    return {name: value for name, value in values.items() if name in kind.__dataclass_fields__}


def typed(value: Any, kind: str) -> dict[str, Any]:
    """A process variable as Camunda's REST API writes it."""
    return {"value": value, "type": "Null" if value is None else kind}
