"""A realm as recorded, asked in this process, without a network."""

import json
from pathlib import Path
from typing import Any, Self

import httpx
from recorded_realm import NOW, seed_recorded

from sandbox.zulip import ZulipRealm


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


class Replay:
    """Performs requests as the recorded accounts."""

    def __init__(self, state: Path, site: str, rate_limit: int = 200) -> None:
        self.clock = Clock()
        self.realm = ZulipRealm(
            state, clock=self.clock, seed=seed_recorded, heartbeat_seconds=0.01, rate_limit=rate_limit
        )
        self.world = self.realm._world
        self.world.base_url = site
        self.queue = ""
        app = self.realm._app.asgi([])
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url=site,
            headers={"User-Agent": "STUF-transcripts (test)"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        self.world.store.close()

    def credentials(self, who: str) -> tuple[str, str] | None:
        """E-mail and key of an account, or None for nobody."""
        if who == "none":
            return None
        if who == "throwaway bot":
            user = self.world.users[13]
            return user.email, user.api_key
        account = self.realm.accounts[who]
        return account.email, account.api_key

    async def ask(
        self,
        who: str,
        method: str,
        path: str,
        params: dict[str, Any] | None = None,
        *,
        auth: tuple[str, str] | None = None,
        files: dict[str, Any] | None = None,
    ) -> httpx.Response:
        """One request; strings go out as they are, everything else as JSON."""
        encoded = {k: v if isinstance(v, str) else json.dumps(v) for k, v in (params or {}).items()}
        path = path if path.startswith("/") else f"/api/v1/{path}"
        place = {"params": encoded} if method == "GET" else {"data": encoded}
        if files:
            place = {"files": files}
        credentials = auth or self.credentials(who)
        signed = httpx.BasicAuth(*credentials) if credentials else None
        return await self._client.request(method, path, auth=signed, **place)

    async def do(self, who: str, method: str, path: str, params: dict[str, Any] | None = None) -> Any:
        """A request that has to succeed; gives its answer."""
        response = await self.ask(who, method, path, params)
        assert response.status_code == 200, response.text
        return response.json()

    async def register(self, who: str = "bot", **options: Any) -> str:
        """A queue; it becomes the one that event requests use."""
        answer = await self.do(who, "POST", "register", {"fetch_event_types": [], **options})
        self.queue = str(answer["queue_id"])
        return self.queue

    async def events(self, who: str = "bot", last: int = -1) -> list[Any]:
        """What lies in the queue now."""
        params = {"queue_id": self.queue, "last_event_id": last, "dont_block": True}
        return list((await self.do(who, "GET", "events", params))["events"])
