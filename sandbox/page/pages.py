"""The demo's pages as routes: to be mounted where the embedded Zulip answers, so that both share one origin."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route, request_response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from sandbox.page.guard import Guarded
from sandbox.page.sent import Outbox, SentMessage

_STATIC: Final = Path(__file__).parent / "static"

# Who one can be in the demo, and how the page introduces them; the first is signed in at the start.
PEOPLE: Final = {"tess": "Trust Architect", "omar": "Operator", "pat": "Plain member"}


class DemoAccount(Protocol):
    """What the page needs of an account of the embedded Zulip."""

    @property
    def user_id(self) -> int: ...
    @property
    def email(self) -> str: ...
    @property
    def full_name(self) -> str: ...
    @property
    def api_key(self) -> str: ...


class DemoPages:
    """`/` (chat), `/mail`, and what they read: `routes` for the embedded Zulip's `extra_routes`.

    Alone, as an ASGI application and without accounts, there is no chat: `/` leads to `/mail`.

    `accounts` gives the embedded Zulip's accounts by key when they are asked for (the realm is made after
    its routes); people of `PEOPLE` and the bot (key `bot`) are used. The page talks to its own origin only.
    `links` are other pages, by their names, for the top; `home` is the channel that the chat opens with.
    """

    def __init__(
        self,
        accounts: Callable[[], Mapping[str, DemoAccount]],
        outbox: Outbox,
        *,
        links: Mapping[str, str] = MappingProxyType({}),
        home: str = "stuf-admin",
    ) -> None:
        self._accounts = accounts
        self._outbox = outbox
        self._links = links
        self._home = home
        self.routes: list[BaseRoute] = [
            _page("/", self._chat),
            _page("/mail", _file("mail.html")),
            _page("/demo/accounts.json", self._accounts_json),
            _page("/demo/sent.json", self._sent_json),
            Mount("/demo/static", app=Guarded(StaticFiles(directory=_STATIC))),
        ]
        self._app = Starlette(routes=self.routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _chat(self, request: Request) -> Response:
        return await _file("index.html")(request) if self._accounts() else RedirectResponse("/mail")

    async def _accounts_json(self, _request: Request) -> Response:
        accounts = self._accounts()
        if not accounts:
            return JSONResponse({"msg": "This demo has no chat of its own."}, status_code=404)
        bot = accounts["bot"]
        return JSONResponse(
            {
                "links": dict(self._links),
                "home": self._home,
                "bot": {"user_id": bot.user_id, "full_name": bot.full_name},
                "people": [
                    {
                        "key": key,
                        "role": role,
                        "user_id": account.user_id,
                        "email": account.email,
                        "full_name": account.full_name,
                        "api_key": account.api_key,
                    }
                    for key, role in PEOPLE.items()
                    if (account := accounts.get(key)) is not None
                ],
            }
        )

    async def _sent_json(self, _request: Request) -> Response:
        messages = await run_in_threadpool(self._outbox.messages)
        return JSONResponse({"messages": _newest_first(messages), "chat": bool(self._accounts())})


def _newest_first(messages: Iterable[SentMessage]) -> list[dict[str, str]]:
    return [
        {
            "kind": message.kind,
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "sent_at": message.sent_at.isoformat(),
        }
        for message in sorted(messages, key=lambda message: message.sent_at, reverse=True)
    ]


def _file(name: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_request: Request) -> Response:
        return FileResponse(_STATIC / name, media_type="text/html")

    return answer


def _page(path: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
    return Route(path, endpoint=Guarded(request_response(answer)), methods=["GET"])
