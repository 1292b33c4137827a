"""Step `record`: the instance repository learns how the attempt went, whatever that was."""

from collections.abc import Sequence

from provisioning import glass
from provisioning.models import Stage
from provisioning.stages.configuration import METADATA_CONFIG, STUF_CONFIG, configuration_files
from provisioning.stages.hub import Hub
from provisioning.stages.repository import open_clone, push_failed
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings, dump
from provisioning.stages.stack import outputs, standing
from provisioning.stages.work import StageResult, utc_now

ACCESS_LOGS = "audit/access-logs/README.md"


def record(run: Run, job_status: str, *, destroying: bool) -> None:
    """Commit log, history and, after success, outputs and configuration; StageError if that fails."""
    settings, work, log = run.settings, run.work, run.log
    hub = Hub(settings, log)
    found = hub.find()
    if found is None:
        log.info("There is no instance repository yet, so there is nothing to record in.")
        return
    if found.archived:
        # It is opened by a provisioning that came as far as its stage, and never to note a refusal.
        log.info("%s is archived and stays as it is.", found.full_name)
        return
    clone = open_clone(run, found)
    results = work.results()
    succeeded = _succeeded(results, job_status)
    before = {path: clone.read(path) for path in (glass.STUF_CONFIG, glass.METADATA_CONFIG, glass.SPEC)}
    if succeeded and not destroying:
        _write_state(run, clone)
    started = work.started_at(utc_now())
    changed = [path for path, content in before.items() if clone.read(path) != content]
    verification = _verification(results)
    history = {
        "schema_version": 1,
        "operation": settings.operation,
        "kind": "destroy" if destroying else "provision",
        "slug": settings.slug,
        "requested_by": settings.requested_by,
        "reason": settings.reason,
        "started_at": started.isoformat(),
        "ended_at": utc_now().isoformat(),
        "outcome": "succeeded" if succeeded else "cancelled" if job_status == "cancelled" else "failed",
        "run": settings.control.run_url,
        "control_commit": settings.control.commit,
        "stages": [one.model_dump() for one in results],
    }
    clone.write(glass.history_path(started, settings.operation), dump(history))
    if changed:
        change = {
            "schema_version": 1,
            "operation": settings.operation,
            "files": changed,
            "requested_by": settings.requested_by,
        }
        clone.write(glass.change_path(started, settings.operation), dump(change))
    if work.log_file.exists():
        clone.write(glass.log_path(started, settings.operation), work.log_file.read_text("utf-8"))
    message = glass.Message(
        subject=_subject(settings, results, succeeded=succeeded, destroying=destroying),
        what=_what(results),
        reason=settings.reason,
        requested_by=settings.requested_by,
        operation=settings.operation,
        verification=verification,
        run_url=settings.control.run_url,
    )
    try:
        commit = clone.commit(message)
        clone.push()
    except glass.GitError as error:
        raise push_failed(settings, error) from None
    log.info("Recorded in %s as %s", found.full_name, (commit or "unchanged")[:12])
    if destroying and succeeded:
        hub.archive(found)
        log.info("Archived %s: it stays as the record of what was", found.full_name)


def _write_state(run: Run, clone: glass.Clone) -> None:
    settings, aws = run.settings, run.aws
    stack = standing(aws, settings)
    made = outputs(stack, settings)
    clone.write(glass.OUTPUTS, dump(made.model_dump(mode="json")))
    config, questions = (aws.read_object(made.bucket, key) for key in (STUF_CONFIG, METADATA_CONFIG))
    if config is not None and questions is not None:
        for path, content in configuration_files(config, questions, settings).items():
            clone.write(path, content)
    clone.write(
        ACCESS_LOGS,
        f"# Access logs\n\nWho touched files: `s3://{made.bucket.replace('-files-', '-logs-')}/files/`, kept for a "
        f"year.\nWhat the API was asked: the log group `/stuf/{settings.slug}/access` in {settings.region}.\n"
        "Neither is copied here, since they name addresses and files.\n",
    )


def _succeeded(results: Sequence[StageResult], job_status: str) -> bool:
    """GitHub knows whether a step was cut off; where nobody asks it, the stages' own word counts."""
    whole = bool(results) and all(one.succeeded for one in results)
    return whole and job_status in {"", "success"}


def _subject(settings: Settings, results: Sequence[StageResult], *, succeeded: bool, destroying: bool) -> str:
    doing = "Destroy" if destroying else "Provision"
    if succeeded:
        kept = " and keep its files" if destroying and settings.keep_files else ""
        return f"{doing} {settings.slug}{kept}"
    failed = next((one.stage for one in results if not one.succeeded), "")
    return f"{doing} {settings.slug}: {f'failed at {failed}' if failed else 'cut off'}"


def _what(results: Sequence[StageResult]) -> tuple[str, ...]:
    lines = []
    for one in results:
        told = (
            ", ".join(f"{name} {value}" for name, value in one.details.items())
            if one.succeeded
            else f"[{one.reason}]"
        )
        lines.append(
            f"{one.stage}: {'done' if one.succeeded else 'failed'} in {one.seconds:.0f} s{f' ({told})' if told else ''}"
        )
    return tuple(lines)


def _verification(results: Sequence[StageResult]) -> str:
    for one in results:
        if one.stage == Stage.VERIFICATION:
            return "passed" if one.succeeded else f"failed, {one.reason}"
    return "not reached"
