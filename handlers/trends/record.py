"""What is remembered of a STUF's trends: the last values, and of each measure its threshold and its anomaly."""

from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from provisioning.trends import USUAL, Measure, Series
from stuf_bot.relays import Objects

PREFIX: Final = "trend:"
_PLACES: Final = 2


class Watch(BaseModel):
    """One measure of one STUF. `number` counts its anomalies; `since` is when the one that is open began."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    threshold: float = USUAL
    number: int = 0
    since: datetime | None = None
    judged: datetime | None = None
    calm: int = 0
    """How many usual hours there were since the last unusual one."""
    false_alarms: int = 0
    marked: int = 0
    """The last anomaly that was marked as a false alarm."""

    def changed(self, **values: object) -> "Watch":
        """The same with other values."""
        return self.model_copy(update=values)


def key_of(slug: str, measure: Measure) -> str:
    """The key of a measure's object and topic."""
    return f"{PREFIX}{slug}:{measure}"


def measure_of(key: str) -> Measure | None:
    """The measure whose object or topic has this key."""
    name = key.rpartition(":")[2]
    return Measure(name) if key.startswith(PREFIX) and name in set(Measure) else None


def watch(session: Session, objects: Objects, slug: str, measure: Measure) -> Watch:
    """How a measure is watched."""
    return Watch.model_validate(objects.read(session, key_of(slug, measure)) or {})


def keep(session: Session, objects: Objects, slug: str, measure: Measure, now: Watch) -> None:
    """Remember it."""
    objects.keep(session, key_of(slug, measure), slug, now.model_dump(mode="json"))


def keep_series(session: Session, objects: Objects, slug: str, found: list[Series]) -> None:
    """Remember the last values of a STUF, in place of the former ones."""
    facts = {one.measure.value: dumped(one) for one in found}
    objects.keep(session, f"trends:{slug}", slug, facts)


def all_series(session: Session, objects: Objects, slug: str) -> list[Series]:
    """The last values of a STUF, by measure; empty where there are none yet."""
    facts = objects.read(session, f"trends:{slug}") or {}
    return [loaded(measure, facts[measure.value]) for measure in Measure if measure.value in facts]


def dumped(series: Series) -> dict[str, Any]:
    """Its values as plain JSON, rounded."""
    values = [None if value is None else round(value, _PLACES) for value in series.values]
    return {"until": series.until.isoformat(), "values": values}


def loaded(measure: Measure, facts: dict[str, Any]) -> Series:
    """From plain JSON."""
    return Series(measure, datetime.fromisoformat(facts["until"]), tuple(facts["values"]))
