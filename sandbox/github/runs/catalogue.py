"""Which workflows a repository has: the files in `.github/workflows` on its default branch."""

from sandbox.github import git, records
from sandbox.github.realm import Realm
from sandbox.github.runs.workflow_file import WorkflowFile, WorkflowFileError, parse

_FOLDER = ".github/workflows"


def refresh(realm: Realm, repository: records.Repository) -> None:
    """Take note of workflow files that came, changed their name, or went."""
    bare = realm.bare(repository)
    sha = bare.resolve(repository.default_branch)
    try:
        entries = bare.entries(sha, _FOLDER) if sha else []
    except git.GitError:
        entries = []
    paths = {f"{_FOLDER}/{entry.path}" for entry in entries if entry.path.endswith((".yml", ".yaml"))}
    with realm.lock:
        known = {row.path: row for row in realm.workflows.where(repository=repository.id)}
        for path in sorted(paths):
            name = _name(realm, repository, path, sha or "")
            now = realm.clock()
            if path not in known:
                realm.workflows.add(
                    repository=repository.id, path=path, name=name, created_at=now, updated_at=now
                )
            elif known[path].name != name or known[path].state == "deleted":
                realm.workflows.change(known[path].id, name=name, state="active", updated_at=now)
        for path, row in known.items():
            if path not in paths and row.state != "deleted":
                realm.workflows.change(row.id, state="deleted", updated_at=realm.clock())


def read(realm: Realm, repository: records.Repository, path: str, sha: str) -> WorkflowFile:
    """The workflow file as it is in commit `sha`. Raises WorkflowFileError, also when it is not there."""
    bare = realm.bare(repository)
    entry = bare.entry(sha, path)
    if entry is None or entry.kind != "blob":
        raise WorkflowFileError(f"{path} does not exist at {sha}")
    return parse(bare.blob(entry.sha).decode(errors="replace"), path)


def _name(realm: Realm, repository: records.Repository, path: str, sha: str) -> str:
    try:
        return read(realm, repository, path, sha).name
    except WorkflowFileError:
        return path
