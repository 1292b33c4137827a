"""Ten thousand posts at once, within what Zulip allows, and somebody who asks something meanwhile."""

import time
from pathlib import Path

from sqlalchemy import func, select

from bench import answerer
from bench.figures import Figure, figure
from bench.realm import REAL_LIMIT, small
from bench.round_trip import Asker
from stuf_bot import configuration
from stuf_bot.acts import Lane, Post
from stuf_bot.bootstrap import App, build
from stuf_bot.cli import say
from stuf_bot.places import Topic
from stuf_bot.store.tables import PostedRow

_MANY = 10_000
_TOPICS = 40
_ASK_SECONDS = 2.0
_PATIENCE_SECONDS = 180.0
_URGENT_LIMIT = 2.0
_STORED_LIMIT = 30.0
_CAUSE = "burst"


def measure(folder: Path) -> list[Figure]:
    """Seconds to store and to send them all, how many messages they became, and the longest urgent wait."""
    with small(folder, limit=REAL_LIMIT) as realm:
        app = build(configuration.load(configuration.usual(answerer.configuration(realm)[0])))
        app.start()
        try:
            asker = Asker(realm.zuliprc("tess"), realm.bot_id)
            asker.ask("help")
            begin = time.monotonic()
            _put(app)
            stored = time.monotonic() - begin
            say(f"burst: {_MANY} posts are stored after {stored:.1f} s")
            waits = _ask_until_sent(app, asker)
            sent = time.monotonic() - begin
            messages = _messages(app)
        finally:
            app.stop()
            app.wait()
    say(
        f"burst: all sent after {sent:.1f} s as {messages} messages; an answer took {max(waits):.2f} s at most"
    )
    return [
        figure("burst_stored", stored, "s", _STORED_LIMIT),
        figure("burst_drained", sent, "s", 60.0 * _MANY / REAL_LIMIT),
        figure("burst_messages", messages, "messages", _MANY),
        figure("urgent_wait", max(waits), "s", _URGENT_LIMIT),
    ]


def _put(app: App) -> None:
    """All in one transaction, as one handler may."""
    with app.database.session() as session:
        for number in range(_MANY):
            post = Post(
                to=Topic(channel="general", topic=f"repository {number % _TOPICS}"),
                content=f"Commit {number:05}: somebody changed something that somebody else may want to know of.",
                lane=Lane.REPOSITORY,
            )
            app.outbox.put(session, post, _CAUSE, number)


def _ask_until_sent(app: App, asker: Asker) -> list[float]:
    """Ask something every two seconds until nothing waits any more; gives how long the answers took."""
    until = time.monotonic() + _PATIENCE_SECONDS
    waits = [asker.ask("help")]
    while _waiting(app):
        if time.monotonic() > until:
            raise TimeoutError(f"not all was sent after {_PATIENCE_SECONDS:g} s")
        time.sleep(_ASK_SECONDS)
        waits.append(asker.ask("help"))
    return waits


def _waiting(app: App) -> int:
    with app.database.reading() as session:
        return app.outbox.waiting(session)


def _messages(app: App) -> int:
    with app.database.reading() as session:
        ours = select(func.count()).where(PostedRow.key.startswith(f"{_CAUSE}#"))
        return session.scalar(ours) or 0
