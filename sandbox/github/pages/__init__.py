"""The pages that a person looks at: repositories, files, commits, runs with their logs."""

from starlette.routing import Route

from sandbox.github.realm import Realm


def routes(realm: Realm) -> list[Route]:
    del realm
    return []
