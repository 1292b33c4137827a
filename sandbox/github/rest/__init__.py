"""The REST API, one file a part; `API` has them all."""

from starlette.routing import Route

from sandbox.github.calls import Api, Call, not_found
from sandbox.github.realm import Realm
from sandbox.github.rest import (
    accounts,
    app_hooks,
    apps,
    collaborators,
    contents,
    deployments,
    environments,
    git_data,
    hooks,
    meta,
    repositories,
    runs,
    secrets,
    variables,
    workflows,
)
from sandbox.github.runs.conductor import Conductor

_PARTS = (
    meta.API,
    accounts.API,
    repositories.API,
    collaborators.API,
    contents.API,
    git_data.API,
    hooks.API,
    secrets.API,
    variables.API,
    environments.API,
    deployments.API,
    apps.API,
    app_hooks.API,
)


def routes(realm: Realm, conductor: Conductor) -> list[Route]:
    """All addresses of the REST API."""
    found = Api()
    for part in (*_PARTS, workflows.api(conductor), runs.api(conductor)):
        found.handlers += part.handlers
    # What is left below these is no page either: it answers 404 in JSON.
    for place in ("repos", "repositories", "user", "users", "orgs", "app", "installation"):
        found("GET", f"/{place}/{{rest:path}}")(_nothing)
    return found.routes(realm)


def _nothing(call: Call) -> None:
    del call
    raise not_found()
