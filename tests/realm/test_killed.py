"""`kill -9` at every step boundary of a provisioning: nothing is lost, nothing happens twice."""

import collections
import itertools
import signal
from pathlib import Path

import pytest
from short_realm import MortalBot, ShortRealm, block, said_directly, said_in, until

pytestmark = pytest.mark.realm
_numbers = itertools.count(1)

# A first life without a death passes all of these; `test_the_points_are_all_named` holds the list to it.
STEPS = ("begin", "read", "dispatch", "follow", "outputs", "participants", "end")
POINTS = [
    *(f"step {step}:{when}" for step in STEPS for when in ("before", "done", "after")),
    "report OperationChanged:before",
    "report OperationChanged:after",
    "report OperationEnded:before",
    "report OperationEnded:after",
    "deliver card:before",
    "deliver card:after",
    "deliver ensure_channel:after",
    "deliver post:after",
    "deliver resolve_topic:after",
    "hall:before",
    "hall:after",
]


def live(realm: ShortRealm, folder: Path, die_at: str, by: signal.Signals = signal.SIGKILL) -> MortalBot:
    """Create a STUF with a bot that dies at `die_at`, start it again, and see that all happened once."""
    slug = f"audit-{next(_numbers)}"
    realm.provisioned(slug)
    bot = MortalBot(realm.nursery, realm.conf(folder))
    try:
        _live(realm, bot, slug, die_at, by)
    finally:
        # Else it would go on answering beside the next test's.
        if not bot.dead:
            bot.end(signal.SIGKILL)
    return bot


def _live(realm: ShortRealm, bot: MortalBot, slug: str, die_at: str, by: signal.Signals) -> None:
    tess = realm.client("tess")
    bot_id, tess_id = realm.zulip.accounts["bot"].user_id, realm.zulip.accounts["tess"].user_id
    before = len(said_directly(tess, tess_id, bot_id))
    runs_before = len(realm.runs())

    def direct() -> list[str]:
        return [message["content"] for message in said_directly(tess, tess_id, bot_id)[before:]]

    def say(text: str) -> None:
        answer = tess.send_message({"type": "direct", "to": [bot_id], "content": text})
        assert answer["result"] == "success", answer

    bot.start()
    until(lambda: bot.points.exists() and "up\n" in bot.points.read_text(), what="the bot's start")
    say(block(slug))
    until(lambda: any("Plan: create" in text for text in direct()), what="the plan")
    assert bot.end() == 0
    # The word waits while the bot is away; in its next life it dies in the middle.
    say("confirm")
    bot.points.write_text("")
    bot.start(die_at, by)
    if die_at:
        until(lambda: bot.dead, what=f"the death at {die_at}")
        assert bot.exit_code == (0 if by is signal.SIGTERM else -by)
        bot.points.write_text("")
        bot.start()
    until(lambda: "up\n" in bot.points.read_text(), what="the last life")
    until(lambda: any("is **ready**" in text for text in direct()), what="ready")
    channel = f"stuf-{slug}"
    until(
        lambda: any(m["subject"].startswith("✔") for m in said_in(tess, channel, bot_id)),
        what="the resolved topic",
    )
    assert bot.end() == 0
    assert "Traceback" not in bot.log, bot.log[bot.log.index("Traceback") :]
    assert len(realm.runs()) - runs_before == 1
    counts = collections.Counter(direct())
    assert all(count == 1 for count in counts.values()), counts
    posts = said_in(tess, channel, bot_id)
    assert len([m for m in posts if m["content"].startswith("**Provision")]) == 1
    assert len([m for m in posts if "is **ready**" in m["content"]]) == 1
    assert "✅ done" in posts[0]["content"]
    users = realm.aws.client("s3", region_name="eu-west-1").list_objects_v2(
        Bucket=f"{slug}-files", Prefix="users/"
    )
    assert users["KeyCount"] == 1


def test_the_points_are_all_named(short_realm: ShortRealm, tmp_path: Path) -> None:
    bot = live(short_realm, tmp_path / "bot", "")
    passed = set(bot.points.read_text().splitlines())
    steps = {name for name in passed if name.startswith("step ")}
    assert steps == {f"step {step}:{when}" for step in STEPS for when in ("before", "done", "after")}
    assert set(POINTS) <= passed


# What dies inside a step is the hardest, and is tried each time; the edges, of which one ends where the next
# begins, at length.
_AT_LENGTH = {
    *(f"step {step}:before" for step in STEPS if step != "dispatch"),
    *(f"step {step}:after" for step in ("begin", "read", "follow", "outputs")),
    "report OperationChanged:before",
    "deliver card:before",
    "hall:before",
}


@pytest.mark.parametrize(
    "point",
    [pytest.param(point, marks=pytest.mark.slow) if point in _AT_LENGTH else point for point in POINTS],
)
def test_killed_and_started_again(short_realm: ShortRealm, tmp_path: Path, point: str) -> None:
    live(short_realm, tmp_path / "bot", point)


@pytest.mark.parametrize("point", ["step dispatch:done", "step follow:before", "step participants:before"])
def test_asked_to_end_in_the_middle_it_ends_in_good_order(
    short_realm: ShortRealm, tmp_path: Path, point: str
) -> None:
    live(short_realm, tmp_path / "bot", point, signal.SIGTERM)
