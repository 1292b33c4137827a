"""The realm's memory on disk: one SQLite table of JSON documents, written behind the objects in memory."""

import sqlite3
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

Record = TypeVar("Record", bound=BaseModel)


class Store:
    """Documents by kind and id. Changes are kept until `commit`, which writes them in one transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed: dict[tuple[str, int | str], BaseModel | None] = {}
        self.open()

    def open(self) -> None:
        """Take hold of the file, also again after `close`."""
        # The realm is built in one thread and served in another, never in both at once.
        self._db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS document (kind TEXT, id, body TEXT NOT NULL, PRIMARY KEY (kind, id))",
        )

    def load(self, record: type[Record]) -> list[Record]:
        """All documents of one kind, in the order of their ids."""
        rows = self._db.execute("SELECT body FROM document WHERE kind = ? ORDER BY id", (record.__name__,))
        return [record.model_validate_json(body) for (body,) in rows]

    def put(self, record: BaseModel, key: int | str) -> None:
        """Remember to write this document."""
        self._changed[type(record).__name__, key] = record

    def drop(self, record: BaseModel, key: int | str) -> None:
        """Remember to delete this document."""
        self._changed[type(record).__name__, key] = None

    def commit(self) -> None:
        """Write everything that changed."""
        if not self._changed:
            return
        self._db.execute("BEGIN")
        for (kind, key), record in self._changed.items():
            if record is None:
                self._db.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, key))
            else:
                self._db.execute(
                    "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body",
                    (kind, key, record.model_dump_json()),
                )
        self._db.execute("COMMIT")
        self._changed.clear()

    def close(self) -> None:
        """Write what is left and let go of the file."""
        self.commit()
        self._db.close()
