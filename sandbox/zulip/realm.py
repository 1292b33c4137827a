"""The embedded Zulip realm: what the demo starts and tests take hold of."""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.routing import BaseRoute, Mount

from sandbox.server import AsgiServer
from sandbox.zulip import seed as seeds
from sandbox.zulip.app import App
from sandbox.zulip.faults import Fault, Faults
from sandbox.zulip.queues import EventQueues
from sandbox.zulip.world import World

_CALL_SECONDS = 10.0


@dataclass(frozen=True)
class Account:
    """Who can sign in: e-mail and API key are what a client needs."""

    user_id: int
    email: str
    full_name: str
    api_key: str


class ZulipRealm:
    """A Zulip server with one realm on 127.0.0.1, for clients that take it for a real one.

    State lies in `state` (SQLite and uploads) and survives restarts; event queues do not.
    `clock` gives unix seconds: it stamps messages and decides about time limits, the rate limit and idle
    queues. Heartbeats alone go by real time. `seed` fills a realm that starts for the first time.
    """

    def __init__(  # noqa: PLR0913 (a realm has this many knobs, all of them named and with a default)
        self,
        state: Path,
        port: int = 0,
        *,
        clock: Callable[[], float] = time.time,
        public_url: str | None = None,
        edit_limit_seconds: int | None = 600,
        rate_limit: int = 200,
        heartbeat_seconds: float = 50,
        queue_idle_seconds: float = 600,
        extra_routes: Sequence[BaseRoute] = (),
        seed: Callable[[World], None] = seeds.seed_demo,
    ) -> None:
        self._queues = EventQueues(clock, heartbeat_seconds, queue_idle_seconds)
        self._faults = Faults()
        self._world = World(state, clock, self._queues)
        if not self._world.users:
            seed(self._world)
        self._world.remember("realm:message_content_edit_limit_seconds", edit_limit_seconds)
        self._world.store.commit()
        self._extra = list(extra_routes)
        self._app = App(self._world, self._faults, rate_limit)
        self._port = port
        self._public_url = public_url
        self._server: AsgiServer | None = None
        self._stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0

    @property
    def accounts(self) -> dict[str, Account]:
        """The five accounts by short name: ada, tess, omar, pat, bot."""
        found = {}
        for name, (user_id, _) in seeds.PEOPLE.items():
            user = self._world.users[user_id]
            found[name] = Account(user.id, user.email, user.full_name, user.api_key)
        return found

    @property
    def url(self) -> str:
        """Base address without a trailing slash. Raises RuntimeError before `start` where any port may be taken."""
        if not self._port:
            raise RuntimeError("the realm is not started: call start() first")
        return f"http://127.0.0.1:{self._port}"

    def zuliprc(self, name: str) -> str:
        """The text of a zuliprc for one of the accounts."""
        account = self.accounts[name]
        return f"[api]\nemail={account.email}\nkey={account.api_key}\nsite={self.url}\n"

    def mount(self, path: str, app: Any) -> None:
        """Serve another ASGI application below `path`, from the same origin. Before `start`."""
        self._extra.append(Mount(path, app=app))

    def start(self) -> None:
        """Serve; returns when the server answers. After `stop` it serves again, at the same address."""
        if self._stopped:
            self._world.store.open()
            self._stopped = False
        self._server = AsgiServer(self._watch(self._app.asgi(self._extra)), self._port)
        self._port = self._server.port
        self._world.base_url = (self._public_url or self._server.url).rstrip("/")
        self._server.start()

    def _watch(self, app: Any) -> Any:
        async def watched(scope: Any, receive: Any, send: Any) -> None:
            self._loop, self._thread = asyncio.get_running_loop(), threading.get_ident()
            await app(scope, receive, send)

        return watched

    def stop(self) -> None:
        """Stop serving; who polls is told that the queue is gone."""
        if self._server is None:
            return
        self.drop_queues()
        self._server.stop()
        self._server = None
        self._loop = None
        self._stopped = True
        self._world.store.close()

    def _in_server(self, act: Callable[[], None]) -> None:
        """Do something in the server's own thread and wait for it."""
        if self._loop is None or threading.get_ident() == self._thread:
            act()
            return
        done = threading.Event()

        def acting() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(acting)
        done.wait(_CALL_SECONDS)

    def drop_queues(self) -> None:
        """Lose all event queues, as a crash of the event server does; polls end with BAD_EVENT_QUEUE_ID."""
        self._in_server(self._queues.drop_all)

    def fail_next(  # noqa: PLR0913 (what fails, how, how often: a table row)
        self,
        method: str,
        path_prefix: str,
        status: int,
        body: str | None = None,
        *,
        times: int = 1,
        after_effect: bool = False,
    ) -> None:
        """Answer the next requests with an HTTP error; with `after_effect`, only after doing what was asked.

        `path_prefix` begins with `/api/v1/`. Without a `body` the answer is the HTML page of a proxy.
        """
        self._faults.arm(Fault(method.upper(), path_prefix, status, body, times, after_effect))
