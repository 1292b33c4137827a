"""`python -m provisioning.stages [--destroy] STAGE`: what a step of the workflow runs.

`package` makes the API's package ready in the cache and touches nothing else.
"""

import argparse
import importlib
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from provisioning.models import Stage
from provisioning.stages import package
from provisioning.stages.aws import explain
from provisioning.stages.errors import Reason, StageError, annotation
from provisioning.stages.run import Run
from provisioning.stages.settings import Control, read_settings
from provisioning.stages.work import StageResult, Work, open_log, utc_now

Do = Callable[[Run], dict[str, str]]

# Where each stage is done. It is imported when it runs: nothing else of what the others need costs time.
PROVISION: dict[str, str] = {
    Stage.VALIDATE: "validate:validate",
    Stage.REPOSITORY: "repository:make_repository",
    Stage.INFRASTRUCTURE: "infrastructure:make_infrastructure",
    Stage.APPLICATION: "application:deploy_application",
    Stage.CONFIGURATION: "configuration:write_configuration",
    Stage.VERIFICATION: "verification:verify",
}
DESTROY: dict[str, str] = {
    Stage.VALIDATE: "removal:validate_removal",
    Stage.INFRASTRUCTURE: "removal:remove_infrastructure",
    Stage.VERIFICATION: "removal:verify_removal",
}


def load(place: str) -> Do:
    """The function that does a stage, named as `module:function`."""
    module, _, function = place.partition(":")
    do: Do = getattr(importlib.import_module(f"provisioning.stages.{module}"), function)
    return do


def main(words: Sequence[str] | None = None) -> int:
    """Run one stage; 0 if it succeeded, 1 after an `::error` line that says why it did not."""
    parser = argparse.ArgumentParser(prog="python -m provisioning.stages", description=__doc__)
    parser.add_argument("--destroy", action="store_true", help="the stages of a destruction")
    parser.add_argument("stage", choices=[*PROVISION, "record", "package"])
    asked = parser.parse_args(words)
    if asked.stage == "package":
        return _package()
    try:
        settings = read_settings(os.environ)
    except StageError as error:
        _say(annotation(error.reason, error.sentence))
        return 1
    work = Work(settings.work_root, settings.operation)
    work.started_at(utc_now())
    run = Run(settings, work, open_log(work, asked.stage, os.environ))
    if asked.stage == "record":
        return _record(run, destroying=asked.destroy)
    place = (DESTROY if asked.destroy else PROVISION).get(asked.stage)
    if place is None:
        parser.error(f"a destruction has no stage {asked.stage}")
    return _run(asked.stage, load(place), run)


def _run(stage: str, do: Do, run: Run) -> int:
    began = time.monotonic()
    try:
        details = do(run)
    except StageError as error:
        ended = error
    except (BotoCoreError, ClientError) as error:
        ended = explain(error)
    except Exception:  # noqa: BLE001 - the edge of the program: told as a failed stage, with the trace in the log
        ended = _unforeseen(stage, run.log)
    else:
        seconds = round(time.monotonic() - began, 1)
        run.work.add_result(StageResult(stage=stage, succeeded=True, seconds=seconds, details=details))
        run.log.info("%s took %.1f s", stage, seconds)
        return 0
    seconds = round(time.monotonic() - began, 1)
    for line in ended.details:
        if line.rstrip(".") not in ended.sentence:
            run.log.error("%s", line)
    run.work.add_result(
        StageResult(
            stage=stage, succeeded=False, seconds=seconds, reason=ended.reason, sentence=ended.sentence
        )
    )
    run.log.error("%s", annotation(ended.reason, ended.sentence))
    return 1


def _record(run: Run, *, destroying: bool) -> int:
    from provisioning.stages.record import record  # noqa: PLC0415 - as the stages: only where it runs

    failed_before = any(not one.succeeded for one in run.work.results())
    try:
        record(run, os.environ.get("STUF_JOB_STATUS", ""), destroying=destroying)
    except StageError as error:
        ended = error
    except (BotoCoreError, ClientError) as error:
        ended = explain(error)
    except Exception:  # noqa: BLE001 - as above
        ended = _unforeseen("record", run.log)
    else:
        return 0
    line = annotation(ended.reason, ended.sentence)
    # The last error line of a run is what people are told: the stage's own cause must stay the last.
    run.log.error("%s", line.replace("::error ", "::warning ", 1) if failed_before else line)
    return 1


def _unforeseen(stage: str, log: logging.Logger) -> StageError:
    for line in traceback.format_exc().splitlines():
        log.error("%s", line)
    return StageError(
        Reason.INTERNAL_ERROR,
        f"The stage {stage} met a fault of its own program; the lines above tell where. Retry once, then tell the administrator.",
    )


def _package() -> int:
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    runtime = os.environ.get("LAMBDA_RUNTIME") or Control.runtime
    cache = Path(os.environ.get("STUF_BUILD_CACHE") or "build/lambda").absolute()
    try:
        package.build(package.describe(runtime, package.machine()), cache, logging.getLogger(__name__))
    except StageError as error:
        _say(annotation(error.reason, error.sentence))
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
