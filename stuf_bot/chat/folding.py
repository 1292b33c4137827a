"""Many posts that wait for one topic, as one message: the newest in sight, the rest behind it, in order."""

from collections.abc import Sequence

from stuf_bot.acts import FilePart, Post
from stuf_bot.chat.content import closed, fit_content, mentions, plain
from stuf_bot.chat.files import named
from stuf_bot.chat.format import spoiler

FOLD_ABOVE = 10
"""So many posts may wait for one topic and still go out one by one."""
MOST = 500
"""So many go into one message."""

HEADING = "**{count} messages, folded:** {which} here, the others below in their order."
NEWEST = "the newest"
MOST_URGENT = "the newest of the most urgent"
TITLE = "The other {count}"
IN_FILE = "*(All {count} are in `messages.md` below.)*"
CUT = "*(Cut here: `messages.md` below has all of it.)*"
ALL = "messages.md"

_INLINE_LENGTH = 9_500
_SHOWN_LENGTH = 6_000


def folded(posts: Sequence[Post]) -> Post:
    """One post that says what these say, at most 10,000 characters with a file for more.

    Who is notified by any of them is notified by it. The same posts always give the same one.
    """
    said = [closed(plain(post.content)) for post in posts]
    urgent = min(post.lane for post in posts)
    shown = max(number for number, post in enumerate(posts) if post.lane == urgent)
    which = NEWEST if shown == len(posts) - 1 else MOST_URGENT
    heading = HEADING.format(count=len(posts), which=which)
    rest = "\n\n".join(one for number, one in enumerate(said) if number != shown)
    title = TITLE.format(count=len(posts) - 1)
    content = "\n\n".join([heading, said[shown], spoiler(title, rest)])
    lead = posts[0].model_copy(update={"lane": urgent})
    if len(content) <= _INLINE_LENGTH:
        return lead.model_copy(update={"content": content})
    beginning = fit_content(said[shown], _SHOWN_LENGTH, CUT)
    seen = mentions(beginning)
    unseen = [one for one in mentions("\n\n".join(said)) if one not in seen]
    content = "\n\n".join([heading, beginning, IN_FILE.format(count=len(posts)), *named(unseen)])
    file = FilePart(name=ALL, content="\n\n---\n\n".join(said).encode())
    return lead.model_copy(update={"content": content, "files": (file,)})
