"""The pages that a person looks at: repositories, files, commits, runs with their logs."""

from starlette.routing import Route

from sandbox.github.pages import code, commits, overview, workflow_runs
from sandbox.github.pages.view import Maker, View, asset, avatar
from sandbox.github.realm import Realm


def routes(realm: Realm) -> list[Route]:
    """The addresses that answers give as `html_url`."""
    view = View(realm)
    repository = "/{owner}/{repo}"
    pages: dict[str, Maker] = {
        "/": overview.home,
        "/{owner}": overview.owner,
        repository: code.root,
        f"{repository}/tree/{{rest:path}}": code.tree,
        f"{repository}/blob/{{rest:path}}": code.blob,
        f"{repository}/raw/{{rest:path}}": code.raw,
        f"{repository}/commits": commits.listing,
        f"{repository}/commits/{{rest:path}}": commits.listing,
        f"{repository}/commit/{{sha}}": commits.one,
        f"{repository}/actions": workflow_runs.listing,
        f"{repository}/actions/workflows/{{file}}": workflow_runs.listing,
        f"{repository}/actions/runs/{{run:int}}": workflow_runs.one,
        f"{repository}/actions/runs/{{run:int}}/job/{{job:int}}": workflow_runs.one,
    }
    return [
        Route("/_assets/{name}", asset),
        Route("/_avatars/{number:int}", avatar),
        *(Route(path, view.endpoint(page)) for path, page in pages.items()),
    ]
