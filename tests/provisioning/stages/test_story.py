"""One STUF from its first stage to its end, each stage in a process of its own as in the workflow.

Each test asks for the state that it looks at; the fixture of that state brings it about once, from the one before.
States go one way, so the tests of a later one stand further down.
"""

import json
import re

import pytest
import requests
from stuf_place import ALARM_TOPIC, REGION, Ended, Place

from provisioning import glass
from provisioning.models import Stage, StufOutputs
from provisioning.stages.configuration import STUF_CONFIG
from provisioning.stages.kept import files_bucket

ACCOUNT = "000000000000"
SLUG = "acme-audit"
FILE = "uploads/1/data/report.pdf"
CHANGING = (Stage.INFRASTRUCTURE, Stage.APPLICATION, Stage.CONFIGURATION)


def text_of(place: Place, slug: str, path: str) -> str:
    content = place.repository(slug).get_contents(path)
    assert not isinstance(content, list)
    return content.decoded_content.decode()


def outputs_of(place: Place) -> StufOutputs:
    return StufOutputs.model_validate_json(text_of(place, SLUG, "infrastructure/outputs.json"))


def files_of(place: Place) -> set[str]:
    return {
        one.path
        for one in place.repository(SLUG).get_git_tree("main", recursive=True).tree
        if one.type == "blob"
    }


@pytest.fixture(scope="module")
def refused(place: Place) -> Ended:
    """How the first attempt ended: AWS refused the stack."""
    assert place.stage(SLUG, "validate").code == 0
    assert place.stage(SLUG, "repository").code == 0
    place.aws.fail_once("infrastructure")
    return place.stage(SLUG, "infrastructure", STUF_GITHUB_TOKEN="")


@pytest.fixture(scope="module")
def recorded(place: Place, refused: Ended) -> str:
    """The message of the commit that tells of the first attempt."""
    assert refused.code == 1
    assert place.stage(SLUG, "record", STUF_JOB_STATUS="failure").code == 0
    assert "infrastructure/outputs.json" not in files_of(place)
    return place.repository(SLUG).get_commits()[0].commit.message


@pytest.fixture(scope="module")
def provisioned(place: Place, recorded: str) -> StufOutputs:
    """What the second attempt made, which went on at the stage that had failed."""
    assert recorded
    for stage in (*CHANGING, Stage.VERIFICATION):
        ended = place.stage(SLUG, stage, STUF_OPERATION=f"op-{SLUG}-2", STUF_GITHUB_TOKEN="")
        assert ended.code == 0, ended.output
    ended = place.stage(SLUG, "record", STUF_OPERATION=f"op-{SLUG}-2", STUF_JOB_STATUS="success")
    assert ended.code == 0, ended.output
    return outputs_of(place)


@pytest.fixture(scope="module")
def destroyed(place: Place, provisioned: StufOutputs) -> StufOutputs:
    """What was there before the destruction, which kept a participant's file."""
    place.client("s3").put_object(
        Bucket=provisioned.bucket,
        Key=FILE,
        Body=b"report",
        ServerSideEncryption="aws:kms",
        SSEKMSKeyId=provisioned.kms_key_arn,
    )
    for stage in ("validate", "infrastructure", "verification", "record"):
        ended = place.stage(SLUG, "--destroy", stage, STUF_OPERATION=f"op-{SLUG}-4")
        assert ended.code == 0, ended.output
    return provisioned


@pytest.fixture(scope="module")
def adopted(place: Place, destroyed: StufOutputs) -> StufOutputs:
    """What a new STUF is made of that took over the kept files."""
    assert destroyed
    for stage in (*Stage, "record"):
        ended = place.stage(
            SLUG, stage, STUF_OPERATION=f"op-{SLUG}-6", STUF_KEPT_FILES="adopt", STUF_JOB_STATUS="success"
        )
        assert ended.code == 0, ended.output
    return outputs_of(place)


