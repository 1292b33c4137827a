"""The instance repository on GitHub: makes it, finds it again, invites its reader, archives it."""

import logging
from typing import Final

import requests
from github import Auth, Github, GithubException, UnknownObjectException
from github.AuthenticatedUser import AuthenticatedUser
from github.Organization import Organization
from github.Repository import Repository

from provisioning import glass
from provisioning.github import API_VERSION
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.settings import Settings

_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403


class Hub:
    """GitHub as the token of the control repository sees it; every method raises StageError."""

    def __init__(self, settings: Settings, log: logging.Logger) -> None:
        if not settings.github_token.get_secret_value():
            raise StageError(
                Reason.SETTING_MISSING,
                "Not set: the secret STUF_GITHUB_TOKEN of the control repository, a token that may create "
                f"repositories of {settings.control.owner}. Set it, then retry.",
            )
        self._settings = settings
        self._log = log
        self._api = Github(
            auth=Auth.Token(settings.github_token.get_secret_value()),
            base_url=settings.control.github_api,
            timeout=30,
            retry=2,
            seconds_between_requests=0,
            seconds_between_writes=0,
            api_version=API_VERSION,
        )

    def find(self) -> Repository | None:
        """The instance repository, or None; StageError if one of that name is not ours."""
        try:
            found = self._api.get_repo(self._settings.repository)
        except UnknownObjectException:
            return None
        except (GithubException, requests.RequestException) as error:
            raise self._explain(error, "read repositories") from None
        if found.description != glass.description(self._settings.slug):
            raise StageError(
                Reason.REPOSITORY_NOT_OURS,
                f"The repository {self._settings.repository} exists and is not the repository of this STUF. "
                "Choose another slug, or have the administrator rename that repository.",
            )
        return found

    def ensure(self) -> Repository:
        """The instance repository, made private if it is not there, writable if it was archived."""
        found = self.find()
        try:
            if found is None:
                return self._create()
            if found.archived:
                self._log.info("%s was archived; it is opened again", found.full_name)
                found.edit(archived=False)
        except (GithubException, requests.RequestException) as error:
            raise self._explain(error, f"create the repository {self._settings.repository}") from None
        return found

    def invite(self, repository: Repository, account: str) -> None:
        """Invite a GitHub account to read; a failure is told and stops nothing, since access can be given later."""
        try:
            if repository.has_in_collaborators(account):
                return
            repository.add_to_collaborators(account, permission="pull")
        except (GithubException, requests.RequestException) as error:
            refused = self._explain(error, f"invite {account}")
            self._log.warning("::warning title=invitation::%s The STUF works without it.", refused.sentence)
        else:
            self._log.info(
                "Invited %s to read %s; the invitation lapses after 7 days", account, repository.full_name
            )

    def archive(self, repository: Repository) -> None:
        """Make the repository read-only; it stays as the record of what was."""
        try:
            repository.edit(archived=True)
        except (GithubException, requests.RequestException) as error:
            raise self._explain(error, f"archive {repository.full_name}") from None

    def _create(self) -> Repository:
        name = self._settings.repository.partition("/")[2]
        place = self._owner()
        made = place.create_repo(
            name,
            description=glass.description(self._settings.slug),
            private=True,
            has_issues=False,
            has_wiki=False,
            has_projects=False,
            auto_init=False,
        )
        self._log.info("Created the private repository %s", made.full_name)
        return made

    def _owner(self) -> Organization | AuthenticatedUser:
        """Where the repository is made. An App's token has no user, so the organization is asked first."""
        owner = self._settings.control.owner
        try:
            return self._api.get_organization(owner)
        except UnknownObjectException:
            user = self._api.get_user()
        if isinstance(user, AuthenticatedUser) and user.login.lower() == owner.lower():
            return user
        raise StageError(
            Reason.GITHUB_ACCESS_DENIED,
            f"STUF_OWNER is {owner}, which is neither an organization that the token in STUF_GITHUB_TOKEN can see "
            "nor the token's own account. The administrator has to correct one of them, then retry.",
        )

    def _explain(self, error: GithubException | requests.RequestException, doing: str) -> StageError:
        if not isinstance(error, GithubException):
            return StageError(
                Reason.GITHUB_UNREACHABLE,
                f"GitHub could not be reached ({type(error).__name__}). Retry in a few minutes.",
            )
        if error.status == _UNAUTHORIZED:
            return StageError(
                Reason.GITHUB_CREDENTIALS,
                "GitHub does not accept the secret STUF_GITHUB_TOKEN. The administrator has to renew it, then retry.",
            )
        said = error.data.get("message", "") if isinstance(error.data, dict) else ""
        if error.status == _FORBIDDEN:
            return StageError(
                Reason.GITHUB_ACCESS_DENIED,
                f"GitHub did not allow to {doing}{_in_brackets(said)}. The administrator has to give the token in "
                f"STUF_GITHUB_TOKEN that right for {self._settings.control.owner}, then retry.",
            )
        return StageError(
            Reason.GITHUB_REFUSED,
            f"GitHub refused to {doing}: {error.status}{_in_brackets(said)}. Correct the cause, then retry.",
        )


def _in_brackets(text: object) -> str:
    told = " ".join(str(text).split())[:200]
    return f" ({told})" if told else ""
