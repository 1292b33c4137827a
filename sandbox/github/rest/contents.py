"""Files through the API: read, write, delete, and archives of a commit."""

import base64
import binascii
from typing import Any
from urllib.parse import quote

from sandbox.github import git, records, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found
from sandbox.github.pushes import announce_push

API = Api()
_MOST_INLINE = 1_048_576


@API("GET", "/repos/{owner}/{repo}/readme")
def readme(call: Call) -> dict[str, Any]:
    row = call.repository()
    sha = _commit(call, row)
    for entry in call.realm.bare(row).entries(sha):
        if entry.path.lower() in {"readme.md", "readme", "readme.txt", "readme.rst"}:
            return _file(call, row, entry, sha)
    raise not_found()


@API("GET", "/repos/{owner}/{repo}/contents/{path:path}")
def read(call: Call) -> Any:
    row = call.repository()
    sha, path = _commit(call, row), call.path["path"].strip("/")
    bare = call.realm.bare(row)
    entry = bare.entry(sha, path) if path else git.Entry("040000", "tree", sha, None, "")
    if entry is None:
        raise not_found()
    if entry.kind == "tree":
        prefix = f"{path}/" if path else ""
        found = bare.entries(sha, path)
        return [
            _entry(call, row, git.Entry(e.mode, e.kind, e.sha, e.size, prefix + e.path), sha) for e in found
        ]
    if "raw" in call.request.headers.get("accept", ""):
        return Answer(200, raw=bare.blob(entry.sha), headers={"Content-Type": "application/vnd.github.raw"})
    return _file(call, row, entry, sha)


@API("GET", "/repos/{owner}/{repo}/contents")
def read_root(call: Call) -> Any:
    call.request.path_params["path"] = ""
    return read(call)


@API("PUT", "/repos/{owner}/{repo}/contents/{path:path}")
def write(call: Call) -> Answer:
    row = call.writable()
    path = _path(call)
    try:
        content = base64.b64decode(call.text("content", resource="Content"))
    except binascii.Error as wrong:
        raise ApiError(422, "content is not valid Base64") from wrong
    bare = call.realm.bare(row)
    branch = _branch(call, row)
    head = bare.resolve(f"refs/heads/{branch}")
    there = bare.entry(head, path) if head else None
    _check_sha(call, path, there)
    blob = bare.write_blob(content)
    mode = there.mode if there else "100644"
    commit = _commit_change(call, row, branch, head, {path: (mode, blob)})
    entry = bare.entry(commit.sha, path)
    shape = _file(call, row, entry, commit.sha) if entry else {}
    body = {
        "content": {name: value for name, value in shape.items() if name not in {"content", "encoding"}},
        "commit": shapes.git_commit(call.base, row, commit),
    }
    return Answer(200 if there else 201, body)


@API("DELETE", "/repos/{owner}/{repo}/contents/{path:path}")
def delete(call: Call) -> dict[str, Any]:
    row = call.writable()
    path = _path(call)
    call.text("sha", resource="Content", default=call.query.get("sha"))
    bare = call.realm.bare(row)
    branch = _branch(call, row)
    head = bare.resolve(f"refs/heads/{branch}")
    there = bare.entry(head, path) if head else None
    if there is None:
        raise not_found()
    _check_sha(call, path, there)
    commit = _commit_change(call, row, branch, head, {path: None})
    return {"content": None, "commit": shapes.git_commit(call.base, row, commit)}


@API("GET", "/repos/{owner}/{repo}/tarball/{ref:path}")
def tarball(call: Call) -> Answer:
    return _archive(call, "tar.gz", "application/x-gzip")


@API("GET", "/repos/{owner}/{repo}/zipball/{ref:path}")
def zipball(call: Call) -> Answer:
    return _archive(call, "zip", "application/zip")


