"""`deployment`, `deployment_status`, `deployment_protection_rule`: one deployment, one topic, one card."""

from collections.abc import Iterable
from datetime import datetime

from handlers import _deployments
from handlers.github import deployments_card, deployments_state, runs_jobs
from handlers.github.deployments_state import Deployment, Run, Status
from handlers.github.operation_runs import belongs_to_operation
from handlers.github.reading import Hook, Json, ReadContext, Unreadable
from stuf_bot.relays import Relay

_NOTHING = "a deployment without an id"


class DeploymentHook(Hook):
    """`deployment` and `deployment_status`."""

    deployment: Deployment = Deployment()
    deployment_status: Status = Status()
    workflow_run: Run = Run()


class RuleHook(Hook):
    """`deployment_protection_rule`: an App is asked whether the deployment may go on."""

    environment: str = ""
    event: str = ""
    deployment: Deployment = Deployment()


def read(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`deployment` and `deployment_status`."""
    hook = DeploymentHook.of(payload)
    if not hook.deployment.id:
        raise Unreadable(_NOTHING)
    if belongs_to_operation(ctx, hook.repository, hook.workflow_run):
        return []
    status = hook.deployment_status if hook.deployment_status.id else None
    return _taken(hook, ctx, hook.deployment, status, hook.workflow_run)


def read_rule(payload: Json, ctx: ReadContext) -> Iterable[Relay]:
    """`deployment_protection_rule`."""
    hook = RuleHook.of(payload)
    if not hook.deployment.id:
        raise Unreadable(_NOTHING)
    return _taken(hook, ctx, hook.deployment, rule=hook.environment or hook.deployment.environment)


def _taken(  # noqa: PLR0913 - the parts of an event, by name.
    hook: Hook,
    ctx: ReadContext,
    deployment: Deployment,
    status: Status | None = None,
    run: Run | None = None,
    *,
    rule: str = "",
) -> list[Relay]:
    key = deployments_card.key(hook, deployment.id)
    facts = deployments_state.taken(ctx.objects.read(ctx.session, key) or {}, deployment, status, run)
    if rule:
        facts["rule"] = rule
    ctx.objects.keep(ctx.session, key, ctx.scope, facts)
    if facts["run"][0]:
        runs_jobs.note_deployment(ctx, hook.repository, facts["run"][0], deployment.id)
    told = deployments_card.tell(hook, ctx, deployment.id, facts)
    _remember(hook, ctx, deployment.id, facts)
    return [told]


def _remember(hook: Hook, ctx: ReadContext, number: int, facts: Json) -> None:
    """Among the deployments of its STUF, once it went well."""
    story = deployments_state.history(facts)
    if story.ended is None or story.ended["state"] != "success" or not story.ended["at"]:
        return
    deployment = _deployments.Deployment(
        key=f"{hook.repository.full_name}:{number}",
        source=_deployments.GITHUB,
        environment=facts["deployment"]["environment"],
        finished_at=datetime.fromisoformat(story.ended["at"]),
        commit=facts["deployment"]["sha"],
        link=facts["run"][1] or story.last("log") or f"{hook.repository.html_url}/deployments",
        repository=hook.repository.full_name,
    )
    _deployments.note(ctx.session, ctx.scope, deployment)
