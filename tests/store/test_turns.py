"""Who has the next turn to write."""

import threading

import pytest

from stuf_bot.store.turns import Turns

SECONDS = 20.0


def wait_in_line(turns: Turns, names: list[str], order: list[str]) -> list[threading.Thread]:
    """Let them wait, one after the other; those in capitals are first."""
    threads = []
    for number, name in enumerate(names):

        def write(name: str = name) -> None:
            with turns.turn(first=name.isupper()):
                order.append(name)

        threads.append(threading.Thread(target=write))
        threads[-1].start()
        while sum(turns.waiting()) <= number:
            threading.Event().wait(0.001)
    return threads


def test_turns_are_had_in_order_and_who_is_first_passes_the_others() -> None:
    turns = Turns()
    order: list[str] = []
    with turns.turn():
        threads = wait_in_line(turns, ["a", "b", "c", "X", "Y", "d"], order)
        assert order == []
    for thread in threads:
        thread.join(SECONDS)
    assert order == ["X", "a", "Y", "b", "c", "d"]


def test_who_comes_back_at_once_waits_behind_the_others() -> None:
    turns = Turns()
    order: list[str] = []
    with turns.turn():
        threads = wait_in_line(turns, ["a"], order)
    with turns.turn():
        order.append("again")
    for thread in threads:
        thread.join(SECONDS)
    assert order == ["a", "again"]


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
