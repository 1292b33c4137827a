"""Commits a folder of this machine as the first content of a repository."""

import os
import subprocess
from pathlib import Path

from sandbox.github import git, records
from sandbox.github.pushes import announce_push
from sandbox.github.realm import Realm

_NEVER = {".git", "__pycache__", "node_modules"}


def files_of(folder: Path) -> list[str]:
    """The files of a folder, relative to it: those that Git would keep where it is a checkout, else all."""
    if (folder / ".git").exists():
        listing = subprocess.run(
            ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is on the PATH
            cwd=folder,
            env=dict(git.ENVIRONMENT),
            capture_output=True,
            check=True,
        )
        names = [name for name in os.fsdecode(listing.stdout).split("\0") if name]
        return sorted({name for name in names if (folder / name).is_file() or (folder / name).is_symlink()})
    found = []
    for path in folder.rglob("*"):
        place = path.relative_to(folder)
        if (path.is_file() or path.is_symlink()) and not _NEVER & set(place.parts):
            found.append(place.as_posix())
    return sorted(found)


def commit_folder(realm: Realm, repository: records.Repository, folder: Path, sender: str) -> str:
    """One commit with the folder's files on the default branch, if it differs from what is there; its id."""
    bare = realm.bare(repository)
    before = bare.refs()
    ref = f"refs/heads/{repository.default_branch}"
    tree = bare.write_folder(folder.resolve(), files_of(folder))
    head = before.get(ref)
    if head is not None and bare.commit(head).tree == tree:
        return head
    person = git.Person(sender, f"{sender}@users.noreply.example.org")
    message = f"Publish {repository.name}" if head is None else f"Update {repository.name}"
    sha = bare.write_commit(tree, [head] if head else [], message, git.Hand(person, realm.clock()))
    bare.move(ref, sha, head)
    announce_push(realm, repository.id, before, bare.refs(), sender)
    return sha
