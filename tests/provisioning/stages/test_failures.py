"""What AWS and Ansible say of a failure becomes one sentence that a person can act on."""

import logging
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from stuf_place import REGION

from provisioning.stages import infrastructure
from provisioning.stages.aws import Aws, Stack, explain
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.playbook import Play
from provisioning.stages.run import Run
from provisioning.stages.settings import read_settings
from provisioning.stages.stack import is_dead
from provisioning.stages.work import Work

KIND = "AWS::CloudFormation::Stack"


def refused(code: str, message: str = "No.") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "CreateStack")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (NoCredentialsError(), Reason.AWS_CREDENTIALS),
        (refused("ExpiredToken"), Reason.AWS_CREDENTIALS),
        (refused("AccessDenied"), Reason.AWS_ACCESS_DENIED),
        (refused("LimitExceeded"), Reason.AWS_REFUSED),
        (EndpointConnectionError(endpoint_url="https://example.org"), Reason.AWS_UNREACHABLE),
    ],
)
def test_an_error_of_aws_has_a_reason_and_a_next_step(error: Any, reason: Reason) -> None:
    told = explain(error)
    assert told.reason is reason
    assert "retry" in told.sentence.lower()


def test_a_missing_permission_is_named() -> None:
    message = (
        "User: arn:aws:sts::0:assumed-role/x is not authorized to perform: kms:CreateKey because no policy"
    )
    assert "kms:CreateKey" in explain(refused("AccessDenied", message)).sentence


class Events:
    """CloudFormation's events of a stack, newest first as it tells them."""

    def __init__(self, *events: tuple[str, str, str, str]) -> None:
        self._events = [
            {
                "LogicalResourceId": name,
                "ResourceType": kind,
                "ResourceStatus": status,
                "ResourceStatusReason": why,
            }
            for name, kind, status, why in events
        ]

    def describe_stack_events(self, **_words: str) -> dict[str, Any]:
        return {"StackEvents": self._events}


def aws_with(events: Events) -> Aws:
    aws = Aws(REGION)
    vars(aws)["cloudformation"] = events
    return aws


STORY = Events(
    ("stuf-a", KIND, "UPDATE_ROLLBACK_COMPLETE", ""),
    (
        "stuf-a",
        KIND,
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "The following resource(s) failed to create: [Function].",
    ),
    ("ApiRoute", "AWS::ApiGatewayV2::Route", "CREATE_FAILED", "Resource creation cancelled"),
    ("Function", "AWS::Lambda::Function", "CREATE_FAILED", "The runtime python3.9 is no longer supported"),
    ("stuf-a", KIND, "UPDATE_IN_PROGRESS", "User Initiated"),
    ("FilesKey", "AWS::KMS::Key", "CREATE_FAILED", "A cause of an earlier operation"),
)


def test_the_first_cause_of_the_last_operation_is_found_in_the_stacks_events() -> None:
    (cause,) = aws_with(STORY).stack_failures("stuf-a")
    assert cause == "Function (AWS::Lambda::Function): The runtime python3.9 is no longer supported"


def test_a_failed_stack_is_told_by_its_cause(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quiet: logging.Logger
) -> None:
    environment = {
        "STUF_SLUG": "acme",
        "STUF_OPERATION": "op-1",
        "STUF_SPEC": '{"slug":"acme","name":"A","storage":{"kind":"aws","region":"eu-west-1"}}',
        "STUF_REQUESTED_BY": "Tess",
        "STUF_OWNER": "acme",
        "STUF_REGION": REGION,
        "STUF_SENDER": "uploads@example.org",
    }
    run = Run(read_settings(environment), Work(tmp_path, "op-1"), quiet)
    vars(run)["aws"] = aws_with(STORY)

    def fail(*_words: object) -> None:
        raise StageError(Reason.APPLICATION_FAILED, "Deploy the package: the stack was rolled back")

    monkeypatch.setattr(infrastructure, "run_playbook", fail)
    with pytest.raises(StageError) as error:
        infrastructure.change_stack(run, "application", {"stuf_parameters": {}}, Reason.APPLICATION_FAILED)
    assert error.value.reason is Reason.APPLICATION_FAILED
    assert error.value.sentence.startswith("Function (AWS::Lambda::Function): The runtime python3.9")


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"msg": "No such bucket"}, "Upload: No such bucket"),
        ({"msg": "one\n  two"}, "Upload: one two"),
        ({"results": [{"msg": "fine"}, {"failed": True, "msg": "second item"}]}, "Upload: second item"),
        (
            {"msg": "rolled back", "log": ["Role CREATE_FAILED: no"]},
            "Upload: rolled back Role CREATE_FAILED: no",
        ),
        ({}, "Upload: no message"),
        ({"msg": "x" * 5000}, "Upload: " + "x" * 600),
    ],
)
def test_a_failed_task_is_told_by_its_message(
    quiet: logging.Logger, result: dict[str, Any], told: str
) -> None:
    play = Play(quiet)
    play.hear({"event": "runner_on_failed", "event_data": {"task": "Upload", "res": result, "duration": 1.0}})
    assert play.failures == [told]


def test_an_ignored_failure_is_none(quiet: logging.Logger) -> None:
    play = Play(quiet)
    play.hear({"event": "runner_on_failed", "event_data": {"task": "Try", "res": {}, "ignore_errors": True}})
    assert not play.failures


@pytest.mark.parametrize(
    ("status", "dead"),
    [
        ("ROLLBACK_COMPLETE", True),
        ("REVIEW_IN_PROGRESS", True),
        ("UPDATE_ROLLBACK_COMPLETE", False),
        ("CREATE_COMPLETE", False),
    ],
)
def test_a_first_creation_that_failed_is_made_anew(status: str, dead: bool) -> None:
    assert is_dead(Stack(status, {}, {}, {})) is dead
