"""A reaction that is taken back and made again is heard again."""

from typing import Any

from sandbox.zulip import ZulipRealm
from stuf_bot.acts import Post
from stuf_bot.places import Direct, Topic


def test_a_reaction_that_is_taken_back_and_made_again_is_heard_again(bot: Any, tess: Any, until: Any) -> None:
    bot.put(Post(to=Topic(channel="stuf-admin", topic="plan"), content="confirm?", key="plan"))
    plan = until(lambda: bot.message_id("plan"), "the plan")
    for times in range(1, 4):
        tess.react(plan, "thumbs_up")
        until(
            lambda times=times: tess.reads_from_bot(("is", "dm")) == ["saw thumbs_up"] * times,
            "an answer each time",
        )
        tess.call(f"messages/{plan}/reactions", "DELETE", emoji_name="thumbs_up")
    assert len(bot.handled) == 3


def test_a_reaction_that_went_wrong_can_be_made_again(
    realm: ZulipRealm, make_bot: Any, tess: Any, until: Any
) -> None:
    def fails(_event: Any, _session: Any) -> Any:
        raise ValueError

    def apologise(event: Any, _error: Exception, _reference: str) -> list[Post]:
        return [Post(to=Direct(user_ids=(event.user_id,)), content="went wrong")]

    bot = make_bot(realm, fails, on_error=apologise)
    bot.start()
    bot.put(Post(to=Topic(channel="stuf-admin", topic="plan"), content="confirm?", key="plan"))
    plan = until(lambda: bot.message_id("plan"), "the plan")
    for times in range(1, 3):
        tess.react(plan, "thumbs_up")
        until(lambda times=times: tess.reads_from_bot(("is", "dm")) == ["went wrong"] * times, "an apology")
        tess.call(f"messages/{plan}/reactions", "DELETE", emoji_name="thumbs_up")
