"""Finds the bot's own mention in a message."""

import re

from stuf_bot.places import Person


def without_mention(content: str, bot: Person) -> tuple[str, bool]:
    """The text without the bot's mentions, and whether there was one.

    Zulip writes `@**Name**` or, where names collide, `@**Name|id**`; `@**|id**` works as well.
    """
    name = re.escape(bot.name)
    pattern = re.compile(rf"@\*\*(?:{name}(?:\|{bot.user_id})?|\|{bot.user_id})\*\*[:,]?[ \t]*")
    text, count = pattern.subn("", content)
    return text.strip(), count > 0
