"""The REST calls of Camunda 7 that the external-task client does not make."""

from typing import Any

import requests

from .report import Verdict


class DeskError(Exception):
    """The desk answered with an error, or not at all."""

    def __init__(self, message: str, status: int | None = None):
        super().__init__(message)
        self.status = status

    @property
    def is_transient(self) -> bool:
        """Whether it may go well another time."""
        return self.status is None or self.status >= 500 or self.status in (408, 429)


class Desk:
    """The desk that a worker works for."""

    def __init__(self, url: str, worker_id: str, auth: tuple[str, str] | None, timeout: float = 10):
        self.url = url.rstrip("/")
        self.worker_id = worker_id
        self._auth = auth
        self._timeout = timeout

    def extend_lock(self, task: str, millis: int) -> None:
        """Renews the lock of an external task for so long from now."""
        body = {"workerId": self.worker_id, "newDuration": millis}
        self._call("POST", f"/external-task/{task}/extendLock", body)

    def lock(self, task: str, millis: int) -> None:
        """Locks an external task that nobody holds."""
        body = {"workerId": self.worker_id, "lockDuration": millis}
        self._call("POST", f"/external-task/{task}/lock", body)

    def variables(self, instance: str) -> dict[str, Any]:
        """All variables of an instance, secrets without their clear text."""
        return self._call("GET", f"/process-instance/{instance}/variables?deserializeValues=false")

    def set_variable(self, instance: str, name: str, variable: dict[str, Any]) -> None:
        """Sets one variable. `workerId` is what the Java client sends, and what tells the desk
        whose lock allows it."""
        body = {"workerId": self.worker_id, "modifications": {name: variable}}
        self._call("POST", f"/process-instance/{instance}/variables", body)

    def decide(self, decision: str, variables: dict[str, Any]) -> Verdict:
        """Asks the newest version of a decision. Raises ValueError where it gives no result."""
        answer = self._call(
            "POST",
            f"/decision-definition/key/{decision}/evaluate",
            {"variables": variables},
        )
        if not isinstance(answer, list) or len(answer) != 1:
            raise ValueError(f"the decision {decision} gave not exactly one result")
        result = answer[0].get("result", {}).get("value")
        if not isinstance(result, int) or isinstance(result, bool):
            raise ValueError(
                f"the decision {decision} gave no whole number `result`; "
                "let each of its rules give 1 or 0"
            )
        return Verdict(result, str(answer[0].get("reason", {}).get("value") or ""))

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            response = requests.request(
                method, self.url + path, json=body, auth=self._auth, timeout=self._timeout
            )
        except requests.RequestException as error:
            # Its text may hold the URL, so only its kind is told.
            raise DeskError(f"the desk does not answer ({type(error).__name__})") from None
        if not response.ok:
            raise DeskError(_message(response), response.status_code)
        return response.json() if response.content else None


def _message(response: requests.Response) -> str:
    try:
        message = response.json().get("message")
    except (ValueError, AttributeError):
        message = None
    return message or f"the desk answered {response.status_code}"
