"""Every setting of the bot, typed. `stuf_bot.configuration` reads them from bot.conf and the environment."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from stuf_bot.messages import Effect
from stuf_bot.policy import DEFAULTS, Policy, Way
from stuf_bot.setting_types import (
    Address,
    Confirmed,
    FernetKey,
    Names,
    Repository,
    Secret,
    Section,
    Slug,
    TopicArn,
)

_DEFAULT_REGION = "eu-west-1"


class BotSettings(Section):
    """[stuf_bot]: the bot itself."""

    database_url: str = Field(
        "sqlite:///stuf_bot.sqlite",
        repr=False,
        description="where the bot keeps its state, as an SQLAlchemy URL: SQLite or PostgreSQL; a second bot stands by",
    )
    admin_channel: str = Field(
        "stuf-admin",
        min_length=1,
        description="the channel in which architects and operators talk to the bot",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="how much is logged to standard error"
    )
    executor_id: str = Field(
        "stuf-bot-1",
        min_length=1,
        description="the name under which the bot notes its operations",
    )


class ZulipSettings(Section):
    """[zulip]: the bot's account, by a zuliprc file or by its three values."""

    zuliprc: Path | None = Field(
        None, description="the file that Zulip offers when the bot's account is made"
    )
    email: str = Field("", description="the e-mail of the bot's account, instead of a zuliprc")
    key: SecretStr = Field(SecretStr(""), description="its API key, instead of a zuliprc")
    site: Address | Literal[""] = Field("", description="the address of the realm, instead of a zuliprc")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in ("email", "key", "site") if not _plain(getattr(self, name))]
        if missing and len(missing) == len(("email", "key", "site")):
            raise ValueError("needs zuliprc (the path of the bot's zuliprc file), or email, key and site")
        if missing:
            raise ValueError(f"needs {' and '.join(missing)} as well")
        return self


class RolesSettings(Section):
    """[roles]: which of Zulip's user groups may do what."""

    architects: Names = Field(("role:members",), description="groups whose people create STUFs and own them")
    operators: Names = Field(("stuf-operators",), description="groups that watch and repair all STUFs")
    administrators: Names = Field(("role:administrators",), description="groups that run the bot itself")
    viewers: Names = Field((), description="groups that may look at all STUFs, and change nothing")


class GithubSettings(Section):
    """[github]: the control repository, and the account that works there."""

    url: Address = Field("https://api.github.com", description="address of GitHub's REST API")
    token: SecretStr | None = Field(None, description="a token that may run workflows, instead of an App")
    app_id: int | None = Field(None, gt=0, description="the number of the GitHub App, instead of a token")
    private_key_file: Path | None = Field(None, description="the App's private key (a .pem file)")
    installation_id: int | None = Field(
        None, gt=0, description="the App's installation; found by itself when left out"
    )
    control_repository: Repository = Field(
        description="the repository whose workflows provision, as owner/name"
    )
    ref: str = Field("main", min_length=1, description="the branch whose workflows run")
    owner: str = Field(
        "", description="the owner of the instance repositories; the control repository's when left out"
    )
    webhook_secrets: tuple[SecretStr, ...] = Field(
        (), description="secrets of GitHub's webhooks; two while one is being changed"
    )
    poll_seconds: float = Field(
        5.0, ge=0.2, le=300, description="how often a run is looked at while no webhook tells, in seconds"
    )

    @model_validator(mode="after")
    def _account(self) -> Self:
        if self.token and self.app_id:
            raise ValueError("has both token and app_id; keep one")
        if self.app_id and not self.private_key_file:
            raise ValueError("needs private_key_file with app_id")
        if not self.token and not self.app_id:
            raise ValueError("needs token, or app_id and private_key_file")
        return self

    @property
    def instance_owner(self) -> str:
        """Who owns the instance repositories."""
        return self.owner or self.control_repository.partition("/")[0]


class AwsSettings(Section):
    """[aws]: the bot writes participants to storage, and reads verification files back."""

    region: str = Field(
        _DEFAULT_REGION, min_length=1, description="the region of the control account's mail and texts"
    )
    endpoint_url: Address | None = Field(None, description="another address of AWS, for an emulator")
    access_key_id: str | None = Field(None, description="an access key; else boto3's usual places are asked")
    secret_access_key: SecretStr | None = Field(None, description="the secret of the access key")

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise ValueError("needs access_key_id and secret_access_key together, or neither")
        return self


class WebSettings(Section):
    """[web]: the door for webhooks, of GitHub, Sentry, the clouds and the STUFs."""

    host: str = Field(
        "127.0.0.1", min_length=1, description="the address to listen on; a proxy with TLS stands before it"
    )
    port: int = Field(8081, ge=0, le=65535, description="the port to listen on; 0 takes any that is free")
    public_url: Address | None = Field(None, description="how this door is reached from outside")
    body_limit: int = Field(
        1_000_000, ge=1_000, le=25_000_000, description="the largest body of a delivery, in bytes"
    )
    body_seconds: float = Field(
        5.0, ge=0.1, le=60, description="how long the body of a delivery may take to arrive, in seconds"
    )
    deliveries_per_second: float = Field(
        200.0, gt=0, le=10_000, description="how many deliveries of one sender are taken a second, for long"
    )
    metrics_token: SecretStr | None = Field(
        None, description="who shows it may read /metrics; when left out, only this machine may"
    )


