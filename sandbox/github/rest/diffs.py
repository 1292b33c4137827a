"""The files that a commit or a range of commits changes."""

from typing import Any

from sandbox.github import git, records
from sandbox.github.calls import Call

_DIFF_KINDS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


def diff_entries(
    call: Call, row: records.Repository, sha: str, base: str | None = None
) -> list[dict[str, Any]]:
    """The files that a commit (or a range from `base`) changes, as `diff-entry`."""
    bare = call.realm.bare(row)
    ends = [base, sha] if base else ["--root", "--no-commit-id", "-m", "--first-parent", sha]
    raw = bare.run("diff-tree", "-r", "-M", "-z", "--raw", *ends).decode(errors="replace").split("\0")
    numbers = _line_counts(
        bare.run("diff-tree", "-r", "-M", "--numstat", "-z", *ends).decode(errors="replace")
    )
    found, at = [], 0
    while at < len(raw) - 1:
        _, _, old, new, status = raw[at].split()
        old_path = raw[at + 1]
        renamed = status[0] in "RC"
        path = raw[at + 2] if renamed else old_path
        at += 3 if renamed else 2
        added, removed = numbers.get(path, (0, 0))
        api = f"{call.base}/repos/{row.full_name}/contents/{path}?ref={sha}"
        entry = {
            "sha": new if new != git.NOBODY else old,
            "filename": path,
            "status": _DIFF_KINDS[status[0]],
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
            "blob_url": f"{call.base}/{row.full_name}/blob/{sha}/{path}",
            "raw_url": f"{call.base}/{row.full_name}/raw/{sha}/{path}",
            "contents_url": api,
            "patch": _hunks(bare.run("diff-tree", "-r", "-p", *ends, "--", path).decode(errors="replace")),
        }
        found.append({**entry, "previous_filename": old_path} if renamed else entry)
    return found


def _line_counts(text: str) -> dict[str, tuple[int, int]]:
    counts, parts, at = {}, text.split("\0"), 0
    while at < len(parts) - 1:
        added, removed, path = parts[at].split("\t", 2)
        at += 1
        if not path:
            path, at = parts[at + 1], at + 2
        counts[path] = (int(added) if added.isdigit() else 0, int(removed) if removed.isdigit() else 0)
    return counts


def _hunks(patch: str) -> str:
    start = patch.find("@@")
    return patch[start:].rstrip("\n") if start >= 0 else ""
