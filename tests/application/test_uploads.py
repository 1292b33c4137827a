"""Uploads: what arrives is what was sent, and nobody reaches another's."""

import base64
import hashlib
import json
from typing import Any

import httpx
import jwt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stuf_api import uploads

MIB = 1024**2


def error(answer: Any) -> str:
    return answer.json()["error"]["code"]


def sha(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_a_file_in_parts_arrives_whole(world: Any, who: dict[str, str]) -> None:
    data = bytes(range(256)) * (4096 * 11)  # 11 MiB
    answer = world.upload(who, "report 2026.pdf", data, content_type="application/pdf")
    assert answer.status_code == 200, answer.text
    done = answer.json()
    digests = b"".join(
        hashlib.sha256(data[at : at + 5 * MIB]).digest() for at in range(0, len(data), 5 * MIB)
    )
    assert done["sha256"] == f"{sha(digests)}-3"
    assert done["size"] == len(data)
    key = f"uploads/{done['upload_id']}/data/report 2026.pdf"
    stored = world.s3.get_object(Bucket=world.bucket, Key=key)
    assert stored["Body"].read() == data
    assert stored["ContentType"] == "application/pdf"
    assert stored["ContentDisposition"] == "attachment"


def test_everything_is_encrypted_with_the_named_key(world: Any, who: dict[str, str]) -> None:
    world.upload(who, "a.txt", b"hello")
    keys = [key for key in world.keys("") if not key.startswith(("users/", "config/"))]
    assert {key.split("/")[0] for key in keys} >= {"uploads", "journal", "sign-ins", "users.json"}
    for key in keys:
        head = world.s3.head_object(Bucket=world.bucket, Key=key)
        assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", world.kms_key), key


def test_own_uploads_newest_first(world: Any, who: dict[str, str]) -> None:
    for name in ("first.txt", "second.txt", "third.txt"):
        world.upload(who, name, name.encode())
        world.clock[0] += 1
    listed = world.http.get("/api/uploads", headers=who).json()["uploads"]
    assert [upload["file_name"] for upload in listed] == ["third.txt", "second.txt", "first.txt"]
    assert listed[0]["sha256"].endswith("-1")
    assert listed[0]["completed_at"].startswith("2027-01-15T08:00:")


def test_abandoned_uploads_do_not_hide_complete_ones(
    world: Any, who: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LISTED", 2)
    for name in ("first", "second", "third"):
        world.upload(who, name, b"x")
        world.clock[0] += 1
    for _ in range(3):
        world.http.post("/api/uploads", json={"file_name": "left", "size": 1}, headers=who)
        world.clock[0] += 1
    listed = world.http.get("/api/uploads", headers=who).json()["uploads"]
    assert [upload["file_name"] for upload in listed] == ["third", "second"]


def test_others_uploads_do_not_exist(world: Any, who: dict[str, str]) -> None:
    done = world.upload(who, "mine.txt", b"mine").json()
    started = world.http.post("/api/uploads", json={"file_name": "open.txt", "size": 3}, headers=who).json()
    other = world.session(world.add("quin", "+12025550161"), "+12025550161")
    part = {"number": 1, "size": 3, "sha256": sha(b"abc")}
    complete = {"parts": [{"number": 1, "etag": "x", "sha256": sha(b"abc")}]}
    for upload_id in (done["upload_id"], started["upload_id"]):
        path = f"/api/uploads/{upload_id}"
        answers = [
            world.http.post(f"{path}/parts", json=part, headers=other),
            world.http.post(f"{path}/complete", json=complete, headers=other),
        ]
        assert [(answer.status_code, error(answer)) for answer in answers] == [(404, "upload-unknown")] * 2
    assert world.http.get("/api/uploads", headers=other).json() == {"uploads": []}


@pytest.mark.parametrize(
    "upload_id", ["..%2F..%2Fusers%2Fpat", "%00", "x" * 500, "0" * 12 + "-" + "0" * 13 + "-" + "0" * 16]
)
def test_invented_uploads_do_not_exist(world: Any, who: dict[str, str], upload_id: str) -> None:
    answer = world.http.post(
        f"/api/uploads/{upload_id}/parts", json={"number": 1, "size": 1, "sha256": sha(b"a")}, headers=who
    )
    assert answer.status_code == 404


def test_sessions_are_needed_everywhere(world: Any) -> None:
    calls = [
        ("GET", "/api/uploads"),
        ("POST", "/api/uploads"),
        ("POST", "/api/uploads/x/parts"),
        ("POST", "/api/uploads/x/complete"),
        ("DELETE", "/api/uploads/x"),
        ("POST", "/api/sign-out"),
    ]
    for method, path in calls:
        answer = world.http.request(method, path)
        assert (answer.status_code, error(answer)) == (401, "session-missing"), (method, path)


def test_other_bytes_are_refused_by_storage(world: Any, who: dict[str, str]) -> None:
    started = world.http.post("/api/uploads", json={"file_name": "a", "size": 3}, headers=who).json()
    path = f"/api/uploads/{started['upload_id']}"
    wish = {"number": 1, "size": 3, "sha256": sha(b"abc")}
    signed = world.http.post(f"{path}/parts", json=wish, headers=who).json()
    assert httpx.put(signed["url"], content=b"abd", headers=signed["headers"]).status_code == 400
    assert httpx.put(signed["url"], content=b"abc").status_code in {400, 403}
    assert httpx.put(signed["url"], content=b"abcd", headers=signed["headers"]).status_code in {400, 403}
    changed = signed["url"].replace("/data/", "/data/../../users/")
    assert httpx.put(changed, content=b"abc", headers=signed["headers"]).status_code == 403


def test_parts_have_to_fit_the_announced_file(world: Any, who: dict[str, str]) -> None:
    started = world.http.post("/api/uploads", json={"file_name": "a", "size": 6 * MIB}, headers=who).json()
    path = f"/api/uploads/{started['upload_id']}/parts"
    for number, size in ((1, 5 * MIB - 1), (1, 6 * MIB), (2, 2 * MIB), (3, 1), (3, MIB)):
        answer = world.http.post(path, json={"number": number, "size": size, "sha256": sha(b"")}, headers=who)
        assert (answer.status_code, error(answer)) == (422, "part-invalid"), (number, size)
    answer = world.http.post(path, json={"number": 2, "size": MIB, "sha256": "x" * 44}, headers=who)
    assert error(answer) == "checksum-invalid"


def test_completion_needs_every_part_as_it_was_sent(world: Any, who: dict[str, str]) -> None:
    data = b"a" * (6 * MIB)
    started = world.http.post("/api/uploads", json={"file_name": "a", "size": len(data)}, headers=who).json()
    path = f"/api/uploads/{started['upload_id']}"
    first = world.send_part(who, started["upload_id"], 1, data[: 5 * MIB])
    missing = world.http.post(f"{path}/complete", json={"parts": [first]}, headers=who)
    assert (missing.status_code, error(missing)) == (409, "parts-missing")
    twice = world.http.post(f"{path}/complete", json={"parts": [first, first]}, headers=who)
    assert error(twice) == "parts-missing"
    second = world.send_part(who, started["upload_id"], 2, data[5 * MIB :])
    lied = second | {"sha256": sha(b"something else")}
    refused = world.http.post(f"{path}/complete", json={"parts": [first, lied]}, headers=who)
    assert (refused.status_code, error(refused)) == (409, "parts-refused")
    done = world.http.post(f"{path}/complete", json={"parts": [second, first]}, headers=who)
    assert done.status_code == 200
    again = world.http.post(f"{path}/complete", json={"parts": [first, second]}, headers=who)
    assert again.json() == done.json()
    late = world.http.post(
        f"{path}/parts", json={"number": 1, "size": 5 * MIB, "sha256": sha(b"")}, headers=who
    )
    assert (late.status_code, error(late)) == (409, "upload-completed")
    assert len(world.told) == 1


def test_completion_goes_on_after_a_crash(world: Any, who: dict[str, str]) -> None:
    started = world.http.post("/api/uploads", json={"file_name": "a", "size": 3}, headers=who).json()
    part = world.send_part(who, started["upload_id"], 1, b"abc")
    record_key = f"uploads/{started['upload_id']}/metadata.json"
    before = world.s3.get_object(Bucket=world.bucket, Key=record_key)["Body"].read()
    path = f"/api/uploads/{started['upload_id']}/complete"
    done = world.http.post(path, json={"parts": [part]}, headers=who).json()
    # As if the function had died right after storage put the file together.
    world.s3.put_object(Bucket=world.bucket, Key=record_key, Body=before)
    again = world.http.post(path, json={"parts": [part]}, headers=who)
    assert again.status_code == 200, again.text
    assert again.json()["sha256"] == done["sha256"]
    deliveries = {headers["X-STUF-Delivery"] for _, _, headers in world.told}
    assert len(deliveries) == 1


def test_limits_on_size(world: Any, who: dict[str, str]) -> None:
    world.configure(max_file_bytes=10 * MIB)
    world.clock[0] += 10
    for size, code in ((10 * MIB + 1, "file-too-large"), (0, "file-empty"), (-1, "request-invalid")):
        answer = world.http.post("/api/uploads", json={"file_name": "a", "size": size}, headers=who)
        assert error(answer) == code
    assert (
        world.http.post("/api/uploads", json={"file_name": "a", "size": 10 * MIB}, headers=who).status_code
        == 201
    )


def test_large_files_get_larger_parts(world: Any, who: dict[str, str]) -> None:
    for size, part in ((50 * 1024**3, 6 * MIB), (5 * MIB, 5 * MIB)):
        answer = world.http.post("/api/uploads", json={"file_name": "a", "size": size}, headers=who)
        assert answer.json()["part_size"] == part
        assert -(-size // part) <= 10_000


def test_requests_have_a_limit_too(world: Any, who: dict[str, str]) -> None:
    answer = world.http.post(
        "/api/sign-in", content=b"x" * (2 * MIB + 1), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, error(answer)) == (413, "request-too-large")
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_hostile_types_are_stored_as_plain_bytes(world: Any, who: dict[str, str]) -> None:
    done = world.upload(who, "x.html", b"<script>", content_type="text/html\r\nX-Evil: 1").json()
    head = world.s3.head_object(Bucket=world.bucket, Key=f"uploads/{done['upload_id']}/data/x.html")
    assert head["ContentType"] == "application/octet-stream"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=300) | st.from_regex(r"(\.\./|\\|/|\x00|%2e|C:|[a-z]|\u202e){1,30}"))
def test_any_name_can_be_uploaded_and_stays_in_its_folder(world: Any, who: dict[str, str], name: str) -> None:
    wish = {"file_name": name, "size": 3}
    started = world.http.post("/api/uploads", json=wish, headers=who)
    assert started.status_code == 201, started.text
    upload, shown = started.json()["upload_id"], started.json()["file_name"]
    part = world.send_part(who, upload, 1, b"abc")
    done = world.http.post(f"/api/uploads/{upload}/complete", json={"parts": [part]}, headers=who)
    assert done.status_code == 200, done.text
    key = f"uploads/{upload}/data/{shown}"
    assert sorted(world.keys(f"uploads/{upload}/")) == sorted([key, f"uploads/{upload}/metadata.json"])
    assert world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read() == b"abc"


def verification(world: Any) -> dict[str, str]:
    now = int(world.clock[0])
    claims = {"iss": "stuf-bot", "aud": "acme-audit", "jti": "check", "iat": now, "exp": now + 60}
    ticket = jwt.encode(claims, world.services.keyring.key("verification-ticket"), algorithm="HS256")
    session = world.http.post("/api/sign-in/ticket", json={"ticket": ticket}).json()["session"]
    return {"Authorization": f"Bearer {session}"}


def test_the_verification_leaves_nothing_behind(world: Any, who: dict[str, str]) -> None:
    world.write(
        "config/metadata_config.json", {"fields": [{"name": "ref", "title": "Reference", "required": True}]}
    )
    checker = verification(world)
    done = world.upload(checker, "check.bin", b"check" * 100).json()
    world.s3.put_object(Bucket=world.bucket, Key=f"uploads/{done['upload_id']}/data/check.bin", Body=b"newer")
    open_one = world.http.post("/api/uploads", json={"file_name": "open", "size": 3}, headers=checker).json()
    for upload_id in (done["upload_id"], open_one["upload_id"]):
        assert world.http.delete(f"/api/uploads/{upload_id}", headers=checker).status_code == 204
        versions = world.s3.list_object_versions(Bucket=world.bucket, Prefix=f"uploads/{upload_id}/")
        assert "Versions" not in versions
        assert "DeleteMarkers" not in versions
        assert error(world.http.delete(f"/api/uploads/{upload_id}", headers=checker)) == "upload-unknown"
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket=world.bucket)
    assert json.loads(world.told[-1][1])["verification"] is True


