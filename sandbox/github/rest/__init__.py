"""The REST API, one file a part; `API` has them all."""

from starlette.routing import Route

from sandbox.github.calls import Api
from sandbox.github.realm import Realm
from sandbox.github.rest import (
    accounts,
    apps,
    collaborators,
    contents,
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
    apps.API,
)


def routes(realm: Realm, conductor: Conductor) -> list[Route]:
    """All addresses of the REST API."""
    found = Api()
    for part in (*_PARTS, workflows.api(conductor), runs.api(conductor)):
        found.handlers += part.handlers
    return found.routes(realm)
