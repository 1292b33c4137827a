"""What a command costs is what its calls to Zulip cost; nobody in between polls."""

from typing import Any


def test_a_command_is_one_event_and_one_send(bot: Any, tess: Any, until: Any) -> None:
    until(lambda: not bot.waiting(), "nothing waits")
    calls: list[str] = []
    real = bot.api.call

    def call(path: str, method: str, request: Any, **options: Any) -> Any:
        answer = real(path, method, request, **options)
        calls.append(f"{method} {path}")
        return answer

    bot.api.call = call
    tess.direct("help")
    until(tess.reads_from_bot, "the answer")
    until(lambda: not bot.waiting(), "the answer is noted")
    assert [name for name in calls if name != "GET events"] == ["POST messages"]


def test_the_parts_wake_each_other(bot: Any, tess: Any, until: Any) -> None:
    """Not one of the waits between inbox, hall and sender has a time limit that could end it."""
    timed: list[Any] = []
    changed, wake = bot.hall._changed, bot.sender._wake
    real_changed, real_wake = changed.wait, wake.wait
    changed.wait = lambda timeout=None: timed.append(timeout) or real_changed(timeout)
    wake.wait = lambda timeout=None: timed.append(timeout) or real_wake(timeout)
    for number in range(5):
        tess.direct(f"number {number}")
        until(lambda number=number: len(tess.reads_from_bot()) == number + 1, "the answer")
    assert timed
    assert set(timed) == {None}
