"""`kill -9` at any moment of a conversation, again and again: everything is answered once."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.zulip import ZulipRealm

ECHO = Path(__file__).parent / "echo_process.py"
ROUNDS = 5


@pytest.mark.parametrize("seed", [1])
def test_killed_again_and_again(
    realm: ZulipRealm, tess: Any, database_url: str, until: Callable[..., Any], seed: int
) -> None:
    chance = random.Random(seed)
    account = realm.accounts["bot"]
    command = [sys.executable, str(ECHO), realm.url, account.email, account.api_key, database_url]
    said: list[str] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        return process

    for number in range(ROUNDS):
        process = start()
        for part in range(4):
            said.append(f"{number}.{part}")
            tess.direct(said[-1])
        # Not a wait for something: the moment of the kill is the chance.
        time.sleep(chance.random() * 0.15)
        process.kill()
        process.wait(20)
        said.append(f"{number}.absent")
        tess.direct(said[-1])
    process = start()
    try:
        logged = ("channel", "general"), ("topic", "log")
        until(lambda: len(tess.reads_from_bot(*logged)) >= len(said), "all is answered")
        until(
            lambda: tess.reads_from_bot(("topic", "card")) == [f"last heard: {said[-1]}"],
            "the card is current",
        )
        assert tess.reads_from_bot(("is", "dm")) == [f"heard: {text}" for text in said]
        assert tess.reads_from_bot(*logged) == [f"logged: {text}" for text in said]
    finally:
        process.kill()
        process.wait(20)