def test_only_the_verification_removes_and_only_its_own(world: Any, who: dict[str, str]) -> None:
    mine = world.upload(who, "mine.txt", b"mine").json()["upload_id"]
    refused = world.http.delete(f"/api/uploads/{mine}", headers=who)
    assert (refused.status_code, error(refused)) == (403, "not-allowed")
    answer = world.http.delete(f"/api/uploads/{mine}", headers=verification(world))
    assert (answer.status_code, error(answer)) == (404, "upload-unknown")
    assert len(world.http.get("/api/uploads", headers=who).json()["uploads"]) == 1


def test_questions_are_asked_and_answers_kept(world: Any, who: dict[str, str]) -> None:
    fields = [{"name": "ref", "title": "Reference", "required": True}, {"name": "note", "title": "Note"}]
    world.write("config/metadata_config.json", {"schema_version": 1, "fields": fields})
    wish = {"file_name": "a", "size": 3, "metadata": {"note": "n", "unasked": "u"}}
    missing = world.http.post("/api/uploads", json=wish, headers=who)
    assert error(missing) == "answers-missing"
    assert "Reference" in missing.json()["error"]["message"]
    wish["metadata"] = {"ref": "x" * 1001}
    assert error(world.http.post("/api/uploads", json=wish, headers=who)) == "answer-too-long"
    done = world.upload(who, "a", b"abc", metadata={"ref": " R-1 ", "unasked": "u"}).json()
    kept = world.s3.get_object(Bucket=world.bucket, Key=f"uploads/{done['upload_id']}/metadata.json")[
        "Body"
    ].read()
    assert json.loads(kept)["metadata"] == {"ref": "R-1"}
