"""Reads and writes bare Git repositories through the `git` command."""

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

NOBODY = "0" * 40
# A private and predictable Git: neither the user's configuration nor a prompt.
ENVIRONMENT: Mapping[str, str] = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}


class GitError(Exception):
    """A Git command failed; the text is what Git said."""


@dataclass(frozen=True)
class Person:
    name: str
    email: str


@dataclass(frozen=True)
class Hand:
    """Who makes a commit, and when (Unix seconds); without a committer the author is one."""

    author: Person
    at: float
    committer: Person | None = None


@dataclass(frozen=True)
class Commit:
    """One commit; dates are ISO 8601 with zone, as Git has them."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    authored_at: str
    committer: Person
    committed_at: str
    message: str


@dataclass(frozen=True)
class Entry:
    """One entry of a tree; `size` in bytes, None for trees and submodules."""

    mode: str
    kind: str
    sha: str
    size: int | None
    path: str


_COMMIT_FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B%x01"


class Bare:
    """A bare repository in the folder `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def run(
        self, *arguments: str, stdin: bytes | None = None, extra: Mapping[str, str] | None = None
    ) -> bytes:
        """What `git ARGUMENTS` prints. Raises GitError when it fails."""
        if any("\0" in argument for argument in arguments):
            raise GitError("a name cannot hold a NUL")
        done = subprocess.run(  # noqa: S603 - no shell, and the arguments are this package's own
            ["git", "-c", "safe.directory=*", "-c", "core.quotePath=false", *arguments],  # noqa: S607 - git is on the PATH
            cwd=self.path,
            env={**ENVIRONMENT, **(extra or {})},
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise GitError(done.stderr.decode(errors="replace").strip())
        return done.stdout

    def text(self, *arguments: str) -> str:
        return self.run(*arguments).decode(errors="replace").strip()

    @classmethod
    def create(cls, path: Path, default_branch: str) -> "Bare":
        path.mkdir(parents=True)
        bare = cls(path)
        bare.run("init", "--quiet", "--bare", f"--initial-branch={default_branch}", ".")
        bare.run("config", "http.receivepack", "true")
        bare.run("config", "uploadpack.allowAnySHA1InWant", "true")
        return bare

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """All refs below `prefix` with the ids they point to."""
        lines = self.text("for-each-ref", "--format=%(refname) %(objectname)", prefix).splitlines()
        return dict(line.split(" ", 1) for line in lines)

    def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref or commit id names; None if there is none."""
        if not name or name.startswith("-"):
            return None
        for candidate in (f"refs/heads/{name}", f"refs/tags/{name}", name):
            try:
                return self.text(
                    "rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}"
                )
            except GitError:
                continue
        return None

    def kind(self, sha: str) -> str | None:
        """`commit`, `tree`, `blob`, `tag`, or None for an unknown id."""
        if sha.startswith("-"):
            return None
        try:
            return self.text("cat-file", "-t", sha)
        except GitError:
            return None

    def commits(
        self, start: str, *, limit: int = 30, path: str | None = None, options: Sequence[str] = ()
    ) -> list[Commit]:
        """Commits reachable from `start`, newest first; `options` are further ones of `git log`."""
        which = [f"--max-count={limit}", *options, start, *(["--", path] if path else [])]
        output = self.run("log", f"--format={_COMMIT_FORMAT}", *which)
        return [_parse_commit(part) for part in output.decode(errors="replace").split("\x01") if part.strip()]

    def commit(self, sha: str) -> Commit:
        """One commit, by its full id."""
        return _commit(self.path, sha)

    def between(self, before: str, after: str) -> list[Commit]:
        """Commits in `after` that are not in `before` (all-zero: in no other branch), oldest first."""
        if after == NOBODY:
            return []
        rest = [f"^{before}"] if before != NOBODY else []
        output = self.run("log", "--max-count=2048", f"--format={_COMMIT_FORMAT}", "--reverse", after, *rest)
        return [_parse_commit(part) for part in output.decode(errors="replace").split("\x01") if part.strip()]

    def is_ancestor(self, older: str, newer: str) -> bool:
        try:
            self.run("merge-base", "--is-ancestor", older, newer)
        except GitError:
            return False
        return True

    def entries(self, tree: str, path: str = "", *, recursive: bool = False) -> list[Entry]:
        """The entries of a folder; paths are relative to the tree. Raises GitError if it is none."""
        options = ["-r", "-t"] if recursive else []
        output = self.run("ls-tree", "-z", "--long", *options, f"{tree}:{path}" if path else tree)
        return [_parse_entry(line) for line in output.decode(errors="replace").split("\0") if line]

    def entry(self, tree: str, path: str) -> Entry | None:
        """The entry at `path`, or None."""
        try:
            output = self.run("ls-tree", "-z", "--long", "--full-tree", tree, "--", path)
        except GitError:
            return None
        line = output.decode(errors="replace").split("\0")[0]
        return _parse_entry(line) if line else None

    def blob(self, sha: str) -> bytes:
        return self.run("cat-file", "blob", sha)

    def write_blob(self, content: bytes) -> str:
        return self.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def write_tree(self, base: str | None, changes: Mapping[str, tuple[str, str] | None]) -> str:
        """A new tree: `base` with each path set to (mode, blob id), or removed for None."""
        lines = [
            f"{change[0]} {change[1]}\t{path}" if change else f"0 {NOBODY}\t{path}"
            for path, change in changes.items()
        ]
        with self._index() as extra:
            if base:
                self.run("read-tree", base, extra=extra)
            self.run("update-index", "--index-info", stdin="\n".join(lines).encode() + b"\n", extra=extra)
            return self.run("write-tree", extra=extra).decode().strip()

    def write_folder(self, folder: Path, paths: list[str]) -> str:
        """A tree of files of a folder on disk; `paths` are relative to it."""
        with self._index() as extra:
            place = {**extra, "GIT_WORK_TREE": str(folder), "GIT_DIR": str(self.path.resolve())}
            listing = os.fsencode("\0".join(paths))
            # From the folder itself: Git reads paths relative to where it is, and this repository may lie inside.
            self.run("-C", str(folder), "update-index", "--add", "-z", "--stdin", stdin=listing, extra=place)
            return self.run("write-tree", extra=extra).decode().strip()

    def write_commit(self, tree: str, parents: list[str], message: str, hand: Hand) -> str:
        """A new commit object; no ref moves."""
        committer = hand.committer or hand.author
        extra = {
            "GIT_AUTHOR_NAME": hand.author.name,
            "GIT_AUTHOR_EMAIL": hand.author.email,
            "GIT_COMMITTER_NAME": committer.name,
            "GIT_COMMITTER_EMAIL": committer.email,
            "GIT_AUTHOR_DATE": f"@{int(hand.at)} +0000",
            "GIT_COMMITTER_DATE": f"@{int(hand.at)} +0000",
        }
        options = [part for parent in parents for part in ("-p", parent)]
        output = self.run("commit-tree", tree, *options, "-F", "-", stdin=message.encode(), extra=extra)
        return output.decode().strip()

    def move(self, ref: str, new: str, old: str | None = None) -> None:
        """Point `ref` to `new`, if it still points to `old` (when given). Raises GitError otherwise."""
        self.run("update-ref", ref, new, *([old] if old else []))

    def patch(self, sha: str) -> str:
        """The changes of a commit against its first parent, as a diff."""
        return self.run(
            "diff-tree", "--root", "--no-commit-id", "-M", "-p", "-m", "--first-parent", sha
        ).decode(errors="replace")

    @contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        with TemporaryDirectory(prefix="index-") as folder:
            yield {"GIT_INDEX_FILE": str(Path(folder) / "index")}


@lru_cache(maxsize=1024)
def _commit(path: Path, sha: str) -> Commit:
    # A commit never changes, and every look at a run needs one.
    return Bare(path).commits(sha, limit=1)[0]


def _parse_commit(text: str) -> Commit:
    parts = text.lstrip("\n").split("\0")
    return Commit(
        sha=parts[0],
        tree=parts[1],
        parents=tuple(parts[2].split()),
        author=Person(parts[3], parts[4]),
        authored_at=parts[5],
        committer=Person(parts[6], parts[7]),
        committed_at=parts[8],
        message=parts[9].rstrip("\n"),
    )


def _parse_entry(line: str) -> Entry:
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    return Entry(mode, kind, sha, None if size == "-" else int(size), path)
