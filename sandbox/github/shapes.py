"""How accounts, repositories and commits look in answers."""

import base64
from typing import Any

from sandbox.github import git, records
from sandbox.github.calls import timestamp
from sandbox.github.realm import Realm


def node_id(kind: str, number: object) -> str:
    """GitHub's opaque second id."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def account(base: str, row: records.Account | None, login: str = "") -> dict[str, Any]:
    """A `simple-user`; a login without an account (a bot) gets the shape of one."""
    name = row.login if row else login
    number = row.id if row else 41_898_282
    url = f"{base}/users/{name}"
    kind = row.kind if row else ("Bot" if name.endswith("[bot]") else "User")
    return {
        "login": name,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"{base}/_avatars/{number}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{base}/{name}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def user(realm: Realm, base: str, login: str) -> dict[str, Any]:
    """`simple-user` by login."""
    return account(base, realm.account(login), login)


_PLAIN_LINKS = {
    "forks_url": "forks",
    "teams_url": "teams",
    "hooks_url": "hooks",
    "events_url": "events",
    "tags_url": "tags",
    "languages_url": "languages",
    "stargazers_url": "stargazers",
    "contributors_url": "contributors",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "merges_url": "merges",
    "downloads_url": "downloads",
    "deployments_url": "deployments",
    "keys_url": "keys{/key_id}",
    "collaborators_url": "collaborators{/collaborator}",
    "issue_events_url": "issues/events{/number}",
    "assignees_url": "assignees{/user}",
    "branches_url": "branches{/branch}",
    "blobs_url": "git/blobs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "trees_url": "git/trees{/sha}",
    "statuses_url": "statuses/{sha}",
    "commits_url": "commits{/sha}",
    "git_commits_url": "git/commits{/sha}",
    "comments_url": "comments{/number}",
    "issue_comment_url": "issues/comments{/number}",
    "contents_url": "contents/{+path}",
    "compare_url": "compare/{base}...{head}",
    "archive_url": "{archive_format}{/ref}",
    "issues_url": "issues{/number}",
    "pulls_url": "pulls{/number}",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "labels_url": "labels{/name}",
    "releases_url": "releases{/id}",
}


def minimal_repository(realm: Realm, base: str, row: records.Repository) -> dict[str, Any]:
    """A `minimal-repository`, as it stands inside other answers."""
    url = f"{base}/repos/{row.full_name}"
    return {
        "id": row.id,
        "node_id": node_id("Repository", row.id),
        "name": row.name,
        "full_name": row.full_name,
        "private": row.private,
        "owner": user(realm, base, row.owner),
        "html_url": f"{base}/{row.full_name}",
        "description": row.description,
        "fork": False,
        "url": url,
        **{name: f"{url}/{rest}" for name, rest in _PLAIN_LINKS.items()},
    }


def repository(realm: Realm, base: str, row: records.Repository, level: int = 1) -> dict[str, Any]:
    """A `full-repository` as somebody with this level of access sees it."""
    host = base.split("://", 1)[1]
    options = {
        "has_issues": True,
        "has_projects": True,
        "has_wiki": True,
        "has_discussions": False,
        "has_downloads": True,
        "is_template": False,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "allow_update_branch": False,
        "web_commit_signoff_required": False,
        "allow_forking": True,
    }
    names = ("pull", "triage", "push", "maintain", "admin")
    return {
        **minimal_repository(realm, base, row),
        "clone_url": f"{base}/{row.full_name}.git",
        "git_url": f"git://{host}/{row.full_name}.git",
        "ssh_url": f"git@{host}:{row.full_name}.git",
        "svn_url": f"{base}/{row.full_name}",
        "mirror_url": None,
        "homepage": row.homepage,
        "language": None,
        "license": None,
        "forks": 0,
        "forks_count": 0,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "open_issues": 0,
        "open_issues_count": 0,
        "network_count": 0,
        "subscribers_count": 0,
        "size": 0,
        "default_branch": row.default_branch,
        "topics": list(row.topics),
        **{name: row.options.get(name, default) for name, default in options.items()},
        "has_pages": False,
        "archived": row.archived,
        "disabled": False,
        "visibility": "private" if row.private else "public",
        "pushed_at": timestamp(row.pushed_at),
        "created_at": timestamp(row.created_at),
        "updated_at": timestamp(row.updated_at),
        "permissions": {name: level >= number for number, name in enumerate(names, 1)},
    }


_UNSIGNED = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def git_commit(base: str, row: records.Repository, commit: git.Commit) -> dict[str, Any]:
    """A `git-commit`: the object as Git has it."""
    url = f"{base}/repos/{row.full_name}/git"
    page = f"{base}/{row.full_name}/commit"
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{url}/commits/{commit.sha}",
        "html_url": f"{page}/{commit.sha}",
        "author": _signature(commit.author, commit.authored_at),
        "committer": _signature(commit.committer, commit.committed_at),
        "tree": {"sha": commit.tree, "url": f"{url}/trees/{commit.tree}"},
        "message": commit.message,
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in commit.parents
        ],
        "verification": _UNSIGNED,
    }


def commit(base: str, row: records.Repository, found: git.Commit) -> dict[str, Any]:
    """A `commit` without its files."""
    url = f"{base}/repos/{row.full_name}"
    page = f"{base}/{row.full_name}/commit"
    return {
        "sha": found.sha,
        "node_id": node_id("Commit", found.sha),
        "commit": {
            "author": _signature(found.author, found.authored_at),
            "committer": _signature(found.committer, found.committed_at),
            "message": found.message,
            "tree": {"sha": found.tree, "url": f"{url}/git/trees/{found.tree}"},
            "url": f"{url}/git/commits/{found.sha}",
            "comment_count": 0,
            "verification": _UNSIGNED,
        },
        "url": f"{url}/commits/{found.sha}",
        "html_url": f"{page}/{found.sha}",
        "comments_url": f"{url}/commits/{found.sha}/comments",
        "author": None,
        "committer": None,
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/{sha}"} for sha in found.parents
        ],
    }


def simple_commit(found: git.Commit) -> dict[str, Any]:
    """A `simple-commit`, the head commit of a run."""
    return {
        "id": found.sha,
        "tree_id": found.tree,
        "message": found.message,
        "timestamp": found.committed_at,
        "author": {"name": found.author.name, "email": found.author.email},
        "committer": {"name": found.committer.name, "email": found.committer.email},
    }


def _signature(person: git.Person, at: str) -> dict[str, str]:
    return {"name": person.name, "email": person.email, "date": at}
