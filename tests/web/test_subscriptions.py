"""How a subscription to a topic of SNS ends, as administrators read it."""

from types import SimpleNamespace
from typing import Any

from signers import CONFIRM as ADDRESS
from signers import TOPIC

from handlers import subscriptions
from stuf_bot.acts import Post
from stuf_bot.messages import ErrandEnded
from stuf_bot.web import sns

SETTINGS: Any = SimpleNamespace(stuf_bot=SimpleNamespace(admin_channel="stuf-admin"))
CONTEXT: Any = None


def told(**more: Any) -> list[Post]:
    ended: dict[str, Any] = {
        "number": 1,
        "kind": sns.CONFIRM,
        "errand": "m1",
        "within": "x",
        "succeeded": True,
    }
    ended |= {"payload": {"topic": TOPIC, "address": ADDRESS}} | more
    found = subscriptions.tell(ErrandEnded(**ended), CONTEXT, settings=SETTINGS)
    return [act for act in found if isinstance(act, Post)]


def test_a_topic_that_is_heard() -> None:
    (post,) = told()
    assert f"`{TOPIC}`" in post.content
    assert "I hear" in post.content
    assert "abc123" not in post.content


def test_a_topic_that_is_not_says_what_to_do() -> None:
    (post,) = told(succeeded=False, code="not-confirmed", sentence="SNS refused; subscribe again @**all**")
    assert "`not-confirmed`" in post.content
    assert "`SNS refused; subscribe again @**all**`" in post.content
    assert "/hooks/cloud" in post.content


def test_other_errands_are_none_of_its_business() -> None:
    assert told(kind="sentry.details") == []
