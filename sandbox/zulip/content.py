"""What may stand in a message and in a topic: Zulip's limits and its words for breaking them."""

import unicodedata

from sandbox.zulip.errors import Refused

CONTENT_LIMIT = 10_000
TOPIC_LIMIT = 60
_RENDERED_LIMIT = 100 * CONTENT_LIMIT
# A real server gives up after five seconds, which thousands of emoji take it.
_MARKS_LIMIT = 5_000
_CUT = "\n[message truncated]"
_NONCHARACTERS = {"\ufffe", "\uffff"}


def clean_content(content: str) -> str:
    """Content as it is stored: trimmed, and cut silently at the limit. Raises Refused."""
    content = content.rstrip().lstrip("\n")
    if not content:
        raise Refused("Message must not be empty")
    if "\0" in content:
        raise Refused("Message must not contain null bytes")
    return cut_content(content)


def cut_content(content: str) -> str:
    """At most 10,000 characters; what is longer ends in a note that says so."""
    return content if len(content) <= CONTENT_LIMIT else content[: CONTENT_LIMIT - len(_CUT)] + _CUT


def check_rendered(html: str) -> None:
    """Raises Refused where the HTML has grown out of proportion, or would have taken Zulip too long."""
    if len(html) > _RENDERED_LIMIT or html.count("<span") > _MARKS_LIMIT:
        raise Refused("Unable to render message")


def clean_topic(topic: str) -> str:
    """A topic as it is stored: trimmed, and cut at 60 characters. Raises Refused."""
    topic = topic.strip()
    if not topic:
        raise Refused("Topic can't be empty!")
    for position, character in enumerate(topic, start=1):
        if unicodedata.category(character) in {"Cc", "Cs"} or character in _NONCHARACTERS:
            raise Refused(f"Invalid character in topic, at position {position}!")
    return topic if len(topic) <= TOPIC_LIMIT else topic[: TOPIC_LIMIT - 3] + "..."