def _archive(call: Call, kind: str, media_type: str) -> Answer:
    row = call.repository()
    bare = call.realm.bare(row)
    sha = bare.resolve(call.path["ref"])
    if sha is None:
        raise not_found()
    prefix = f"{row.owner}-{row.name}-{sha[:7]}/"
    content = bare.run("archive", f"--format={kind}", f"--prefix={prefix}", sha)
    return Answer(200, raw=content, headers={"Content-Type": media_type})


def _path(call: Call) -> str:
    path: str = call.path["path"].strip("/")
    if not path or any(part in {"", ".", "..", ".git"} for part in path.split("/")):
        raise ApiError(422, "path contains a malformed path component")
    return path


def _branch(call: Call, row: records.Repository) -> str:
    branch = str(call.body.get("branch") or call.query.get("branch") or row.default_branch)
    branch = branch.removeprefix("refs/heads/")
    bare = call.realm.bare(row)
    if bare.refs("refs/heads/") and f"refs/heads/{branch}" not in bare.refs("refs/heads/"):
        raise ApiError(404, f"Branch {branch} not found")
    return branch


def _check_sha(call: Call, path: str, there: git.Entry | None) -> None:
    given = call.body.get("sha") or call.query.get("sha")
    if there is None or given == there.sha:
        return
    if not given:
        raise ApiError(422, 'Invalid request.\n\n"sha" wasn\'t supplied.')
    raise ApiError(409, f"{path} does not match {there.sha}")


def _commit_change(
    call: Call,
    row: records.Repository,
    branch: str,
    head: str | None,
    changes: dict[str, tuple[str, str] | None],
) -> git.Commit:
    bare = call.realm.bare(row)
    before = bare.refs()
    author = _person(call, "author")
    committer = _person(call, "committer", author)
    message = call.text("message", resource="Commit")
    tree = bare.write_tree(head, changes)
    hand = git.Hand(author, call.realm.clock(), committer)
    sha = bare.write_commit(tree, [head] if head else [], message, hand)
    try:
        bare.move(f"refs/heads/{branch}", sha, head or git.NOBODY)
    except git.GitError as wrong:
        raise ApiError(409, f"is at {head} but expected {sha}") from wrong
    announce_push(call.realm, row.id, before, bare.refs(), call.login())
    return bare.commit(sha)


def _person(call: Call, name: str, default: git.Person | None = None) -> git.Person:
    given = call.body.get(name)
    if isinstance(given, dict) and given.get("name") and given.get("email"):
        return git.Person(str(given["name"]), str(given["email"]))
    return default or git.Person(call.login(), f"{call.login()}@users.noreply.example.org")


def _commit(call: Call, row: records.Repository) -> str:
    ref = call.query.get("ref")
    sha = call.realm.bare(row).resolve(ref or row.default_branch)
    if sha is None:
        if ref:
            raise ApiError(404, f"No commit found for the ref {ref}")
        raise ApiError(404, "This repository is empty.")
    return sha


def _entry(call: Call, row: records.Repository, entry: git.Entry, sha: str) -> dict[str, Any]:
    api = f"{call.base}/repos/{row.full_name}"
    ref = call.query.get("ref") or row.default_branch
    path = quote(entry.path)
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    if entry.mode == "120000":
        kind = "symlink"
    url = f"{api}/contents/{path}?ref={quote(ref)}"
    place = "tree" if kind == "dir" else "blob"
    objects = "trees" if kind == "dir" else "blobs"
    html = f"{call.base}/{row.full_name}/{place}/{quote(ref)}/{path}"
    raw = f"{call.base}/{row.full_name}/raw/{sha}/{path}"
    return {
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "html_url": html,
        "git_url": f"{api}/git/{objects}/{entry.sha}",
        "download_url": None if kind == "dir" else raw,
        "type": kind,
        "_links": {"self": url, "git": f"{api}/git/{objects}/{entry.sha}", "html": html},
    }


def _file(call: Call, row: records.Repository, entry: git.Entry, sha: str) -> dict[str, Any]:
    small = (entry.size or 0) <= _MOST_INLINE
    content = call.realm.bare(row).blob(entry.sha) if small else b""
    return {
        **_entry(call, row, entry, sha),
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64" if small else "none",
    }
