"""Renews the lock and tells progress while Spark works; the external-task client does neither."""

import logging
import threading
import time
from collections.abc import Callable

from .desk import Desk, DeskError
from .report import typed

log = logging.getLogger(__name__)

# The process variable that says how far an insertion is.
PROGRESS = "insertionProgress"
# Seconds between two looks at the progress.
TELL = 2.0


class Lost(Exception):
    """The external task is gone or another worker's: undo and forget it."""


class Watch:
    """Runs beside one insertion, as a context manager.

    `interrupt` is called once, to stop Spark in the middle: with `False` when the task is lost,
    with `True` when its time is up.
    """

    def __init__(
        self,
        desk: Desk,
        task: str,
        instance: str,
        lock_seconds: int,
        interrupt: Callable[[bool], None],
        limit_seconds: int = 1 << 30,
        look: Callable[[], str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        tell: float = TELL,
    ):
        self._desk, self._task, self._instance = desk, task, instance
        self._lock, self._clock, self._tick = lock_seconds, clock, tell
        self._interrupt, self._limit, self._look = interrupt, limit_seconds, look
        self._stop = threading.Event()
        self._lost = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._told: str | None = None
        self._mute = False

    def __enter__(self) -> "Watch":
        self.confirm()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(timeout=30)

    def confirm(self) -> None:
        """Renews the lock now. Raises `Lost` when the task is no longer this worker's."""
        if self._lost.is_set():
            raise Lost()
        try:
            self._desk.extend_lock(self._task, self._lock * 1000)
        except DeskError as error:
            if error.is_transient or error.status in (401, 403):
                raise
            self._again(error.status)

    def _again(self, status: int | None) -> None:
        """Takes the lock again that ran out, so long as nobody else has it."""
        try:
            if status == 404:
                raise DeskError("gone", 404)
            self._desk.lock(self._task, self._lock * 1000)
        except DeskError as error:
            if error.is_transient:
                raise
            self._lost.set()
            raise Lost() from None

    def tell(self, text: str) -> None:
        """Sets the progress variable, if it says something new."""
        if self._mute or text == self._told:
            return
        try:
            self._desk.set_variable(self._instance, PROGRESS, typed(text, "String"))
            self._told = text
        except DeskError as error:
            if not error.is_transient:
                self._mute = True
                log.warning("progress is not told: %s", error)

    def _run(self) -> None:
        began = renewed = self._clock()
        late = False
        while not self._stop.wait(self._tick):
            if self._clock() - renewed >= self._lock / 3:
                try:
                    self.confirm()
                    renewed = self._clock()
                except Lost:
                    log.warning("the external task is no longer this worker's; it stops")
                    self._interrupt(False)
                    return
                except DeskError as error:
                    # The next renewal may go well; in the end the lock itself decides.
                    log.warning("the lock was not renewed: %s", error)
            if not late and self._clock() - began >= self._limit:
                late = True
                self._interrupt(True)
            if self._look:
                self.tell(self._look())
