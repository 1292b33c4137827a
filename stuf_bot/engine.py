"""Runs operations so that they survive anything. The one module that touches DBOS.

It knows operations by name, as callables that the bootstrap gives. An attempt's id is its workflow's
id, so that starting it a second time is harmless. DBOS has one instance a process, and so there is
one started engine a process.
"""

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

_log = logging.getLogger(__name__)
_APPLICATION: Final = "stuf-bot"
_WORKFLOW: Final = "operation"
_STOP_POLL: Final = 0.05
_LOOK_AGAIN: Final = 2.0
_TRY_AGAIN: Final = 60.0

Event = Any
"""Whatever the operations report; the inbox knows its kinds."""


class EngineStopping(BaseException):
    """Leaves an operation where it stands, to be gone on with at the next start.

    A BaseException: neither the operation nor the database behind it may take it for a failure.
    """


class Engine:
    """Runs the operations that `waiting` names and goes on with those that a crash interrupted.

    `operations`: callables by name, each taking (steps, attempt id). `waiting`: (name, attempt id) of
    all that is not finished. `put_event`: stores an event; the same event again must be harmless.
    `application_version` names the shape of the operations' steps: workflows go on only under the
    version under which they began, so it changes only where steps are no longer the same.
    `try_again_seconds`: how long an operation that broke off rests before it is gone on with.
    """

    def __init__(  # noqa: PLR0913 - the parts that meet here, by name.
        self,
        url: str,
        *,
        executor_id: str,
        application_version: str,
        operations: Mapping[str, Callable[[Any, str], None]],
        waiting: Callable[[], list[tuple[str, str]]],
        put_event: Callable[[Event], None],
        try_again_seconds: float = _TRY_AGAIN,
    ) -> None:
        self._url = engine_url(url)
        self._executor_id, self._version = executor_id, application_version
        self._operations, self._waiting, self._put_event = dict(operations), waiting, put_event
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._lock = threading.Lock()
        self._running: set[str] = set()
        self._begun: set[str] = set()
        self._try_again_seconds = try_again_seconds
        # When each that broke off is gone on with, by the monotonic clock.
        self._broken_off: dict[str, float] = {}
        self._nudges: set[threading.Event] = set()
        self._starter: threading.Thread | None = None
        self._workflow: Callable[[str, str], None] | None = None

    def start(self) -> None:
        """Go on with what was interrupted, and begin what waits. Raises what the database raises."""
        from dbos import DBOS, DBOSConfig  # noqa: PLC0415 - half a second that `--help` need not wait for.

        _quieten()
        config = DBOSConfig(
            name=_APPLICATION,
            system_database_url=self._url,
            executor_id=self._executor_id,
            application_version=self._version,
            log_level="WARNING",
        )
        DBOS(config=config)

        def operate(name: str, attempt_id: str) -> None:
            self._operate(name, attempt_id)

        self._workflow = DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)(operate)
        DBOS.launch()
        self._adopt()
        self._starter = threading.Thread(target=self._start_waiting, name="engine", daemon=True)
        self._starter.start()
        self.wake()

    def _adopt(self) -> None:
        """Go on with what was begun under another name: one bot at a time works on a database, and that is us.

        DBOS itself goes on with what was begun under this name.
        """
        from dbos import DBOS  # noqa: PLC0415

        begun = DBOS.list_workflows(
            status="PENDING", app_version=self._version, load_input=False, load_output=False
        )
        orphans = [one.workflow_id for one in begun if one.executor_id != self._executor_id]
        if orphans:
            _log.info("%d operations were begun by another bot; going on with them", len(orphans))
            DBOS.resume_workflows(orphans)

    @property
    def alive(self) -> bool:
        """Whether it begins what waits."""
        return self._starter is not None and self._starter.is_alive()

    def wake(self) -> None:
        """Look for what waits, now. Never blocks; may be called before `start` and after `stop`."""
        self._woken.set()

    def stop(self, seconds: float = 5.0) -> bool:
        """Leave every operation at its next wait; true when all were left within `seconds`.

        When false, a step is in the middle of something: end the process with os._exit once the log
        is flushed. Everything is durable, the step is repeated at the next start.
        """
        from dbos import DBOS  # noqa: PLC0415

        self._stopping.set()
        self._woken.set()
        with self._lock:
            for nudge in self._nudges:
                nudge.set()
        deadline = time.monotonic() + seconds
        if self._starter is not None:
            self._starter.join(seconds)
        while self._running and time.monotonic() < deadline:
            time.sleep(_STOP_POLL)
        if self._running or (self._starter is not None and self._starter.is_alive()):
            return False
        DBOS.destroy(destroy_registry=True)
        return True

    def _operate(self, name: str, attempt_id: str) -> None:
        if self._stopping.is_set():
            raise EngineStopping
        with self._lock:
            self._begun.add(attempt_id)
            self._running.add(attempt_id)
        try:
            self._operations[name](_DurableSteps(self), attempt_id)
        except Exception as error:
            # Operations end in their own record, also when they fail. One that raises is at fault: it is
            # left as it stands and gone on with later, instead of being noted as finished.
            pause = self._try_again_seconds
            _log.exception(
                "%s %s broke off; it is tried again in %g s, else it goes on at the next start",
                name,
                attempt_id,
                pause,
            )
            with self._lock:
                self._broken_off[attempt_id] = time.monotonic() + pause
            self._woken.set()
            raise EngineStopping from error
        finally:
            with self._lock:
                self._running.discard(attempt_id)

    def _start_waiting(self) -> None:
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415

        while True:
            self._woken.wait(self._rest())
            self._woken.clear()
            if self._stopping.is_set():
                return
            try:
                for name, attempt_id in self._waiting():
                    if attempt_id not in self._begun and self._workflow is not None:
                        with SetWorkflowID(attempt_id):
                            DBOS.start_workflow(self._workflow, name, attempt_id)
                self._go_on()
            except Exception as error:  # noqa: BLE001 - logged; without this thread nothing would begin.
                traceback = not isinstance(error, SQLAlchemyError)
                name = type(error).__name__
                _log.warning("what waits cannot be begun (%s); looking again soon", name, exc_info=traceback)
                self._stopping.wait(_LOOK_AGAIN)
                self._woken.set()

    def _rest(self) -> float | None:
        """Seconds until something that broke off is due; None when nothing did."""
        with self._lock:
            due = min(self._broken_off.values(), default=None)
        return None if due is None else max(0.0, due - time.monotonic())

    def _go_on(self) -> None:
        """Go on with what broke off and has rested.

        Its workflow is still noted as under way, so that starting it again would do nothing: it is put
        into the queue, as at the next start.
        """
        from dbos import DBOS  # noqa: PLC0415

        now = time.monotonic()
        with self._lock:
            due = [(attempt_id, at) for attempt_id, at in self._broken_off.items() if at <= now]
        for attempt_id, at in due:
            if attempt_id not in self._running:
                DBOS.resume_workflow(attempt_id)
            with self._lock:
                # It may have broken off again meanwhile.
                if self._broken_off.get(attempt_id) == at:
                    del self._broken_off[attempt_id]

    def wait(self, seconds: float, nudge: threading.Event | None) -> None:
        """Wait as Steps.wait describes. Raises EngineStopping."""
        event = nudge or threading.Event()
        with self._lock:
            self._nudges.add(event)
        try:
            if not self._stopping.is_set():
                event.wait(seconds)
        finally:
            with self._lock:
                self._nudges.discard(event)
        if self._stopping.is_set():
            raise EngineStopping

    def report(self, event: Event) -> None:
        """Hand an event over."""
        self._put_event(event)

    @property
    def stopping(self) -> bool:
        """Whether the process ends."""
        return self._stopping.is_set()


class _DurableSteps:
    """The steps of one workflow; results are JSON text in DBOS' database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, name: str, do: Callable[[], Any]) -> Any:
        from dbos import DBOS  # noqa: PLC0415

        def step() -> str:
            if self._engine.stopping:
                raise EngineStopping
            return json.dumps(do())

        return json.loads(DBOS.run_step({"name": name}, step))

    def report(self, event: Event) -> None:
        self._engine.report(event)

    def wait(self, seconds: float, nudge: threading.Event | None = None) -> None:
        self._engine.wait(seconds, nudge)


def engine_url(url: str) -> str:
    """Where DBOS keeps its state: a file beside the SQLite database, or a schema in the same PostgreSQL."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise ValueError("operations need a database in a file")
        return parsed.set(drivername="sqlite", database=f"{parsed.database}.dbos.sqlite").render_as_string()
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)


def _quieten() -> None:
    """Let DBOS log through the bot's own handlers: it would add one of its own."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