class CloudSettings(Section):
    """[cloud]: alarms of the clouds."""

    topics: tuple[TopicArn, ...] = Field(
        (), description="SNS topics whose messages are taken, by their ARNs; no other one is believed"
    )
    azure_secrets: tuple[Secret, ...] = Field(
        (), description="secrets that Azure shows with its alerts; two while one is being changed"
    )


class RelaysSettings(Section):
    """[relays]: whose accounts elsewhere they are."""

    github_field: str = Field("GitHub username", description="the profile field of Zulip with it")
    sentry_field: str = Field("Sentry username", description="the same for Sentry")
    own_accounts: Names = Field((), description="this project's accounts: what they do is told of quietly")


class SentrySettings(Section):
    """[sentry]: the bot's own errors, and the projects of the STUFs."""

    dsn: SecretStr | None = Field(
        None, description="where the bot reports its own errors; nowhere when left out"
    )
    environment: str = Field(
        "production", min_length=1, description="the name of this installation in Sentry"
    )
    url: Address = Field("https://sentry.io", description="the address of Sentry")
    organization: str = Field("", description="the slug of the organization in Sentry")
    team: str = Field("", description="the slug of the team that has the STUFs' projects")
    token: SecretStr | None = Field(
        None, description="the token of the integration in Sentry; without one STUFs have no projects there"
    )
    app_id: str | None = Field(
        None, description="the id of the integration: alerts tell it, and its own acts are known by it"
    )
    resolve_with_topic: bool = Field(
        True, description="whether a topic that somebody resolves resolves its issue in Sentry"
    )
    poll_minutes: float = Field(
        10.0, ge=1, le=1440, description="how often Sentry is asked for what no webhook told, in minutes"
    )
    client_secrets: tuple[SecretStr, ...] = Field(
        (), description="client secrets of Sentry's integration; two while one is being changed"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        missing = [name for name in ("organization", "team") if self.token and not getattr(self, name)]
        if missing:
            raise ValueError(f"needs {' and '.join(missing)} with token")
        return self


class StufPolicySettings(Section):
    """[policy:SLUG]: what is stricter, or looser, for one STUF."""

    changes: Way | None = Field(None, description="how a change is confirmed")
    costs: Confirmed | None = Field(None, description="how something that costs is confirmed")
    destroys: Confirmed | None = Field(None, description="how something that destroys is confirmed")


class PolicySettings(Section):
    """[policy]: who has to confirm what. `stufs` holds the sections [policy:SLUG], by slug."""

    changes: Way = Field(DEFAULTS[Effect.CHANGES], description="how a change is confirmed")
    costs: Confirmed = Field(DEFAULTS[Effect.COSTS], description="how something that costs is confirmed")
    destroys: Confirmed = Field(
        DEFAULTS[Effect.DESTROYS], description="how something that destroys is confirmed"
    )
    code_key: FernetKey | None = Field(
        None, description="the key that people's one-time codes are encrypted with; needed for the way code"
    )
    stufs: Mapping[Slug, StufPolicySettings] = Field({}, description="the sections of single STUFs")

    @model_validator(mode="after")
    def _codes_have_a_key(self) -> Self:
        if self.code_key is None and any(Way.CODE in self.ways(effect) for effect in DEFAULTS):
            raise ValueError("needs code_key where something is confirmed by code")
        return self

    def policy(self) -> Policy:
        """What these settings ask for."""
        return Policy(_ways(self), {slug: _ways(section) for slug, section in self.stufs.items()})

    def ways(self, effect: Effect) -> frozenset[Way]:
        """All ways in which something with this effect may have to be confirmed, on whatever STUF."""
        sections: tuple[PolicySettings | StufPolicySettings, ...] = (self, *self.stufs.values())
        return frozenset(ways[effect] for ways in map(_ways, sections) if effect in ways)


def _ways(section: PolicySettings | StufPolicySettings) -> dict[Effect, Way]:
    """What is set, by effect."""
    given = {
        Effect.CHANGES: section.changes,
        Effect.COSTS: section.costs,
        Effect.DESTROYS: section.destroys,
    }
    return {effect: way for effect, way in given.items() if way is not None}


class Settings(BaseModel):
    """All settings; built by `stuf_bot.configuration.load`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    stuf_bot: BotSettings = BotSettings()
    zulip: ZulipSettings
    roles: RolesSettings = RolesSettings()
    policy: PolicySettings = PolicySettings()
    github: GithubSettings
    aws: AwsSettings = AwsSettings()
    web: WebSettings = WebSettings()
    cloud: CloudSettings = CloudSettings()
    relays: RelaysSettings = RelaysSettings()
    sentry: SentrySettings = SentrySettings()

    def secrets(self) -> tuple[str, ...]:
        """Every secret value, so that the log can leave them out."""
        github, aws = self.github, self.aws
        given = (
            self.zulip.key,
            github.token,
            *github.webhook_secrets,
            aws.secret_access_key,
            self.sentry.dsn,
            self.sentry.token,
            *self.sentry.client_secrets,
            *self.cloud.azure_secrets,
            self.web.metrics_token,
            self.policy.code_key,
            urlsplit(self.stuf_bot.database_url).password,
        )
        return tuple(_plain(secret) for secret in given if secret and _plain(secret))


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value