class TestStory:
    def test_a_refusal_of_aws_is_told_with_what_the_administrator_does(
        self, place: Place, refused: Ended
    ) -> None:
        ended = refused
        assert ended.code == 1
        assert ended.error.startswith(
            "::error title=aws-access-denied::[aws-access-denied] AWS did not allow cloudformation:CreateStack."
        )
        assert "then retry" in ended.error
        assert "Traceback" not in ended.output
        # Nothing of Ansible's notes, which hold the environment, stays on the runner.
        assert not list((place.folder / "operation" / f"op-{SLUG}-1").glob("ansible-*/artifacts"))

    def test_a_failed_attempt_is_on_record(self, recorded: str) -> None:
        assert recorded.startswith("Provision acme-audit: failed at infrastructure\n")
        assert "[aws-access-denied]" in recorded

    def test_a_retry_goes_on_at_the_stage_that_failed(self, provisioned: StufOutputs) -> None:
        assert provisioned.slug == SLUG

    def test_the_api_answers_with_the_version_on_record(self, provisioned: StufOutputs) -> None:
        answer = requests.get(f"{provisioned.address}/api/version", timeout=10).json()
        assert answer == {"slug": SLUG, "version": provisioned.version}

    def test_its_alarms_tell_the_topic_of_its_region(self, place: Place, provisioned: StufOutputs) -> None:
        alarms = place.client("cloudwatch").describe_alarms(AlarmNamePrefix=f"stuf-{SLUG}-")["MetricAlarms"]
        assert {alarm["AlarmName"].removeprefix(f"stuf-{SLUG}-") for alarm in alarms} == {
            "errors",
            "throttles",
            "5xx",
            "latency",
        }
        for alarm in alarms:
            assert alarm["AlarmActions"] == alarm["OKActions"] == [ALARM_TOPIC.format(region=REGION)]
            watched = {each["Value"] for each in alarm["Dimensions"]}
            assert watched <= {
                provisioned.function_name,
                provisioned.api_url.partition("//")[2].partition(".")[0],
            }

    def test_the_page_is_served_with_its_protections(self, provisioned: StufOutputs) -> None:
        answer = requests.get(f"{provisioned.address}/", timeout=10)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    @pytest.mark.usefixtures("provisioned")
    def test_the_repository_is_private_and_has_the_structure_of_the_design(self, place: Place) -> None:
        assert place.repository(SLUG).private
        folders = {path.rsplit("/", 1)[0] for path in files_of(place)}
        for wanted in (
            "infrastructure/ansible",
            "infrastructure/terraform",
            "infrastructure/deployment-logs",
            "configuration/api-config",
            "configuration/spa-config",
            "configuration/integration-config",
            "application/api",
            "application/spa",
            "ci-cd/pipelines",
            "ci-cd/workflows",
            "audit/deployment-history",
            "audit/config-changes",
            "audit/access-logs",
        ):
            assert wanted in folders

    @pytest.mark.usefixtures("provisioned")
    def test_the_commit_says_what_why_who_and_how_verification_went(self, place: Place) -> None:
        message = place.repository(SLUG).get_commits()[0].commit.message
        assert message.startswith("Provision acme-audit\n\n- infrastructure: done in ")
        for line in ("Reason: TICKET-17", "Requested-by: Tess Architect (9)", "Verification: passed"):
            assert line in message.splitlines()

    @pytest.mark.usefixtures("provisioned")
    def test_neither_secret_nor_personal_data_is_on_record(self, place: Place) -> None:
        repository = place.repository(SLUG)
        for path in files_of(place):
            if path.startswith(("infrastructure/deployment-logs", "audit", "infrastructure/outputs")):
                content = repository.get_contents(path)
                assert not isinstance(content, list)
                text = content.decoded_content.decode()
                assert place.token not in text
                assert not re.search(r"[\w.]+@[\w.]+\.[a-z]{2,}", text), path

    @pytest.mark.usefixtures("provisioned")
    def test_a_second_run_changes_nothing(self, place: Place) -> None:
        for stage in (Stage.REPOSITORY, *CHANGING):
            ended = place.stage(SLUG, stage, STUF_OPERATION=f"op-{SLUG}-3")
            assert ended.code == 0, ended.output
            assert ended.changed == []

    def test_a_destruction_keeps_files_and_key(self, place: Place, destroyed: StufOutputs) -> None:
        outputs = destroyed
        assert place.client("s3").get_object(Bucket=outputs.bucket, Key=FILE)["Body"].read() == b"report"
        assert (
            place.client("kms").describe_key(KeyId=outputs.kms_key_arn)["KeyMetadata"]["KeyState"]
            == "Enabled"
        )
        repository = place.repository(SLUG)
        assert repository.archived
        assert repository.get_commits()[0].commit.message.startswith(
            "Destroy acme-audit and keep its files\n"
        )

    @pytest.mark.usefixtures("destroyed")
    def test_the_same_slug_is_refused_while_its_files_are_kept(self, place: Place) -> None:
        ended = place.stage(SLUG, "validate", STUF_OPERATION=f"op-{SLUG}-5")
        assert ended.code == 1
        assert ended.error.startswith("::error title=files-kept::")
        # A refusal is no reason to open the archive.
        assert place.stage(SLUG, "record", STUF_OPERATION=f"op-{SLUG}-5", STUF_JOB_STATUS="failure").code == 0
        assert place.repository(SLUG).archived

    @pytest.mark.slow
    def test_kept_files_can_be_adopted(
        self, place: Place, destroyed: StufOutputs, adopted: StufOutputs
    ) -> None:
        before, after = destroyed, adopted
        assert (after.bucket, after.kms_key_arn) == (before.bucket, before.kms_key_arn)
        assert after.distribution_id != before.distribution_id
        assert place.client("s3").get_object(Bucket=after.bucket, Key=FILE)["Body"].read() == b"report"
        cors = place.client("s3").get_bucket_cors(Bucket=after.bucket)["CORSRules"]
        assert cors[0]["AllowedOrigins"] == [place.aws.edge_url]
        assert not place.repository(SLUG).archived

    @pytest.mark.slow
    @pytest.mark.usefixtures("adopted")
    def test_an_adopting_stuf_can_be_provisioned_again(self, place: Place) -> None:
        ended = place.stage(SLUG, "infrastructure", STUF_OPERATION=f"op-{SLUG}-7")
        assert ended.code == 0, ended.output
        assert ended.changed == []

    def test_a_destruction_with_its_files_leaves_nothing(self, place: Place, destroyed: StufOutputs) -> None:
        # The same bucket and key whether or not a later STUF took them over.
        bucket, key = destroyed.bucket, destroyed.kms_key_arn
        for stage in ("validate", "infrastructure", "verification"):
            ended = place.stage(
                SLUG, "--destroy", stage, STUF_OPERATION=f"op-{SLUG}-8", STUF_KEEP_FILES="false"
            )
            assert ended.code == 0, ended.output
        buckets = {one["Name"] for one in place.client("s3").list_buckets()["Buckets"]}
        assert bucket not in buckets
        assert not {one for one in buckets if one.startswith(f"stuf-{SLUG}-")}
        assert place.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
        assert place.stage(SLUG, "validate", STUF_OPERATION=f"op-{SLUG}-9").code == 0


