"""Git as it is: branches, refs, commits, trees, blobs, tags, comparisons."""

import base64
from typing import Any

from sandbox.github import git, records, shapes
from sandbox.github.calls import Answer, Api, ApiError, Call, not_found
from sandbox.github.pushes import announce_push
from sandbox.github.rest.diffs import diff_entries

API = Api()


@API("GET", "/repos/{owner}/{repo}/branches")
def branches(call: Call) -> Answer:
    row = call.repository()
    found = call.realm.bare(row).refs("refs/heads/")
    api = f"{call.base}/repos/{row.full_name}"
    return call.page(
        [
            {
                "name": name.removeprefix("refs/heads/"),
                "commit": {"sha": sha, "url": f"{api}/commits/{sha}"},
                "protected": False,
            }
            for name, sha in found.items()
        ]
    )


@API("GET", "/repos/{owner}/{repo}/branches/{branch:path}")
def branch(call: Call) -> dict[str, Any]:
    row, name = call.repository(), call.path["branch"]
    bare = call.realm.bare(row)
    sha = bare.refs("refs/heads/").get(f"refs/heads/{name}")
    if sha is None:
        raise ApiError(404, "Branch not found")
    url = f"{call.base}/repos/{row.full_name}/branches/{name}"
    return {
        "name": name,
        "commit": shapes.commit(call.base, row, bare.commit(sha)),
        "_links": {"self": url, "html": f"{call.base}/{row.full_name}/tree/{name}"},
        "protected": False,
        "protection": {
            "enabled": False,
            "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
        },
        "protection_url": f"{url}/protection",
    }


@API("GET", "/repos/{owner}/{repo}/tags")
def tags(call: Call) -> Answer:
    row = call.repository()
    bare = call.realm.bare(row)
    api = f"{call.base}/repos/{row.full_name}"
    found = []
    for ref in bare.refs("refs/tags/"):
        name, sha = ref.removeprefix("refs/tags/"), bare.resolve(ref)
        archives = {f"{kind}_url": f"{api}/{kind}/{ref}" for kind in ("zipball", "tarball")}
        commit = {"sha": sha, "url": f"{api}/commits/{sha}"}
        found.append({"name": name, "commit": commit, **archives, "node_id": shapes.node_id("Ref", ref)})
    return call.page(found)


@API("GET", "/repos/{owner}/{repo}/commits")
def commits(call: Call) -> Answer:
    row = call.repository()
    bare = call.realm.bare(row)
    wanted = call.query.get("sha")
    start = bare.resolve(wanted or row.default_branch)
    if start is None:
        raise ApiError(404, "Not Found") if wanted else ApiError(409, "Git Repository is empty.")
    limits = [f"--{name}={call.query[name]}" for name in ("since", "until", "author") if call.query.get(name)]
    found = bare.commits(start, limit=10_000, path=call.query.get("path"), options=limits)
    return call.page([shapes.commit(call.base, row, commit) for commit in found])


@API("GET", "/repos/{owner}/{repo}/commits/{ref:path}")
def commit(call: Call) -> Any:
    row = call.repository()
    bare = call.realm.bare(row)
    sha = bare.resolve(call.path["ref"])
    if sha is None:
        raise ApiError(422, f"No commit found for SHA: {call.path['ref']}")
    accept = call.request.headers.get("accept", "")
    if "diff" in accept or "patch" in accept:
        return Answer(
            200, raw=bare.patch(sha).encode(), headers={"Content-Type": "text/plain; charset=utf-8"}
        )
    files = diff_entries(call, row, sha)
    added, removed = sum(file["additions"] for file in files), sum(file["deletions"] for file in files)
    stats = {"additions": added, "deletions": removed, "total": added + removed}
    return {**shapes.commit(call.base, row, bare.commit(sha)), "stats": stats, "files": files}


@API("GET", "/repos/{owner}/{repo}/compare/{basehead:path}")
def compare(call: Call) -> dict[str, Any]:
    row = call.repository()
    bare = call.realm.bare(row)
    names = call.path["basehead"].split("...")
    ends = [bare.resolve(name) for name in names]
    if len(ends) != 2 or None in ends:  # noqa: PLR2004 - from and to
        raise not_found()
    base, head = (str(end) for end in ends)
    ahead, behind = bare.between(base, head), bare.between(head, base)
    status = ("diverged" if behind else "ahead") if ahead else ("behind" if behind else "identical")
    page = f"{call.base}/{row.full_name}/compare/{call.path['basehead']}"
    shown = shapes.commit(call.base, row, bare.commit(base))
    return {
        "url": f"{call.base}/repos/{row.full_name}/compare/{call.path['basehead']}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": shown,
        "merge_base_commit": shapes.commit(call.base, row, bare.commit(bare.text("merge-base", base, head))),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [shapes.commit(call.base, row, one) for one in ahead],
        "files": diff_entries(call, row, head, base),
    }


