"""Keeps records in memory and writes each through to SQLite, so that a restart finds them again."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

R = TypeVar("R", bound="Record")


class Record(BaseModel):
    """One stored thing; `id` is unique among its kind. Records are replaced, never changed."""

    model_config = ConfigDict(frozen=True)
    id: int


class Table(Generic[R]):
    """All records of one kind, in the order of their ids."""

    def __init__(self, database: "Database", kind: type[R]) -> None:
        self._database = database
        self._kind = kind
        self._rows: dict[int, R] = {
            row.id: row for row in map(kind.model_validate_json, database.load(kind.__name__))
        }

    def __iter__(self) -> Iterator[R]:
        with self._database.lock:
            return iter(list(self._rows.values()))

    def get(self, number: int) -> R | None:
        return self._rows.get(number)

    def __getitem__(self, number: int) -> R:
        return self._rows[number]

    def add(self, **fields: Any) -> R:
        """Store a new record under the next free id (or the `id` given)."""
        with self._database.lock:
            number = fields.pop("id", None) or self._database.next_id(self._kind.__name__)
            return self._keep(self._kind(id=number, **fields))

    def change(self, number: int, **fields: Any) -> R:
        """Replace some fields. Raises KeyError when the record is gone."""
        with self._database.lock:
            return self._keep(self._rows[number].model_copy(update=fields))

    def remove(self, number: int) -> None:
        with self._database.lock:
            if self._rows.pop(number, None) is not None:
                self._database.delete(self._kind.__name__, number)

    def find(self, wanted: Callable[[R], bool]) -> R | None:
        return next((row for row in self if wanted(row)), None)

    def where(self, **fields: Any) -> list[R]:
        """The records whose fields all have these values."""
        return [row for row in self if all(getattr(row, key) == value for key, value in fields.items())]

    def _keep(self, row: R) -> R:
        self._rows[row.id] = row
        self._database.save(self._kind.__name__, row.id, row.model_dump_json())
        return row


class Database:
    """One SQLite file; safe to use from several threads. `first` is the first id of a kind."""

    def __init__(self, path: Path, first: Mapping[str, int]) -> None:
        self.lock = threading.RLock()
        self._first = first
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS record"
            " (kind TEXT, id INTEGER, body TEXT NOT NULL, PRIMARY KEY (kind, id))"
        )
        self._connection.execute("CREATE TABLE IF NOT EXISTS counter (kind TEXT PRIMARY KEY, last INTEGER)")

    def load(self, kind: str) -> list[str]:
        rows = self._connection.execute("SELECT body FROM record WHERE kind = ? ORDER BY id", (kind,))
        return [body for (body,) in rows]

    def save(self, kind: str, number: int, body: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?)", (kind, number, body))

    def delete(self, kind: str, number: int) -> None:
        self._connection.execute("DELETE FROM record WHERE kind = ? AND id = ?", (kind, number))

    def next_id(self, kind: str) -> int:
        """Ids only ever rise, also across restarts and after deletions."""
        first = self._first.get(kind, 1_000_001)
        row = self._connection.execute(
            "INSERT INTO counter VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET last = last + 1 RETURNING last",
            (kind, first),
        ).fetchone()
        return int(row[0])

    def query(self, statement: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement on tables of a part's own; the rows that it gives."""
        with self.lock:
            return self._connection.execute(statement, values).fetchall()

    def close(self) -> None:
        with self.lock:
            self._connection.close()
