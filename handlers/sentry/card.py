"""The card of an issue: what it is, how it stands, how much it matters, and what to type."""

from handlers.sentry.deploys import Deployed
from handlers.sentry.priority import Priority
from handlers.sentry.record import Record
from handlers.sentry.spark import spark
from handlers.sentry.wording import counted, state
from provisioning.sentry.models import Frame
from stuf_bot.chat.format import duration, moment, spoiler
from stuf_bot.chat.outside import block, inline, link

HEAD = "{label} {title}"
WHERE = "in {culprit}"
SEEN = "First seen {first}, last {last}"
EVENTS = "Events in 24 h: {spark} **{events}** · {people}"
EVENTS_ONLY = "Events: **{events}** · {people}"
PRIORITY = "Priority **{level}**: {reason}"
BY_SENTRY = " (Sentry says {level})"
ASSIGNED = "Assigned to {who}"
TEAM = "the team {name}"
AFTER = "⚠️ First seen {gap} after {what}. `errors {stuf} since deploy` lists what else came with it. {next}"
FRAMES = "Where in our code (the innermost first)"
NEXT = "Type here `comment …`, or with {bot} before it: `assign @…`, `resolve`, `archive until escalating`, `chart`."
GONE = "🗑️ no longer in Sentry"
CLOSED = "Type {bot} `unresolve` to open it again."
_TITLE, _CULPRIT = 180, 120


def card(record: Record, rank: Priority, *, who: str, deployed: Deployed | None, bot: str) -> str:
    """The text. `who` is whom it is assigned to, as safe Markdown, or empty; `bot` how the bot is addressed."""
    issue = record.issue
    lines = [HEAD.format(label=inline(record.name, 60), title=inline(issue.title, _TITLE))]
    facts = [GONE if record.gone else state(issue), inline(issue.level, 20)]
    if issue.culprit:
        facts.append(WHERE.format(culprit=inline(issue.culprit, _CULPRIT)))
    if record.stuf:
        facts.append(f"STUF `{record.stuf}`")
    if release := _release(record):
        facts.append(release)
    if record.environment:
        facts.append(inline(record.environment, 40))
    lines.append(" · ".join(facts))
    if issue.first_seen and issue.last_seen:
        lines.append(SEEN.format(first=moment(issue.first_seen), last=moment(issue.last_seen)))
    lines += [_counts(record), _priority(record, rank)]
    if who:
        lines.append(ASSIGNED.format(who=who))
    if deployed and issue.first_seen:
        gap = duration((issue.first_seen - deployed.at).total_seconds())
        lines.append(AFTER.format(gap=gap, what=deployed.what, stuf=record.stuf, next=deployed.next))
    text = "  \n".join(lines)
    if record.frames:
        text += "\n" + spoiler(FRAMES, block(_frames(record.frames), "text"))
    following = [link("Open in Sentry", issue.link)] if issue.link else []
    if not record.gone:
        following.append(NEXT.format(bot=bot) if issue.status == "unresolved" else CLOSED.format(bot=bot))
    return f"{text}\n{' · '.join(following)}"


def _counts(record: Record) -> str:
    people = counted(record.people, "person affected", "people affected")
    if not record.issue.hours:
        return EVENTS_ONLY.format(events=f"{record.issue.count:,}", people=people)
    bars = spark(record.issue.hours)
    return EVENTS.format(spark=bars, events=f"{record.events:,}", people=people)


def _priority(record: Record, rank: Priority) -> str:
    said = record.issue.priority
    line = PRIORITY.format(level=rank.level, reason=rank.reason)
    return line + (BY_SENTRY.format(level=inline(said, 20)) if said and said != rank.level else "")


def _release(record: Record) -> str:
    issue = record.issue
    first, last = issue.first_release or record.release, issue.last_release or record.release
    if not first and not last:
        return ""
    if first == last or not last or not first:
        return f"release {inline(first or last, 60)}"
    return f"releases {inline(first, 60)} to {inline(last, 60)}"


def _frames(frames: tuple[Frame, ...]) -> str:
    return "\n".join(line for frame in frames for line in _frame(frame))


def _frame(frame: Frame) -> list[str]:
    place = frame.file or frame.module
    where = f"{place}:{frame.line}" if frame.line else place
    lines = [f"{where} in {frame.function}" if frame.function else where]
    return [*lines, f"    {frame.code.strip()}"] if frame.code.strip() else lines
