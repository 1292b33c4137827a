"""A STUF whose measures come in by the hour."""

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "handlers"))

from talk import TESS, Talk, open_talk

from provisioning.models import AwsStorage, StufSpec
from provisioning.trends import WEEK_HOURS
from stuf_bot.messages import ErrandEnded

SLUG = "acme-audit"


class Watched:
    """The conversation, and what Sentry tells."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.hour = talk.now.replace(minute=0, second=0, microsecond=0)
        self.errors: list[float | None] = [2.0] * (6 * WEEK_HOURS)
        self._number = 0
        with talk.database.session() as session:
            spec = StufSpec(slug=SLUG, name="Acme", storage=AwsStorage(region="eu-west-1"))
            talk.fleet.create(
                session, spec, owner_id=TESS, owner_name="Tess", channel=f"stuf-{SLUG}", participants=()
            )

    def passes(self, errors: float | None, **others: float) -> str:
        """One more hour, with so many errors; the texts of what is posted about it."""
        self.hour += timedelta(hours=1)
        self.talk.now += timedelta(hours=1)
        self.errors = [*self.errors[1:], errors]
        measures = {"errors": self.errors, **{name: [value] * 10 for name, value in others.items()}}
        return self.hears({SLUG: {name: self._series(values) for name, values in measures.items()}})

    def hears(self, series: dict[str, Any]) -> str:
        """What Sentry answers."""
        self._number += 1
        ended = ErrandEnded(
            number=self._number,
            kind="sentry.trends",
            errand=f"{self._number}",
            within="trends",
            payload={},
            succeeded=True,
            result={"until": self.hour.isoformat(), "series": series},
        )
        return self.talk.hears(ended)

    def _series(self, values: list[float | None]) -> list[list[Any]]:
        first = self.hour - timedelta(hours=len(values))
        return [
            [int((first + timedelta(hours=number)).timestamp()), value] for number, value in enumerate(values)
        ]

    @property
    def until(self) -> datetime:
        """The end of the last hour."""
        return self.hour


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    talk = open_talk(tmp_path / "bot.sqlite")
    yield Watched(talk)
    talk.database.close()
