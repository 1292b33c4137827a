"""A STUF's project in Sentry, made step by step, and removed; whatever is done already is left as it is."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from provisioning.models import SentryConfig, StufOutputs
from provisioning.sentry import kept
from provisioning.sentry.alerts import ALERTS_VERSION
from provisioning.sentry.http import SentryRefused
from provisioning.sentry.kept import SentryProject
from provisioning.sentry.models import Project
from provisioning.sentry.projects import SentryProjects
from provisioning.storage import StorageError

CONFIGURATION: Final = "config/stuf_config.json"


class ConfigurationStore(Protocol):
    """As much of a STUF's storage as is needed here."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, content: bytes, content_type: str) -> None: ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SentryMaker:
    """Makes and removes the projects of STUFs.

    `environment`: what events of STUFs are marked with. `storage` opens the storage of a STUF.
    """

    def __init__(
        self,
        projects: SentryProjects,
        *,
        session: Callable[[], AbstractContextManager[Session]],
        storage: Callable[[StufOutputs], ConfigurationStore],
        environment: str,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._projects, self._session, self._storage = projects, session, storage
        self._environment, self._clock = environment, clock

    def make(self, slug: str, outputs: StufOutputs) -> SentryProject:
        """All that is missing: project, key, DSN in the STUF's configuration, alerts.

        May be repeated. Raises SentryRefused, SentryBusy, SentryUnavailable, StorageError.
        """
        with self._session() as session:
            # Noted before it is made: whoever repeats this knows since when a project of this name is ours.
            found = kept.begun(session, slug, f"stuf-{slug}", self._clock())
        if found.project_id is None:
            made = self._projects.create(found.slug, _name(slug), begun_at=found.begun_at)
            found = self._note(slug, project_id=made.id, slug=made.slug)
        if found.dsn is None:
            found = self._note(slug, dsn=self._projects.dsn(found.slug))
        # Also where it was written before: a configuration that could not be read was replaced as a whole.
        self._write(outputs, str(found.dsn))
        if not found.written:
            found = self._note(slug, written=True)
        if found.alerts < ALERTS_VERSION:
            self._projects.ensure_alerts(Project(id=str(found.project_id), slug=found.slug))
            found = self._note(slug, alerts=ALERTS_VERSION)
        return found

    def remove(self, project: SentryProject) -> None:
        """Remove a project, with its alerts. May be repeated. Raises what `make` raises."""
        # Without a number nobody knows whether it was made before the answer got lost.
        made = (
            Project(id=project.project_id, slug=project.slug)
            if project.project_id is not None
            else self._projects.ours(project.slug, _name(project.stuf), project.begun_at)
        )
        if made is not None:
            self._projects.remove_alerts(made)
            self._projects.delete(made.slug)
        with self._session() as session:
            kept.forgotten(session, project)

    def settle(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The errand `sentry.projects`: make what is missing, and remove what no STUF needs any more.

        Payload: none. Result: `made` and `removed` (slugs of STUFs), `failed` (`stuf`, `code`, `sentence`).
        Raises SentryBusy, SentryUnavailable: to be done again.
        """
        del payload
        with self._session() as session:
            unfinished, orphans = kept.unfinished(session), kept.orphans(session)
        made: list[str] = []
        removed: list[str] = []
        failed: list[dict[str, str]] = []
        # First what goes: its name may be needed by what comes.
        for project in orphans:
            self._try(project.stuf, partial(self.remove, project), removed, failed)
        for stuf in unfinished:
            if stuf.outputs is not None:
                self._try(stuf.slug, partial(self.make, stuf.slug, stuf.outputs), made, failed)
        return {"made": made, "removed": removed, "failed": failed}

    def _try(
        self, stuf: str, do: Callable[[], object], done: list[str], failed: list[dict[str, str]]
    ) -> None:
        """One STUF whose project cannot be had keeps no other from its own."""
        try:
            do()
        except SentryRefused as refused:
            failed.append({"stuf": stuf, "code": refused.code, "sentence": str(refused)})
        except StorageError as error:
            failed.append({"stuf": stuf, "code": "storage-unavailable", "sentence": f"{error}."})
        else:
            done.append(stuf)

    def _write(self, outputs: StufOutputs, dsn: str) -> None:
        """Put the DSN into the STUF's configuration, and leave the rest of it as it is."""
        storage = self._storage(outputs)
        try:
            document: dict[str, Any] = json.loads(storage.get(CONFIGURATION) or b"")
        except ValueError:
            raise StorageError("NoConfiguration", "reading the STUF's configuration", passing=True) from None
        told = SentryConfig(dsn=dsn, environment=self._environment).model_dump(mode="json")
        if document.get("sentry") != told:
            document["sentry"] = told
            content = json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
            storage.put(CONFIGURATION, content.encode(), "application/json")

    def _note(self, stuf: str, **values: object) -> SentryProject:
        with self._session() as session:
            return kept.noted(session, stuf, **values)


def _name(slug: str) -> str:
    return f"STUF {slug}"
