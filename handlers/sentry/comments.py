"""What people write about an issue in Sentry, told in its topic, once; what the bot wrote there is not."""

from handlers.sentry.accounts import named
from handlers.sentry.desk import Desk
from handlers.sentry.reading import Comment
from handlers.sentry.wording import Who, clean
from stuf_bot.acts import Act
from stuf_bot.chat.outside import block
from stuf_bot.relays import News

COMMENTED = "💬 {who} in Sentry:\n{text}"
_LONGEST = 1500


def heard(desk: Desk, comment: Comment) -> list[Act]:
    """Tell a comment on a known issue, unless it is told already, or the bot wrote it."""
    record = desk.read(comment.issue)
    if record is None or record.is_measured or comment.id in record.heard or record.is_ours(comment.text):
        return []
    record = record.has_heard(comment.id)
    desk.keep(record)
    by = Who(comment.by_id, comment.by_name)
    who = named(desk.session, desk.people, by)
    text = clean(comment.text)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    news = News(f"comment:{comment.id}", COMMENTED.format(who=who, text=block(text)))
    return desk.relay(record, news=(news,), kind="comments", by=by)
