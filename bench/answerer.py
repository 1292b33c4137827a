"""Who answers on a small realm: the bot, a bare echo loop, or the runner of zulip-bots."""

import contextlib
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from bench.realm import ROOT, Small
from sandbox import botconf
from stuf_bot.cli import say
from stuf_bot.cli._bot import BotProcess

_SETTLE_SECONDS = 2.0


def configuration(
    realm: Small, more: Mapping[str, Mapping[str, object]] = MappingProxyType({})
) -> tuple[Path, str]:
    """Write the bot.conf of a bot on this realm, with `more` settings; gives it and the address of its web door."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    conf = realm.folder / "bot.conf"
    sections: dict[str, dict[str, object]] = {
        "stuf_bot": {"admin_channel": "stuf-admin", "database_url": f"sqlite:///{database(realm)}"},
        "zulip": {"zuliprc": realm.zuliprc("bot")},
        "web": {"port": port},
        # Nothing is provisioned here.
        "github": {"control_repository": "acme/control", "token": "none", "url": "http://127.0.0.1:9"},
    }
    for name, settings in more.items():
        sections[name] = sections.get(name, {}) | dict(settings)
    conf.write_text(botconf.render(sections))
    return conf, f"http://127.0.0.1:{port}"


def database(realm: Small) -> Path:
    """The bot's database on this realm."""
    return realm.folder / "bot.sqlite"


@contextlib.contextmanager
def bot(realm: Small) -> Iterator[int]:
    """The bot, ready to answer; gives its process id."""
    conf, url = configuration(realm)
    process = BotProcess(conf, url, realm.folder / "bot.log", say)
    process.start()
    try:
        yield process.pid
    finally:
        process.stop()


@contextlib.contextmanager
def echo(realm: Small) -> Iterator[int]:
    """A loop on the official client that sends back what it gets."""
    with _process([sys.executable, "-m", "bench.echo", str(realm.zuliprc("bot"))]) as number:
        yield number


@contextlib.contextmanager
def helloworld(realm: Small) -> Iterator[int]:
    """zulip-bots' own runner with the bot that it comes with."""
    runner = Path(sysconfig.get_path("scripts")) / "zulip-run-bot"
    with _process([str(runner), "helloworld", "--config-file", str(realm.zuliprc("bot"))]) as number:
        yield number


@contextlib.contextmanager
def _process(command: list[str]) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        time.sleep(_SETTLE_SECONDS)  # It has to have its event queue before it is written to.
        yield process.pid
    finally:
        process.kill()
        process.wait()
