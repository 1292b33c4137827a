"""What stands in the way of a provisioning is found before anything is made, and said with what to do."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import requests
from stuf_place import Place

from provisioning.github import API_VERSION
from provisioning.models import SentryConfig
from provisioning.stages.aws import Stack
from provisioning.stages.configuration import STUF_CONFIG, stuf_config
from provisioning.stages.errors import Reason, StageError
from provisioning.stages.hub import Hub
from provisioning.stages.kept import files_bucket, logs_bucket
from provisioning.stages.record import record
from provisioning.stages.settings import dump
from provisioning.stages.stack import check_stack
from provisioning.stages.validate import validate
from provisioning.stages.verification import Patience, check_bucket, check_configuration, verify
from provisioning.stages.work import StageResult

if TYPE_CHECKING:
    from provisioning.models import StufConfig

ACCOUNT = "000000000000"
NOW = Patience(seconds=0, sleep=lambda _seconds: None)


def reason_of(error: pytest.ExceptionInfo[StageError]) -> Reason:
    assert error.value.sentence.endswith((".", "again."))
    return error.value.reason


def stack(status: str = "CREATE_COMPLETE", **outputs: str) -> Stack:
    return Stack(status=status, parameters={}, outputs=outputs, tags={"stuf:slug": "acme"})


def test_a_free_slug_is_fine(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert validate(place.run("fresh-one", monkeypatch)) == {"account": ACCOUNT}


def test_an_unverified_sender_says_what_the_administrator_does(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StageError) as error:
        validate(place.run("fresh-one", monkeypatch, STUF_SENDER="other@example.com"))
    assert reason_of(error) is Reason.SENDER_UNVERIFIED
    assert "create the identity example.com" in error.value.sentence
    assert "other@example.com" not in error.value.sentence


def test_a_verified_domain_covers_its_addresses(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.client("sesv2").create_email_identity(EmailIdentity="domain.example.org")
    validate(place.run("fresh-one", monkeypatch, STUF_SENDER="any@domain.example.org"))


def test_a_missing_token_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StageError) as error:
        validate(place.run("fresh-one", monkeypatch, STUF_GITHUB_TOKEN=""))
    assert reason_of(error) is Reason.SETTING_MISSING
    assert "STUF_GITHUB_TOKEN" in error.value.sentence


def test_a_wrong_token_is_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StageError) as error:
        validate(place.run("fresh-one", monkeypatch, STUF_GITHUB_TOKEN="ghp_wrong"))
    assert reason_of(error) is Reason.GITHUB_CREDENTIALS
    assert "ghp_wrong" not in error.value.sentence


def test_github_is_asked_in_the_version_that_this_is_written_for(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = place.run("fresh-one", monkeypatch)
    asked = []
    send = requests.Session.send

    def noting(session: requests.Session, request: requests.PreparedRequest, **how: Any) -> requests.Response:
        asked.append(request.headers.get("X-GitHub-Api-Version"))
        return send(session, request, **how)

    monkeypatch.setattr(requests.Session, "send", noting)
    assert Hub(run.settings, run.log).find() is None
    assert set(asked) == {API_VERSION}


def test_somebody_elses_repository_is_left_alone(
    place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    (place.folder / "other").mkdir(exist_ok=True)
    (place.folder / "other" / "README.md").write_text("Mine.")
    place.github.seed_repository("acme", "stuf-taken-name", place.folder / "other")
    with pytest.raises(StageError) as error:
        validate(place.run("taken-name", monkeypatch))
    assert reason_of(error) is Reason.REPOSITORY_NOT_OURS


@pytest.mark.parametrize(
    ("status", "reason"),
    [("UPDATE_IN_PROGRESS", Reason.STACK_BUSY), ("UPDATE_ROLLBACK_FAILED", Reason.STACK_STUCK)],
)
def test_a_stack_that_is_not_at_rest_is_waited_for(
    place: Place, monkeypatch: pytest.MonkeyPatch, status: str, reason: Reason
) -> None:
    with pytest.raises(StageError) as error:
        check_stack(stack(status), place.run("acme", monkeypatch).settings)
    assert reason_of(error) is reason


def test_somebody_elses_stack_is_left_alone(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StageError) as error:
        check_stack(stack(), place.run("other", monkeypatch).settings)
    assert reason_of(error) is Reason.STACK_NOT_OURS


@pytest.fixture
def kept(place: Place) -> Iterator[str]:
    """The slug of a STUF whose files were kept; their key is gone."""
    s3 = place.client("s3")
    bucket = files_bucket("was-here", ACCOUNT)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="uploads/1/data/report.pdf", Body=b"kept")
    yield "was-here"
    s3.delete_object(Bucket=bucket, Key="uploads/1/data/report.pdf")
    s3.delete_bucket(Bucket=bucket)


def test_kept_files_are_not_mixed_with_a_new_stuf(
    place: Place, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StageError) as error:
        validate(place.run(kept, monkeypatch))
    assert reason_of(error) is Reason.FILES_KEPT
    assert files_bucket(kept, ACCOUNT) in error.value.sentence
    # What can be typed, word for word.
    assert f"An administrator types `retry {kept} adopt` in chat" in error.value.sentence
    assert "choose another slug" in error.value.sentence


def test_kept_files_without_their_key_cannot_be_adopted(
    place: Place, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StageError) as error:
        validate(place.run(kept, monkeypatch, STUF_KEPT_FILES="adopt"))
    assert reason_of(error) is Reason.FILES_KEY_LOST


def test_access_logs_without_their_files_are_evidence(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    s3 = place.client("s3")
    bucket = logs_bucket("logged", ACCOUNT)
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket=bucket, Key="files/1", Body=b"line")
    with pytest.raises(StageError) as error:
        validate(place.run("logged", monkeypatch))
    assert reason_of(error) is Reason.FILES_KEPT


def test_an_empty_left_over_is_in_nobodys_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = files_bucket("half-made", ACCOUNT)
    place.client("s3").create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    validate(place.run("half-made", monkeypatch))


def test_a_logo_that_lies_there_is_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = place.run("acme", monkeypatch).settings
    first = stuf_config(settings, "https://acme.example.org", None)
    assert first.branding.logo is None
    with_logo = first.model_copy(
        update={"branding": first.branding.model_copy(update={"logo": "config/logo.png"})}
    )
    present = dump(with_logo.model_dump(mode="json")).encode()
    assert stuf_config(settings, "https://acme.example.org", present).branding.logo == "config/logo.png"
    assert stuf_config(settings, "https://acme.example.org", b"{}").branding.logo is None


def test_where_errors_are_reported_is_kept(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = place.run("acme", monkeypatch).settings
    first = stuf_config(settings, "https://acme.example.org", None)
    assert first.sentry is None
    told = SentryConfig(dsn="https://key@sentry.example.org/1", environment="production")
    present = dump(first.model_copy(update={"sentry": told}).model_dump(mode="json")).encode()
    assert stuf_config(settings, "https://acme.example.org", present).sentry == told


def test_without_an_address_for_notifications_none_are_sent(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place.run("acme", monkeypatch, STUF_NOTIFY_URL="").settings
    assert stuf_config(settings, "https://acme.example.org", None).notify is None


def test_an_open_bucket_does_not_pass(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = place.run("acme", monkeypatch)
    place.client("s3").create_bucket(
        Bucket="open", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    place.client("s3").put_public_access_block(
        Bucket="open",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": False,
            "RestrictPublicBuckets": True,
        },
    )
    with pytest.raises(StageError) as error:
        check_bucket(run.aws, "open")
    assert reason_of(error) is Reason.POSTURE_WRONG
    for fault in ("public access is not blocked", "versions are not kept", "without TLS are not refused"):
        assert fault in error.value.sentence


def test_configuration_under_another_key_does_not_pass(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    run = place.run("acme", monkeypatch)
    config: StufConfig = stuf_config(run.settings, "https://acme.example.org", None)
    s3 = place.client("s3")
    s3.create_bucket(Bucket="other-key", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="other-key", Key=STUF_CONFIG, Body=dump(config.model_dump(mode="json")).encode())
    with pytest.raises(StageError) as error:
        check_configuration(run.aws, stack(Bucket="other-key", KmsKeyArn="arn:aws:kms:eu-west-1:0:key/own"))
    assert reason_of(error) is Reason.POSTURE_WRONG


def test_a_retry_needs_the_stack_that_it_builds_on(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StageError) as error:
        verify(place.run("never-made", monkeypatch), NOW)
    assert reason_of(error) is Reason.STACK_MISSING


def test_without_a_repository_nothing_is_recorded_and_nothing_fails(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = place.run("no-repository", monkeypatch)
    run.work.add_result(StageResult(stage="validate", succeeded=False, seconds=1, reason="sender-unverified"))
    record(run, "failure", destroying=False)
