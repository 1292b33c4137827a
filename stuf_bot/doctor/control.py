"""Looks at the control repository on GitHub."""

from collections.abc import Iterator, Mapping

from provisioning.github import API_VERSION, GitHub, GitHubError, GitHubRefused
from stuf_bot.doctor.finding import Finding
from stuf_bot.settings import Settings

_AREA = "GitHub"
_WORKFLOWS = ("provision.yml", "destroy.yml")
_NEEDED = ("STUF_OWNER", "STUF_REGION", "STUF_SENDER", "AWS_ROLE")
_MANUAL = "docs/configuration.md describes it (The control repository)."


class ControlRepository(GitHub):
    """The control repository with what only a look at it needs."""

    def workflow_files(self) -> frozenset[str]:
        """The names of its workflow files. Raises GitHubError."""
        with self._errors(f"reading the workflows of {self.repository}"):
            return frozenset(found.path.rpartition("/")[2] for found in self._control().get_workflows())

    def variables(self) -> Mapping[str, str]:
        """Its Actions variables. Raises GitHubError."""
        with self._errors(f"reading the variables of {self.repository}"):
            return {found.name: found.value for found in self._control().get_variables()}

    def account(self) -> str:
        """The login under which the bot acts, `name[bot]` for an App. Raises GitHubError."""
        from github import Auth, GithubIntegration  # noqa: PLC0415 - slow to import.

        with self._errors("reading the bot's own account"):
            if self._app is None:
                return str(self._client().get_user().login)
            key = Auth.AppAuth(self._app.app_id, self._app.private_key.get_secret_value())
            app = GithubIntegration(auth=key, base_url=self._url, retry=None, api_version=API_VERSION)
            return f"{app.get_app().slug}[bot]"


def look(settings: Settings, control: ControlRepository) -> Iterator[Finding]:
    """What the bot's GitHub account meets."""
    try:
        files = control.workflow_files()
    except GitHubRefused as error:
        todo = "Check [github]: the control_repository's name, and that the token or App may see it and its Actions."
        yield Finding(_AREA, str(error), todo)
        return
    except GitHubError as error:
        yield Finding(
            _AREA, str(error), "Check [github] url and the network; GitHub's own state: githubstatus.com."
        )
        return
    for name in _WORKFLOWS:
        if name in files:
            yield Finding(_AREA, f"{control.repository} has the workflow {name}")
        else:
            todo = f"Push .github/workflows/{name} of this project to the default branch, and enable Actions."
            yield Finding(_AREA, f"{control.repository} has no workflow {name}", todo)
    yield from _account(settings, control)
    try:
        variables = control.variables()
    except GitHubError as error:
        todo = (
            "Let the token or App read them (Variables: read), or check them yourself: docs/configuration.md."
        )
        yield Finding(_AREA, f"{error}; they could not be checked", todo)
        return
    yield from _variables(settings, variables)


def _account(settings: Settings, control: ControlRepository) -> Iterator[Finding]:
    try:
        login = control.account()
    except GitHubError as error:
        yield Finding(_AREA, str(error), "Look yourself that [relays] own_accounts names the bot's account.")
        return
    known = {account.casefold() for account in settings.relays.own_accounts}
    if login.casefold() in known:
        yield Finding(_AREA, f"the bot acts as {login}")
        return
    own = ", ".join([*settings.relays.own_accounts, login])
    todo = f"Set [relays] own_accounts = {own}: then what the bot does itself is no news."
    yield Finding(_AREA, f"the bot acts as {login}, which [relays] own_accounts does not name", todo)


def _variables(settings: Settings, variables: Mapping[str, str]) -> Iterator[Finding]:
    for name in _NEEDED:
        if not variables.get(name):
            yield Finding(
                _AREA, f"the variable {name} is not set", f"Set it in the control repository; {_MANUAL}"
            )
    owner = variables.get("STUF_OWNER")
    if owner and owner != settings.github.instance_owner:
        todo = f"Set [github] owner = {owner}, or the variable to {settings.github.instance_owner}."
        yield Finding(
            _AREA,
            f"workflows make repositories of {owner}, the bot looks at {settings.github.instance_owner}",
            todo,
        )
    wanted = f"{settings.web.public_url}/hooks/stuf" if settings.web.public_url else ""
    told = variables.get("STUF_NOTIFY_URL", "")
    if not told:
        todo = f"Set it to {wanted or 'the public address of the bot and /hooks/stuf'}."
        yield Finding(_AREA, "the variable STUF_NOTIFY_URL is not set: uploads are not announced", todo)
    elif wanted and told != wanted:
        yield Finding(_AREA, f"STUFs notify {told}, the bot listens at {wanted}", "Correct one of the two.")
    else:
        yield Finding(_AREA, f"STUFs notify {told}")
