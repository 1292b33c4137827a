"""Every event as one line of a table that can be counted, and the newest events of each issue in full."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sandbox.tables import Database

_HOUR: Final = 3600
_KEPT_PER_ISSUE: Final = 50
_TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS occurrence (
        project INTEGER, issue INTEGER, at REAL, level TEXT, environment TEXT, release TEXT, place TEXT,
        person TEXT, duration REAL, failed INTEGER)""",
    "CREATE INDEX IF NOT EXISTS occurrence_issue ON occurrence (issue, at)",
    "CREATE INDEX IF NOT EXISTS occurrence_project ON occurrence (project, at)",
    """CREATE TABLE IF NOT EXISTS event (
        project INTEGER, id TEXT, issue INTEGER, at REAL, body TEXT, PRIMARY KEY (project, id))""",
    "CREATE INDEX IF NOT EXISTS event_issue ON event (issue, at)",
)


@dataclass(frozen=True)
class Occurrence:
    """`issue` is None for a transaction, which has a `duration` in milliseconds; `place` is the transaction's name."""

    project: int
    issue: int | None
    at: float
    level: str
    environment: str
    release: str | None
    place: str
    person: str | None
    duration: float | None = None
    failed: bool = False


class Occurrences:
    """What came in, in the database of the embedded Sentry."""

    def __init__(self, database: Database) -> None:
        self._database = database
        for statement in _TABLES:
            database.query(statement)

    def add(self, one: Occurrence) -> None:
        """Count one event or transaction."""
        self._database.query(
            "INSERT INTO occurrence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                one.project,
                one.issue,
                one.at,
                one.level,
                one.environment,
                one.release,
                one.place,
                one.person,
                one.duration,
                int(one.failed),
            ),
        )

    def keep(self, project: int, issue: int, at: float, event: dict[str, Any]) -> None:
        """Keep the whole event; of each issue the newest few, and the first."""
        query = self._database.query
        values = (project, event["event_id"], issue, at, json.dumps(event))
        query("INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?)", values)
        query(
            "DELETE FROM event WHERE issue = ?1 AND rowid NOT IN"
            " (SELECT rowid FROM event WHERE issue = ?1 ORDER BY at DESC, rowid DESC LIMIT ?2)"
            " AND rowid <> (SELECT min(rowid) FROM event WHERE issue = ?1)",
            (issue, _KEPT_PER_ISSUE),
        )

    def seen(self, project: int, event: str) -> bool:
        """Whether this event was taken before."""
        return bool(
            self._database.query("SELECT 1 FROM event WHERE project = ? AND id = ?", (project, event))
        )

    def events(self, issue: int) -> list[dict[str, Any]]:
        """The events that are kept, newest first."""
        rows = self._database.query(
            "SELECT body FROM event WHERE issue = ? ORDER BY at DESC, rowid DESC", (issue,)
        )
        return [json.loads(body) for (body,) in rows]

    def people(self, issue: int) -> int:
        """How many users had events of the issue."""
        rows = self._database.query("SELECT count(DISTINCT person) FROM occurrence WHERE issue = ?", (issue,))
        return int(rows[0][0])

    def count(self, issue: int, since: float) -> int:
        """How many events of the issue came from `since` on."""
        rows = self._database.query(
            "SELECT count(*) FROM occurrence WHERE issue = ? AND at >= ?", (issue, since)
        )
        return int(rows[0][0])

    def people_since(self, issue: int, since: float) -> int:
        """How many users had events of the issue from `since` on."""
        rows = self._database.query(
            "SELECT count(DISTINCT person) FROM occurrence WHERE issue = ? AND at >= ?", (issue, since)
        )
        return int(rows[0][0])

    def hours(self, issue: int, now: float, hours: int = 24) -> list[list[int]]:
        """Pairs of a full hour and its number of events before `now`, the oldest hour first, the present one last."""
        last = int(now) // _HOUR * _HOUR
        first = last - (hours - 1) * _HOUR
        rows = self._database.query(
            "SELECT CAST(at / 3600 AS INTEGER) * 3600, count(*) FROM occurrence"
            " WHERE issue = ? AND at >= ? AND at <= ? GROUP BY 1",
            (issue, first, now),
        )
        counted = {int(hour): int(number) for hour, number in rows}
        return [[hour, counted.get(hour, 0)] for hour in range(first, last + _HOUR, _HOUR)]

    def between(
        self, projects: Sequence[int], start: float, end: float, *, transactions: bool
    ) -> list[dict[str, Any]]:
        """All lines of these projects from `start` to `end`, oldest first."""
        marks = ", ".join("?" * len(projects))
        kind = "NULL" if transactions else "NOT NULL"
        names = ("project", "issue", "at", "level", "environment", "release", "place", "person", "duration")
        rows = self._database.query(
            f"SELECT {', '.join(names)}, failed FROM occurrence"  # noqa: S608 - of fixed names and marks
            f" WHERE project IN ({marks}) AND at >= ? AND at <= ? AND issue IS {kind} ORDER BY at",
            (*projects, start, end),
        )
        return [dict(zip((*names, "failed"), row, strict=True)) for row in rows]

    def remove(self, project: int) -> None:
        """Forget all of a project."""
        for table in ("occurrence", "event"):
            self._database.query(f"DELETE FROM {table} WHERE project = ?", (project,))  # noqa: S608 - as above
