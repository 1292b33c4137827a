"""A browser, the embedded Zulip with the demo's pages in it, and the people of the demo."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from sandbox.page import DemoPages, SentMessage
from sandbox.page.browser import NoBrowserError, chromium
from sandbox.zulip import ZulipRealm

PATIENCE_MS = 10_000


class SentList:
    """An outbox that a test fills."""

    def __init__(self) -> None:
        self.sent: list[SentMessage] = []

    def messages(self) -> list[SentMessage]:
        return list(self.sent)

    def add(self, kind: Any, to: str, subject: str, text: str, minute: int) -> None:
        self.sent.append(SentMessage(kind, to, subject, text, datetime(2026, 3, 4, 9, minute, tzinfo=UTC)))


class Person:
    """Somebody who uses the realm by its REST API, beside the browser."""

    def __init__(self, url: str, account: Any) -> None:
        self.name: str = account.full_name
        self.user_id: int = account.user_id
        self._http = httpx.Client(base_url=f"{url}/api/v1", auth=(account.email, account.api_key), timeout=20)

    def call(self, method: str, path: str, **parameters: Any) -> dict[str, Any]:
        form = {
            name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()
        }
        where = {"params": form} if method == "GET" else {"data": form}
        answer: dict[str, Any] = self._http.request(method, path, **where).json()
        assert answer["result"] == "success", answer
        return answer

    def say(self, channel: str, topic: str, content: str, **more: Any) -> int:
        answer = self.call(
            "POST", "/messages", type="stream", to=channel, topic=topic, content=content, **more
        )
        return int(answer["id"])

    def write(self, to: "Person", content: str) -> int:
        answer = self.call("POST", "/messages", type="direct", to=[to.user_id], content=content)
        return int(answer["id"])

    def newest(self) -> dict[str, Any]:
        answer = self.call(
            "GET", "/messages", anchor="newest", num_before=1, num_after=0, apply_markdown=False
        )
        return dict(answer["messages"][-1])


class Demo:
    """The running pages, and everybody in the realm."""

    def __init__(self, realm: ZulipRealm, outbox: SentList) -> None:
        self.realm = realm
        self.url = realm.url
        self.outbox = outbox
        people = {key: Person(realm.url, account) for key, account in realm.accounts.items()}
        self.bot, self.tess, self.omar, self.pat = (people[key] for key in ("bot", "tess", "omar", "pat"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        with chromium() as running:
            yield running
    except NoBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture
def sent_list() -> SentList:
    return SentList()


@pytest.fixture
def demo(tmp_path: Path, sent_list: SentList) -> Iterator[Demo]:
    pages = DemoPages(lambda: realm.accounts, sent_list, links={"GitHub": "http://127.0.0.1:9/"})
    # A test says more in a minute than a person may.
    realm = ZulipRealm(tmp_path / "zulip", 0, extra_routes=pages.routes, rate_limit=10_000)
    realm.start()
    try:
        yield Demo(realm, sent_list)
    finally:
        realm.stop()


@pytest.fixture
def provoked() -> list[str]:
    """What a test makes the page complain about on purpose: parts of those complaints."""
    return []


@pytest.fixture
def open_page(browser: Browser, demo: Demo, provoked: list[str]) -> Iterator[Callable[..., Page]]:
    """Open the chat as somebody (`open_page("omar", viewport=…)`); complaints of the page fail the test."""
    contexts = []
    complaints: list[str] = []

    def open_as(person: str = "tess", place: str = "", **options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.goto(f"{demo.url}/?as={person}{place}")
        page.wait_for_selector("body[data-ready]")
        return page

    yield open_as
    for context in contexts:
        context.close()
    assert [one for one in complaints if not any(part in one for part in provoked)] == []