def test_history_is_machine_readable(place: Place) -> None:
    """A repository on its own: the record of a failed attempt says which stage failed and why."""
    assert place.stage("other-one", "repository").code == 0
    ended = place.stage("other-one", "configuration")
    assert ended.code == 1
    assert place.stage("other-one", "record", STUF_JOB_STATUS="failure").code == 0
    repository = place.repository("other-one")
    (entry,) = [
        one
        for one in repository.get_git_tree("main", recursive=True).tree
        if one.path.startswith("audit/deployment-history/")
    ]
    content = repository.get_contents(entry.path)
    assert not isinstance(content, list)
    history = json.loads(content.decoded_content)
    assert history["outcome"] == "failed"
    assert [(one["stage"], one["reason"]) for one in history["stages"]] == [
        ("repository", ""),
        ("configuration", "stack-missing"),
    ]


def test_nothing_is_destroyed_where_nothing_was_made(place: Place) -> None:
    """Abandoning an attempt that came to nothing succeeds."""
    for stage in ("validate", "infrastructure", "verification", "record"):
        ended = place.stage("never-made", "--destroy", stage, STUF_KEEP_FILES="false")
        assert ended.code == 0, ended.output


def test_what_a_reader_is_shown_of_the_name_is_no_markup(place: Place) -> None:
    spec = {
        "slug": "marked-up",
        "name": "Acme *Audit* <b>",
        "description": "![i](http://example.org)",
        "storage": {"kind": "aws", "region": "eu-west-1"},
    }
    ended = place.stage("marked-up", "repository", STUF_SPEC=json.dumps(spec))
    assert ended.code == 0, ended.output
    shown = text_of(place, "marked-up", "README.md")
    assert shown.startswith("# Acme \\*Audit\\* \\<b\\>\n")
    assert "\\!\\[i\\]\\(http://example.org\\)" in shown


def test_what_somebody_wrote_is_never_run_as_a_template(place: Place) -> None:
    written = "{{ 7*7 }} {{ lookup('env', 'HOME') }}"
    branding = {"display_name": f"Shown {written}", "welcome_text": f"Welcome {written}"}
    texts = {"name": f"Name {written}", "description": f"Text {written}"}
    spec = {"slug": "as-written", "storage": {"kind": "aws", "region": REGION}, **texts, "branding": branding}
    for stage in ("repository", "infrastructure", "configuration", "record"):
        ended = place.stage("as-written", stage, STUF_SPEC=json.dumps(spec), STUF_JOB_STATUS="success")
        assert ended.code == 0, ended.output
    stored = place.client("s3").get_object(Bucket=files_bucket("as-written", ACCOUNT), Key=STUF_CONFIG)
    told = [json.loads(stored["Body"].read())]
    told += [json.loads(text_of(place, "as-written", path)) for path in (glass.STUF_CONFIG, glass.SPEC)]
    for config in told:
        assert texts.items() <= config.items()
        assert branding.items() <= config["branding"].items()
    # The page that a reader meets shows it too, each mark with a backslash before it.
    page = text_of(place, "as-written", "README.md").replace("\\", "")
    assert page.startswith(f"# {texts['name']}\n")
    assert f"\n{texts['description']}\n" in page
