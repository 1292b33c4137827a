"""Stage `repository`: the instance repository exists and holds what the STUF is made of."""

from collections.abc import Mapping

from github.Repository import Repository

from provisioning import glass
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.hub import Hub
from provisioning.stages.package import APPLICATION
from provisioning.stages.playbook import PLAYBOOKS, ROOT, run_playbook
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings, dump

# Place in the instance repository to what is mirrored there.
SOURCES: Mapping[str, str] = {
    "application/api": str(APPLICATION / "api"),
    "application/spa": str(APPLICATION / "spa"),
    "infrastructure/ansible/provision.yml": str(PLAYBOOKS / "provision.yml"),
    "infrastructure/ansible/destroy.yml": str(PLAYBOOKS / "destroy.yml"),
    "infrastructure/ansible/roles": str(PLAYBOOKS / "roles"),
    "infrastructure/terraform": str(PLAYBOOKS / "roles" / "repository" / "files" / "terraform"),
    "ci-cd/pipelines": str(PLAYBOOKS / "roles" / "repository" / "files" / "pipelines"),
    "ci-cd/workflows/provision.yml": str(ROOT / ".github" / "workflows" / "provision.yml"),
    "ci-cd/workflows/destroy.yml": str(ROOT / ".github" / "workflows" / "destroy.yml"),
}


def open_clone(run: Run, found: Repository) -> glass.Clone:
    """The newest state of the instance repository in the work directory; StageError if git fails."""
    clone = glass.Clone(run.work.clone, found.clone_url, run.settings.github_token)
    try:
        clone.fetch()
    except glass.GitError as error:
        raise push_failed(run.settings, error) from None
    return clone


def push_failed(settings: Settings, error: glass.GitError) -> StageError:
    """The stage's end that a failed git command means."""
    return StageError(
        Reason.PUSH_FAILED,
        f"Git could not work with {settings.repository} ({error}). The administrator has to check that "
        "STUF_GITHUB_TOKEN may write there, then retry.",
    )


def make_repository(run: Run) -> dict[str, str]:
    """Run the stage; StageError if GitHub or git refuses."""
    settings, log = run.settings, run.log
    hub = Hub(settings, log)
    found = hub.ensure()
    clone = open_clone(run, found)
    clone.write(glass.SPEC, dump(settings.spec.model_dump(mode="json")))
    run_playbook(
        run,
        "provision.yml",
        "repository",
        {
            "stuf_region": settings.region,
            "stuf_spec": settings.spec.model_dump(mode="json"),
            "repository_folder": str(clone.folder),
            "repository_sources": dict(SOURCES),
        },
        Reason.REPOSITORY_FAILED,
    )
    message = glass.Message(
        subject=f"Lay out {settings.slug}",
        what=("the application, the stack's template and roles, the workflows and the specification",),
        reason=settings.reason,
        requested_by=settings.requested_by,
        operation=settings.operation,
        verification="to follow at the end of the operation",
        run_url=settings.control.run_url,
    )
    try:
        commit = clone.commit(message)
        if commit:
            clone.push()
    except glass.GitError as error:
        raise push_failed(settings, error) from None
    log.info(
        "Pushed %s to %s" if commit else "%s: nothing changed in %s",
        (commit or "repository")[:12],
        found.full_name,
    )
    if settings.spec.github_account:
        hub.invite(found, settings.spec.github_account)
    return {"repository": found.html_url}
