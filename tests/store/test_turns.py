"""Who has the next turn to write."""

import threading

import pytest

from stuf_bot.store.turns import Turns

SECONDS = 20.0


def test_who_is_first_passes_those_who_wait() -> None:
    turns = Turns()
    order: list[str] = []

    def write(name: str, *, first: bool) -> None:
        with turns.turn(first=first):
            order.append(name)

    threads: list[threading.Thread] = []
    pause = threading.Event()
    with turns.turn():
        for name, first in [(f"other {number}", False) for number in range(5)] + [("a", True), ("b", True)]:
            threads.append(threading.Thread(target=write, args=(name,), kwargs={"first": first}))
            threads[-1].start()
        while turns.waiting() != (2, 5):
            pause.wait(0.001)
        assert order == []
    for thread in threads:
        thread.join(SECONDS)
    assert set(order[:2]) == {"a", "b"}
    assert sorted(order[2:]) == [f"other {number}" for number in range(5)]


def test_one_at_a_time_and_none_is_left_waiting() -> None:
    turns, inside, most = Turns(), [0], [0]

    def write(*, first: bool) -> None:
        for _ in range(200):
            with turns.turn(first=first):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1

    threads = [threading.Thread(target=write, kwargs={"first": number % 3 == 0}) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert most == [1]
    assert turns.waiting() == (0, 0)


def test_a_turn_ends_with_an_error() -> None:
    turns = Turns()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), turns.turn():
            _ = 1 // 0
