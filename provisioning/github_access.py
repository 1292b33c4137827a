"""Who may read a repository as GitHub has it now: the webhooks tell changes, without their time and not all of them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from provisioning.github import GitHub, GitHubRefused

ACCESS: Final = "github.access"
"""The errand that asks: {slug, repository} -> what `readers` gives."""
EVERY: Final = "github.access-every"
"""The errand that only says that it is time to ask for every STUF."""

_UNKNOWN: Final = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class GitHubAccess(GitHub):
    """GitHub, as far as it says who may read what."""

    def readers(self, repository: str) -> dict[str, Any]:
        """{public, people, invited, lapsed, teams, keys}; a part that the account may not see is None.

        People, teams and keys by name with what they may (`read`, `write`, `admin`), `lapsed` the names of those
        whose invitation was not taken in time. Raises GitHubUnavailable, GitHubRefused (404 for no repository).
        """
        what = f"reading who may read {repository}"
        with self._errors(what):
            found: Any = self._client().get_repo(repository)
            public = not found.private
        invitations = self._part(what, lambda: list(found.get_pending_invitations()))
        return {
            "public": public,
            "people": self._part(
                what, lambda: {one.login: str(one.role_name) for one in found.get_collaborators()}
            ),
            "invited": None
            if invitations is None
            else {_invited(one): str(one.permissions) for one in invitations if not one.expired},
            "lapsed": [_invited(one) for one in invitations or () if one.expired],
            "teams": self._part(what, lambda: {one.name: str(one.permission) for one in found.get_teams()}),
            "keys": self._part(
                what, lambda: {one.title: "read" if one.read_only else "write" for one in found.get_keys()}
            ),
        }

    def _part(self, what: str, read: Callable[[], Any]) -> Any:
        try:
            with self._errors(what):
                return read()
        except GitHubRefused as error:
            if error.status in _UNKNOWN:
                return None
            raise


def _invited(invitation: Any) -> str:
    """Their name; empty where somebody was invited by an e-mail address, which is not read."""
    return str(invitation.invitee.login) if invitation.invitee else ""
