"""Whatever is asked for, the answer is an answer: never a crash, never a mark-up hole."""

import asyncio
import json
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from replay import Replay

from sandbox.zulip.markdown import render

_OPERATORS = st.sampled_from(
    [
        *("channel", "stream", "topic", "sender", "dm", "dm-including", "is", "has", "in", "id", "near"),
        *("search", "channels", "nope", "", "pm-with", "group-pm-with"),
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_OPERANDS = st.sampled_from(["public", "dm", "mentioned", "4", "incidents", "pat@example.org", 11, 4]) | _JSON
_TERMS = (
    st.tuples(_OPERATORS, _OPERANDS).map(list)
    | st.fixed_dictionaries({"operator": _OPERATORS, "operand": _OPERANDS}, optional={"negated": _JSON})
    | _JSON
)
_ANCHORS = (
    st.sampled_from(["newest", "oldest", "first_unread"]) | st.integers().map(str) | st.text(max_size=30)
)
_COUNTS = st.integers(-3, 6000).map(str) | st.text(max_size=5)
_QUIET = settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


_replays: list[Replay] = []


@pytest.fixture
def replay(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """One realm for all examples: what they leave behind is part of the test."""
    if not _replays:
        _replays.append(Replay(tmp_path_factory.mktemp("realm"), "http://127.0.0.1:9991", rate_limit=10**9))
    return _replays[0]


def _ask(replay: Replay, method: str, path: str, params: dict[str, Any]) -> Any:
    return asyncio.run(replay.ask("bot", method, path, params))


@given(
    narrow=st.lists(_TERMS, max_size=3).map(json.dumps) | _JSON.map(json.dumps) | st.text(max_size=20),
    anchor=_ANCHORS,
    before=_COUNTS,
    after=_COUNTS,
)
@example(narrow='[["is", []]]', anchor="newest", before="1", after="0")
@example(narrow='[["has", {}]]', anchor="newest", before="1", after="0")
@_QUIET
def test_narrow_and_anchor(replay: Replay, narrow: str, anchor: str, before: str, after: str) -> None:
    params = {"narrow": narrow, "anchor": anchor, "num_before": before, "num_after": after}
    answer = _ask(replay, "GET", "messages", params)
    assert answer.status_code in {200, 400}, answer.text
    if answer.status_code == 200:
        ids = [message["id"] for message in answer.json()["messages"]]
        assert ids == sorted(set(ids))
        assert len(ids) <= int(before) + int(after) + 1


@given(
    path=st.sampled_from(["messages", "register", "users/me/subscriptions", "messages/flags", "typing"]),
    params=st.dictionaries(
        st.sampled_from(
            [
                "type",
                "to",
                "topic",
                "content",
                "widget_content",
                "event_types",
                "narrow",
                "messages",
                "op",
                "subscriptions",
                "principals",
                "flag",
                "client_capabilities",
                "queue_lifespan_secs",
                "stream_id",
            ]
        ),
        _JSON.map(json.dumps)
        | st.text(max_size=20)
        | st.sampled_from(["stream", "direct", "incidents", "add"]),
        max_size=6,
    ),
)
@_QUIET
def test_parameters(replay: Replay, path: str, params: dict[str, str]) -> None:
    assert _ask(replay, "POST", path, params).status_code in {200, 400}


@pytest.mark.parametrize("operand", [{}, None, True, 1.5, [[]]])
@pytest.mark.parametrize(
    "operator", ["channel", "channels", "topic", "sender", "dm", "is", "has", "in", "id"]
)
def test_an_operand_of_the_wrong_type_is_refused(replay: Replay, operator: str, operand: object) -> None:
    narrow = json.dumps([{"operator": operator, "operand": operand}])
    answer = _ask(replay, "GET", "messages", {"narrow": narrow, "anchor": "newest"})
    assert answer.status_code == 400
    assert answer.json()["code"] == "BAD_REQUEST"
    assert answer.json()["msg"].startswith("operand is not a string")


class _Elements(HTMLParser):
    """Notes what a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


_PIECES = st.lists(
    st.sampled_from(
        [
            *(
                "<script>",
                "</p>",
                "<img src=x onerror=alert(1)>",
                "](javascript:alert(1))",
                "[x",
                "`",
                "```",
                "\n",
            ),
            *(
                "@**all**",
                "@_**Pat Plain**",
                "#**general>x**",
                "**",
                "*",
                "~~",
                "> ",
                "- ",
                "|",
                "$$",
                "\\",
                '"',
            ),
            *(
                "<time:",
                ">",
                "https://example.org/",
                '" onclick="',
                "&lt;",
                "```quote\n",
                "```spoiler a",
                ":eyes:",
            ),
        ]
    )
    | st.text(max_size=5),
    max_size=14,
).map("".join)


@given(content=_PIECES)
@_QUIET
def test_rendered_content_holds_nothing_active(replay: Replay, content: str) -> None:
    found = _Elements()
    found.feed(render(replay.world, content).html)
    assert not found.tags & {"script", "img", "iframe", "object", "style", "form", "input", "svg", "base"}
    for name, value in found.attributes:
        assert not name.startswith("on")
        assert name != "href" or not (value or "").strip().lower().startswith(
            ("javascript:", "data:", "vbscript:")
        )
