"""What follows from a push: the time of the last push, the workflows, the webhooks."""

from dataclasses import dataclass
from typing import Any

from sandbox.github import git, records, shapes
from sandbox.github.realm import Realm
from sandbox.github.runs.catalogue import refresh


@dataclass(frozen=True)
class RefChange:
    """A ref that moved; all zeros stand for `was not there` and `is gone`."""

    ref: str
    old: str
    new: str


def announce_push(
    realm: Realm, repository: int, before: dict[str, str], after: dict[str, str], sender: str
) -> None:
    """Compare the refs before and after, and tell about each that moved."""
    changed = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    if not changed or realm.repositories.get(repository) is None:
        return
    now = realm.clock()
    row = realm.repositories.change(repository, pushed_at=now, updated_at=now)
    branches = [name.removeprefix("refs/heads/") for name in after if name.startswith("refs/heads/")]
    if row.default_branch not in branches and len(branches) == 1:
        # The first branch that arrives becomes the default one.
        row = realm.repositories.change(repository, default_branch=branches[0])
        realm.bare(row).run("symbolic-ref", "HEAD", f"refs/heads/{branches[0]}")
    refresh(realm, row)
    for name in changed:
        change = RefChange(name, before.get(name, git.NOBODY), after.get(name, git.NOBODY))
        realm.post.announce(row, "push", None, sender, **push_payload(realm, row, change, sender))


def push_payload(realm: Realm, row: records.Repository, change: RefChange, sender: str) -> dict[str, Any]:
    """The body of a `push` event, without repository and sender."""
    old, new = change.old, change.new
    bare = realm.bare(row)
    is_branch = change.ref.startswith("refs/heads/")
    commits = bare.between(old, new) if is_branch else []
    shown = [_commit(realm, row, commit) for commit in commits]
    head = _commit(realm, row, bare.commit(new)) if new != git.NOBODY else None
    user = shapes.user(realm, realm.url, sender)
    return {
        "ref": change.ref,
        "before": old,
        "after": new,
        "pusher": {"name": user["login"], "email": f"{user['login']}@users.noreply.example.org"},
        "created": old == git.NOBODY,
        "deleted": new == git.NOBODY,
        "forced": git.NOBODY not in (old, new) and not bare.is_ancestor(old, new),
        "base_ref": None,
        "compare": f"{realm.url}/{row.full_name}/compare/{old[:12]}...{new[:12]}",
        "commits": shown,
        "head_commit": head,
    }


def _commit(realm: Realm, row: records.Repository, commit: git.Commit) -> dict[str, Any]:
    names: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    kinds = {"A": "added", "D": "removed"}
    listing = realm.bare(row).run(
        "diff-tree", "--root", "--no-commit-id", "--name-status", "--no-renames", "-r", "-z", commit.sha
    )
    parts = listing.decode(errors="replace").split("\0")
    for status, path in zip(parts[::2], parts[1::2], strict=False):
        names[kinds.get(status, "modified")].append(path)
    return {
        **shapes.simple_commit(commit),
        "distinct": True,
        "url": f"{realm.url}/{row.full_name}/commit/{commit.sha}",
        **names,
    }
