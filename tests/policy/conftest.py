"""The bot's hall under other policies, as the tests of handlers have it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from talk import TESS, Talk, open_talk

from provisioning import progress
from provisioning.fleet import Failure
from stuf_bot.messages import Effect
from stuf_bot.policy import Policy, Way

CREATE = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""

Opened = Callable[..., Talk]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """A hall by the way in which something that destroys is confirmed; the same file each time, as after a restart."""
    halls: list[Talk] = []

    def another(way: Way | None = None, **stufs: Way) -> Talk:
        policy = Policy(
            {Effect.DESTROYS: way} if way else None,
            {slug.replace("_", "-"): {Effect.DESTROYS: each} for slug, each in stufs.items()},
        )
        talk = open_talk(tmp_path / "bot.sqlite", policy)
        if halls:
            talk.now, talk.last = halls[-1].now, halls[-1].last
        halls.append(talk)
        return talk

    yield another
    for talk in halls:
        talk.database.close()


@pytest.fixture
def with_stuf(opened: Opened) -> Opened:
    """The same, with the STUF `acme-audit` of Tess, whose making has failed so that it can be removed."""

    def another(way: Way | None = None, **stufs: Way) -> Talk:
        talk = opened(way, **stufs)
        talk.says(TESS, CREATE)
        talk.says(TESS, "confirm")
        with talk.database.session() as session:
            operation = talk.fleet.latest_operation(session, "acme-audit")
            failure = Failure(code="stack-refused", sentence="No.", log_tail=())
            progress.failed(session, operation.attempt_id, talk.now, failure)
        return talk

    return another
