"""One STUF from its first stage to its end, each stage in a process of its own as in the workflow.

The tests of the class follow each other: every one finds what the one before left.
"""

import json
import re

import pytest
import requests
from stuf_place import Place

from provisioning.models import Stage, StufOutputs

SLUG = "acme-audit"
FILE = "uploads/1/data/report.pdf"
CHANGING = (Stage.INFRASTRUCTURE, Stage.APPLICATION, Stage.CONFIGURATION)


def outputs_of(place: Place) -> StufOutputs:
    content = place.repository(SLUG).get_contents("infrastructure/outputs.json")
    assert not isinstance(content, list)
    return StufOutputs.model_validate_json(content.decoded_content)


def files_of(place: Place) -> set[str]:
    return {
        one.path
        for one in place.repository(SLUG).get_git_tree("main", recursive=True).tree
        if one.type == "blob"
    }


class TestStory:
    def test_a_refusal_of_aws_is_told_with_what_the_administrator_does(self, place: Place) -> None:
        assert place.stage(SLUG, "validate").code == 0
        assert place.stage(SLUG, "repository").code == 0
        place.aws.fail_once("infrastructure")
        ended = place.stage(SLUG, "infrastructure", STUF_GITHUB_TOKEN="")
        assert ended.code == 1
        assert ended.error.startswith(
            "::error title=aws-access-denied::[aws-access-denied] AWS did not allow cloudformation:CreateStack."
        )
        assert "then retry" in ended.error
        assert "Traceback" not in ended.output
        # Nothing of Ansible's notes, which hold the environment, stays on the runner.
        assert not list((place.folder / "operation" / f"op-{SLUG}-1").glob("ansible-*/artifacts"))

    def test_a_failed_attempt_is_on_record(self, place: Place) -> None:
        assert place.stage(SLUG, "record", STUF_JOB_STATUS="failure").code == 0
        commit = place.repository(SLUG).get_commits()[0].commit.message
        assert commit.startswith("Provision acme-audit: failed at infrastructure\n")
        assert "[aws-access-denied]" in commit
        assert "infrastructure/outputs.json" not in files_of(place)

    def test_a_retry_goes_on_at_the_stage_that_failed(self, place: Place) -> None:
        for stage in (*CHANGING, Stage.VERIFICATION):
            ended = place.stage(SLUG, stage, STUF_OPERATION=f"op-{SLUG}-2", STUF_GITHUB_TOKEN="")
            assert ended.code == 0, ended.output
        ended = place.stage(SLUG, "record", STUF_OPERATION=f"op-{SLUG}-2", STUF_JOB_STATUS="success")
        assert ended.code == 0, ended.output

    def test_the_api_answers_with_the_version_on_record(self, place: Place) -> None:
        outputs = outputs_of(place)
        answer = requests.get(f"{outputs.address}/api/version", timeout=10).json()
        assert answer == {"slug": SLUG, "version": outputs.version}

    def test_the_page_is_served_with_its_protections(self, place: Place) -> None:
        answer = requests.get(f"{outputs_of(place).address}/", timeout=10)
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

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

    def test_the_commit_says_what_why_who_and_how_verification_went(self, place: Place) -> None:
        message = place.repository(SLUG).get_commits()[0].commit.message
        assert message.startswith("Provision acme-audit\n\n- infrastructure: done in ")
        for line in ("Reason: TICKET-17", "Requested-by: Tess Architect (9)", "Verification: passed"):
            assert line in message.splitlines()

    def test_neither_secret_nor_personal_data_is_on_record(self, place: Place) -> None:
        repository = place.repository(SLUG)
        for path in files_of(place):
            if path.startswith(("infrastructure/deployment-logs", "audit", "infrastructure/outputs")):
                content = repository.get_contents(path)
                assert not isinstance(content, list)
                text = content.decoded_content.decode()
                assert place.token not in text
                assert not re.search(r"[\w.]+@[\w.]+\.[a-z]{2,}", text), path

    def test_a_second_run_changes_nothing(self, place: Place) -> None:
        for stage in (Stage.REPOSITORY, *CHANGING):
            ended = place.stage(SLUG, stage, STUF_OPERATION=f"op-{SLUG}-3")
            assert ended.code == 0, ended.output
            assert ended.changed == []

    def test_a_destruction_keeps_files_and_key(self, place: Place) -> None:
        outputs = outputs_of(place)
        place.client("s3").put_object(
            Bucket=outputs.bucket,
            Key=FILE,
            Body=b"report",
            ServerSideEncryption="aws:kms",
            SSEKMSKeyId=outputs.kms_key_arn,
        )
        for stage in ("validate", "infrastructure", "verification", "record"):
            ended = place.stage(SLUG, "--destroy", stage, STUF_OPERATION=f"op-{SLUG}-4")
            assert ended.code == 0, ended.output
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

    def test_the_same_slug_is_refused_while_its_files_are_kept(self, place: Place) -> None:
        ended = place.stage(SLUG, "validate", STUF_OPERATION=f"op-{SLUG}-5")
        assert ended.code == 1
        assert ended.error.startswith("::error title=files-kept::")
        # A refusal is no reason to open the archive.
        assert place.stage(SLUG, "record", STUF_OPERATION=f"op-{SLUG}-5", STUF_JOB_STATUS="failure").code == 0
        assert place.repository(SLUG).archived

    @pytest.mark.slow
    def test_kept_files_can_be_adopted(self, place: Place) -> None:
        before = outputs_of(place)
        for stage in (*Stage, "record"):
            ended = place.stage(
                SLUG, stage, STUF_OPERATION=f"op-{SLUG}-6", STUF_KEPT_FILES="adopt", STUF_JOB_STATUS="success"
            )
            assert ended.code == 0, ended.output
        after = outputs_of(place)
        assert (after.bucket, after.kms_key_arn) == (before.bucket, before.kms_key_arn)
        assert after.distribution_id != before.distribution_id
        assert place.client("s3").get_object(Bucket=after.bucket, Key=FILE)["Body"].read() == b"report"
        cors = place.client("s3").get_bucket_cors(Bucket=after.bucket)["CORSRules"]
        assert cors[0]["AllowedOrigins"] == [place.aws.edge_url]
        assert not place.repository(SLUG).archived

    @pytest.mark.slow
    def test_an_adopting_stuf_can_be_provisioned_again(self, place: Place) -> None:
        ended = place.stage(SLUG, "infrastructure", STUF_OPERATION=f"op-{SLUG}-7")
        assert ended.code == 0, ended.output
        assert ended.changed == []

    def test_a_destruction_with_its_files_leaves_nothing(self, place: Place) -> None:
        bucket = outputs_of(place).bucket
        key = outputs_of(place).kms_key_arn
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
    content = place.repository("marked-up").get_contents("README.md")
    assert not isinstance(content, list)
    shown = content.decoded_content.decode()
    assert shown.startswith("# Acme \\*Audit\\* \\<b\\>\n")
    assert "\\!\\[i\\]\\(http://example.org\\)" in shown
