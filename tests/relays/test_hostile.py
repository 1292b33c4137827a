"""What others wrote, and what people type, does nothing in what is shown of relays."""

import random
from collections.abc import Iterator

import pytest
from hostile import HOSTILE, SENTINEL
from seen import see
from talk import TESS, Talk

from sandbox.zulip import seed
from sandbox.zulip.content import clean_content
from sandbox.zulip.markdown import render
from sandbox.zulip.queues import EventQueues
from sandbox.zulip.world import World
from stuf_bot.acts import Card, Post
from stuf_bot.places import Topic
from stuf_bot.relays import News, Relay, Relays, Subject, book
from stuf_bot.relays.hours import Quiet

TEXTS = random.Random(20261124).sample(HOSTILE, 5)
TYPED = (
    "relays acme-audit mute {}",
    "relays acme-audit mute branch:{}",
    "relays acme-audit mute checks until {}",
    "relays acme-audit unmute {}",
    "relays acme-audit quiet {}",
    "relays acme-audit quiet 22:00-07:00 {}",
    "relays acme-audit batch {}",
    "relays acme-audit channel {}",
    "relays acme-audit {}",
    "relays {}",
    "me github {}",
    "me sentry {}",
    "me github octo {}",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A realm in memory, to render with."""
    world = World(tmp_path_factory.mktemp("realm"), lambda: 0.0, EventQueues(lambda: 0.0, 50, 600))
    seed.seed_demo(world)
    seed.add_channel(world, "stuf-acme-audit", "", [])
    yield world
    world.store.close()


@pytest.mark.parametrize("text", TEXTS)
def test_nothing_of_it_mentions_links_or_breaks_out(talk: Talk, world: World, text: str) -> None:
    said = [talk.says(TESS, line.format(text)) for line in TYPED]
    said.append(talk.says(TESS, "relays acme-audit"))
    relays = Relays(lambda _session, slug: f"stuf-{slug}", "stuf-admin")
    with talk.database.session() as session:
        book.forget(session, "acme-audit")
        book.set_quiet(session, "acme-audit", Quiet(8 * 60, 10 * 60, "UTC"))
    for number in (1, 2):
        about = Subject(f"k{number}", "acme-audit", f"{number} {text}", text)
        relay = Relay(
            about,
            "checks",
            status=text,
            branch=text,
            environment=text,
            actor=text,
            card="c",
            news=(News("n", "x"),),
        )
        with talk.database.session() as session:
            relays.say(session, relay, talk.now)
    with talk.database.session() as session:
        acts = relays.release(session, talk.now.replace(hour=11))
        place = Topic(channel="stuf-acme-audit", topic=next(a.to.topic for a in acts if isinstance(a, Card)))  # type: ignore[union-attr]
    said += [act.content for act in acts if isinstance(act, Post)]
    said += [talk.says(TESS, f"@**STUF Bot** {word}", place) for word in ("why", "mute")]
    for content in said:
        shown = see(render(world, clean_content(content)).html)
        assert shown.called == set(), content
        assert SENTINEL not in shown.prose, content
        assert not [link for link in shown.links if not link.startswith("/#narrow/")], content
    assert "`checks`" in said[-2]
