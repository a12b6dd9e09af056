"""What the desk's built-in worker does and this one does not: refused by name, never passed over."""

from collections.abc import Mapping
from typing import Any

# Set by the model, which an employee can not mend.
OF_THE_MODEL = ("references", "checkQueries")
# Set by a form.
OF_THE_FORM = (
    "columns", "keyColumns", "undoable", "exactDistinct", "numberFormat", "booleanFormat", "timeZone",
    "trim", "skipLines", "header", "quote", "escape", "encoding", "sheet", "dataFramePatch",
)  # fmt: skip
# What asks for nothing that this worker does not do by itself.
HARMLESS = {
    "undoable": ("no", "false"),
    "timeZone": ("utc",),
    "trim": ("no", "false"),
    "header": ("yes", "true"),
    "skipLines": ("0",),
    "encoding": ("utf-8", "utf8"),
    "quote": ('"',),
    "escape": ("none",),
}
MODES = ("append", "replace")


def unserved(variables: Mapping[str, Any], names: tuple[str, ...] = OF_THE_FORM) -> str | None:
    """Says which of these variables ask for something that this worker does not do; None if none
    does."""
    asked = [name for name in names if _asks(name, variables.get(name))]
    mode = str(variables.get("mode") or "append").strip()
    if names is OF_THE_FORM and mode not in MODES:
        asked.append(f"mode ({mode})")
    if not asked:
        return None
    return (
        f"the Spark worker does not serve {', '.join(asked)}; leave out what that asks for, or "
        "insert by the process database-insertion, whose worker does"
    )


def _asks(name: str, value: Any) -> bool:
    text = "" if value is None or value is False else str(value).strip()
    return text not in ("", "[]", "{}") and text.lower() not in HARMLESS.get(name, ())
