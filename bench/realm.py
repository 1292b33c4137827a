"""A Zulip of its own for what is measured in milliseconds: a process with nothing beside it.

`python -m bench.realm FOLDER LIMIT` serves until its input ends, after writing its address and one
zuliprc for each account into FOLDER. LIMIT is the realm's calls a minute for each account.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.zulip import ZulipRealm

ROOT = Path(__file__).resolve().parents[1]
REAL_LIMIT = 200
"""What Zulip allows out of the box, in calls a minute."""
NO_LIMIT = 1_000_000
_NOTE = "realm.json"
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Small:
    """A realm that answers: the folder with the files of its accounts, and the bot's user id."""

    folder: Path
    bot_id: int

    def zuliprc(self, name: str) -> Path:
        """The account of `ada`, `tess`, `omar`, `pat` or `bot`."""
        return self.folder / f"{name}.zuliprc"


@contextlib.contextmanager
def small(folder: Path, limit: int = NO_LIMIT) -> Iterator[Small]:
    """Run a realm that allows `limit` calls a minute; its files lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "bench.realm", str(folder), str(limit)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("the realm has no pipes")
    try:
        if not process.stdout.readline():
            raise RuntimeError("the realm did not start")
        yield Small(folder, **json.loads((folder / _NOTE).read_text()))
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(_STOP_SECONDS)


def main(folder: Path, limit: int) -> None:
    """Serve until the input ends."""
    realm = ZulipRealm(folder / "zulip", rate_limit=limit)
    realm.start()
    for name, account in realm.accounts.items():
        (folder / f"{name}.zuliprc").write_text(realm.zuliprc(name))
        if name == "bot":
            (folder / _NOTE).write_text(json.dumps({"bot_id": account.user_id}))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    realm.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