@API("GET", "/repos/{owner}/{repo}/git/ref/{ref:path}")
def ref(call: Call) -> dict[str, Any]:
    row = call.repository()
    name = f"refs/{call.path['ref']}"
    found = call.realm.bare(row).refs(name)
    if name not in found:
        raise not_found()
    return _ref(call, row, name, found[name])


@API("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref:path}")
def matching_refs(call: Call) -> list[dict[str, Any]]:
    row = call.repository()
    found = call.realm.bare(row).refs()
    wanted = f"refs/{call.path['ref']}"
    return [_ref(call, row, name, sha) for name, sha in found.items() if name.startswith(wanted)]


@API("POST", "/repos/{owner}/{repo}/git/refs")
def create_ref(call: Call) -> Answer:
    row = call.writable()
    name, sha = call.text("ref", resource="Reference"), call.text("sha", resource="Reference")
    bare = call.realm.bare(row)
    if not name.startswith(("refs/heads/", "refs/tags/")):
        raise ApiError(422, "Reference name must start with 'refs/' and have at least two slashes.")
    if bare.kind(sha) is None:
        raise ApiError(422, "Object does not exist")
    before = bare.refs()
    if name in before:
        raise ApiError(422, "Reference already exists")
    _move(call, row, name, sha, git.NOBODY)
    return Answer(201, _ref(call, row, name, sha))


@API("PATCH", "/repos/{owner}/{repo}/git/refs/{ref:path}")
def update_ref(call: Call) -> dict[str, Any]:
    row = call.writable()
    name, sha = f"refs/{call.path['ref']}", call.text("sha", resource="Reference")
    bare = call.realm.bare(row)
    before = bare.refs()
    if name not in before:
        raise ApiError(422, "Reference does not exist")
    if bare.kind(sha) is None:
        raise ApiError(422, "Object does not exist")
    if not call.body.get("force") and not bare.is_ancestor(before[name], sha):
        raise ApiError(422, "Update is not a fast forward")
    _move(call, row, name, sha, before[name])
    return _ref(call, row, name, sha)


@API("DELETE", "/repos/{owner}/{repo}/git/refs/{ref:path}")
def delete_ref(call: Call) -> None:
    row = call.writable()
    name = f"refs/{call.path['ref']}"
    bare = call.realm.bare(row)
    before = bare.refs()
    if name not in before:
        raise ApiError(422, "Reference does not exist")
    bare.run("update-ref", "-d", name)
    announce_push(call.realm, row.id, before, bare.refs(), call.login())


@API("GET", "/repos/{owner}/{repo}/git/commits/{commit_sha}")
def git_commit(call: Call) -> dict[str, Any]:
    row, sha = call.repository(), call.path["commit_sha"]
    bare = call.realm.bare(row)
    if bare.kind(sha) != "commit":
        raise not_found()
    return shapes.git_commit(call.base, row, bare.commit(sha))


@API("GET", "/repos/{owner}/{repo}/git/trees/{tree_sha:path}")
def tree(call: Call) -> dict[str, Any]:
    row = call.repository()
    bare = call.realm.bare(row)
    name = call.path["tree_sha"]
    sha = bare.resolve(name) or (name if bare.kind(name) == "tree" else None)
    if sha is None:
        raise not_found()
    api = f"{call.base}/repos/{row.full_name}/git"
    identity = bare.text("rev-parse", f"{sha}^{{tree}}")
    entries = []
    for entry in bare.entries(sha, recursive=bool(call.query.get("recursive"))):
        shape = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        if entry.size is not None:
            shape["size"] = str(entry.size)
        if entry.kind != "commit":
            shape["url"] = f"{api}/{entry.kind}s/{entry.sha}"
        entries.append({**shape, **({"size": entry.size} if entry.size is not None else {})})
    return {"sha": identity, "url": f"{api}/trees/{identity}", "tree": entries, "truncated": False}


@API("GET", "/repos/{owner}/{repo}/git/blobs/{file_sha}")
def blob(call: Call) -> dict[str, Any]:
    row, sha = call.repository(), call.path["file_sha"]
    bare = call.realm.bare(row)
    if bare.kind(sha) != "blob":
        raise not_found()
    content = bare.blob(sha)
    return {
        "sha": sha,
        "node_id": shapes.node_id("Blob", sha),
        "size": len(content),
        "url": f"{call.base}/repos/{row.full_name}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def _move(call: Call, row: records.Repository, name: str, sha: str, old: str) -> None:
    bare = call.realm.bare(row)
    before = bare.refs()
    try:
        bare.move(name, sha, old)
    except git.GitError as wrong:
        raise ApiError(422, "Reference update failed") from wrong
    announce_push(call.realm, row.id, before, bare.refs(), call.login())


def _ref(call: Call, row: records.Repository, name: str, sha: str) -> dict[str, Any]:
    api = f"{call.base}/repos/{row.full_name}/git"
    kind = call.realm.bare(row).kind(sha) or "commit"
    return {
        "ref": name,
        "node_id": shapes.node_id("Ref", name),
        "url": f"{api}/{name}",
        "object": {"type": kind, "sha": sha, "url": f"{api}/{kind}s/{sha}"},
    }
