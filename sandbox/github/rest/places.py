"""Where a secret or a variable belongs: to the repository, or to one of its environments."""

from sandbox.github import records
from sandbox.github.calls import Call, not_found


def place_of(call: Call) -> tuple[records.Repository, str | None]:
    """The repository and, if the address names one, its environment. Raises 404 or 403."""
    row = call.administered()
    name = call.path.get("environment")
    if name is not None and not call.realm.environments.where(repository=row.id, name=name):
        raise not_found()
    return row, name
