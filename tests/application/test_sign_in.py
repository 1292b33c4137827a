"""Signing in, and the ways in that have to stay closed."""

import json
import logging
from typing import Any

import jwt
import pytest
from stuf_api.services import aws_client


def error(answer: Any) -> str:
    return answer.json()["error"]["code"]


def test_link_then_code_gives_a_session(world: Any, pat: tuple[str, str]) -> None:
    challenge, code = world.challenge(*pat)
    answer = world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": code})
    assert answer.status_code == 200
    assert answer.json()["expires_at"] == world.clock[0] + 3600
    headers = {"Authorization": f"Bearer {answer.json()['session']}"}
    assert world.http.get("/api/uploads", headers=headers).json() == {"uploads": []}


def test_mail_and_text_say_what_they_are_for(world: Any, pat: tuple[str, str]) -> None:
    world.challenge(*pat)
    mail, text = world.mails(pat[0])[-1], world.texts(pat[1])[-1]
    assert "https://upload.example.org/acme/#token=" in mail
    assert "Acme audit" in mail
    assert "Acme audit" in text
    assert "10 minutes" in text


def test_unknown_addresses_get_the_same_answer_after_the_same_time(world: Any, pat: tuple[str, str]) -> None:
    known, unknown = world.ask_for_link(pat[0]), world.ask_for_link("nobody@example.org")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert world.mails("nobody@example.org") == []
    # The clock stands still here, so the whole time is waited in both cases.
    assert world.slept[-2:] == [1.0, 1.0]


def test_address_is_found_whatever_its_case(world: Any, pat: tuple[str, str]) -> None:
    world.ask_for_link(f"  {pat[0].upper()} ")
    assert len(world.mails(pat[0])) == 1


def test_a_link_works_once(world: Any, pat: tuple[str, str]) -> None:
    token = world.link_token(pat[0])
    assert world.http.post("/api/sign-in/link", json={"token": token}).status_code == 200
    again = world.http.post("/api/sign-in/link", json={"token": token})
    assert (again.status_code, error(again)) == (401, "link-used")
    assert len(world.texts(pat[1])) == 1


def test_a_link_expires(world: Any, pat: tuple[str, str]) -> None:
    token = world.link_token(pat[0])
    world.clock[0] += 15 * 60
    answer = world.http.post("/api/sign-in/link", json={"token": token})
    assert (answer.status_code, error(answer)) == (401, "link-expired")
    assert world.texts(pat[1]) == []


def test_a_code_expires(world: Any, pat: tuple[str, str]) -> None:
    challenge, code = world.challenge(*pat)
    world.clock[0] += 10 * 60
    answer = world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": code})
    assert (answer.status_code, error(answer)) == (401, "code-expired")


def test_six_wrong_codes_close_the_way_even_for_the_right_one(world: Any, pat: tuple[str, str]) -> None:
    challenge, code = world.challenge(*pat)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    tries = [
        world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": wrong}) for _ in range(6)
    ]
    assert [error(answer) for answer in tries] == ["code-wrong"] * 5 + ["code-tries-used"]
    assert "4 more tries" in tries[0].json()["error"]["message"]
    assert "1 more try" in tries[3].json()["error"]["message"]
    right = world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": code})
    assert (right.status_code, error(right)) == (401, "code-tries-used")


def test_a_code_works_once(world: Any, pat: tuple[str, str]) -> None:
    challenge, code = world.challenge(*pat)
    use = {"challenge": challenge, "code": code}
    assert world.http.post("/api/sign-in/code", json=use).status_code == 200
    again = world.http.post("/api/sign-in/code", json=use)
    assert (again.status_code, error(again)) == (401, "code-used")


def test_a_code_belongs_to_its_challenge(world: Any, pat: tuple[str, str]) -> None:
    first, code = world.challenge(*pat)
    second, other = world.challenge(*pat)
    if code != other:
        crossed = world.http.post("/api/sign-in/code", json={"challenge": second, "code": code})
        assert error(crossed) == "code-wrong"
    assert world.http.post("/api/sign-in/code", json={"challenge": first, "code": code}).status_code == 200


@pytest.mark.parametrize("challenge", ["../users/pat", "x" * 20 + "/../../users", "a" * 32 + "\n", "z" * 32])
def test_invented_challenges_lead_nowhere(world: Any, pat: tuple[str, str], challenge: str) -> None:
    answer = world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": "123456"})
    assert answer.status_code in {401, 422}


def test_mails_to_one_address_are_limited(world: Any, pat: tuple[str, str]) -> None:
    world.clock[0] = 1_800_000_000.0 // 900 * 900
    answers = [world.ask_for_link(pat[0]) for _ in range(7)]
    assert {answer.status_code for answer in answers} == {202}
    assert len(world.mails(pat[0])) == 5
    world.clock[0] += 15 * 60
    world.ask_for_link(pat[0])
    assert len(world.mails(pat[0])) == 6


def test_a_mail_that_cannot_be_sent_looks_like_any_other(
    world: Any, pat: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    world.configure(sender_email="unverified@example.net")
    world.clock[0] += 10
    with caplog.at_level(logging.INFO):
        assert world.ask_for_link(pat[0]).status_code == 202
    assert "sign-in mail was not accepted" in caplog.text
    assert pat[0] not in caplog.text


@pytest.mark.parametrize("part", ["_tokens", "_journal", "_sender"])
def test_no_failure_behind_the_address_shows(
    world: Any,
    pat: tuple[str, str],
    part: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken:
        def __getattr__(self, _name: str) -> Any:
            raise RuntimeError(pat[0])

    monkeypatch.setattr(world.services.sign_in, part, Broken())
    known, unknown = world.ask_for_link(pat[0]), world.ask_for_link("nobody@example.org")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json())
    assert known.status_code == 202
    assert world.slept[-2:] == [1.0, 1.0]
    assert "sign-in mail was not accepted: RuntimeError" in caplog.text
    assert pat[0] not in caplog.text


def test_the_secret_is_fetched_for_every_address(
    world: Any, pat: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []

    def fetch() -> str:
        fetched.append("")
        raise RuntimeError

    monkeypatch.setattr(world.services.keyring, "_fetch", fetch)
    answers = [world.ask_for_link(email) for email in (pat[0], "nobody@example.org")]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert len(fetched) == 2


def test_mail_is_tried_once_and_briefly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    config = aws_client("sesv2").meta.config
    assert config.retries["total_max_attempts"] == 1
    assert (config.connect_timeout, config.read_timeout) == (2, 2)


def wrong_tries(world: Any, pat: tuple[str, str], count: int) -> list[str]:
    """Errors of `count` wrong codes for one challenge."""
    challenge, code = world.challenge(*pat)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    use = {"challenge": challenge, "code": wrong}
    return [error(world.http.post("/api/sign-in/code", json=use)) for _ in range(count)]


def test_wrong_codes_count_over_challenges_and_close_the_day(world: Any, pat: tuple[str, str]) -> None:
    world.clock[0] = 1_800_000_000.0 // 86400 * 86400
    tries = [tried for _ in range(3) for tried in wrong_tries(world, pat, 5)]
    world.clock[0] += 15 * 60
    open_challenge, open_code = world.challenge(*pat)
    late_link = world.link_token(pat[0])
    tries += wrong_tries(world, pat, 5)
    assert tries == ["code-wrong"] * 19 + ["sign-in-closed"]
    right = world.http.post("/api/sign-in/code", json={"challenge": open_challenge, "code": open_code})
    assert (right.status_code, error(right)) == (429, "sign-in-closed")
    texts = len(world.texts(pat[1]))
    link = world.http.post("/api/sign-in/link", json={"token": late_link})
    assert (link.status_code, error(link)) == (429, "sign-in-closed")
    assert len(world.texts(pat[1])) == texts
    events = [
        json.loads(world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read())["event"]
        for key in world.keys("journal/")
    ]
    assert events.count("sign-in.closed") == 1
    world.clock[0] += 86400
    assert world.session(*pat)


def test_right_codes_are_not_counted_as_wrong(world: Any, pat: tuple[str, str]) -> None:
    world.session(*pat)
    assert not [key for key in world.keys("sign-ins/") if "wrong" in key]
    wrong_tries(world, pat, 2)
    world.session(*pat)
    assert len([key for key in world.keys("sign-ins/") if "wrong" in key]) == 2


def test_mails_to_one_address_are_limited_by_the_day(world: Any, pat: tuple[str, str]) -> None:
    world.clock[0] = 1_800_000_000.0 // 86400 * 86400
    for _ in range(5):
        for _ in range(5):
            assert world.ask_for_link(pat[0]).status_code == 202
        world.clock[0] += 15 * 60
    assert len(world.mails(pat[0])) == 20
    world.clock[0] += 86400
    world.ask_for_link(pat[0])
    assert len(world.mails(pat[0])) == 21


def test_revoked_people_lose_access_at_once(world: Any, pat: tuple[str, str]) -> None:
    token = world.link_token(pat[0])
    challenge, code = world.challenge(*pat)
    headers = world.session(*pat)
    assert world.http.get("/api/uploads", headers=headers).status_code == 200
    world.add("pat", pat[1], active=False)
    answers = [
        world.http.get("/api/uploads", headers=headers),
        world.http.post("/api/sign-in/link", json={"token": token}),
        world.http.post("/api/sign-in/code", json={"challenge": challenge, "code": code}),
    ]
    assert [(answer.status_code, error(answer)) for answer in answers] == [(403, "access-revoked")] * 3
    before = len(world.mails(pat[0]))
    world.ask_for_link(pat[0])
    assert len(world.mails(pat[0])) == before


def test_removed_people_lose_access_at_once(world: Any, pat: tuple[str, str], who: dict[str, str]) -> None:
    world.s3.delete_object(Bucket=world.bucket, Key="users/pat.json")
    assert error(world.http.get("/api/uploads", headers=who)) == "access-revoked"


def test_sessions_end(world: Any, who: dict[str, str]) -> None:
    world.clock[0] += 3600
    answer = world.http.get("/api/uploads", headers=who)
    assert (answer.status_code, error(answer)) == (401, "session-expired")


def test_sign_out_ends_the_session_everywhere(world: Any, who: dict[str, str]) -> None:
    assert world.http.post("/api/sign-out", headers=who).status_code == 204
    answer = world.http.get("/api/uploads", headers=who)
    assert (answer.status_code, error(answer)) == (401, "session-ended")


def test_tampered_and_foreign_sessions_are_refused(
    world: Any, who: dict[str, str], pat: tuple[str, str]
) -> None:
    session = who["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(session, options={"verify_signature": False})
    head, body, signature = session.split(".")
    forged = [
        f"{head}.{body}.{signature[:-2]}AA",
        jwt.encode(claims | {"sub": "other"}, "guess" * 8, algorithm="HS256"),
        jwt.encode(claims, "", algorithm="none"),
        jwt.encode(claims | {"aud": "other"}, world.services.keyring.key("session"), algorithm="HS256"),
        jwt.encode(claims | {"exp": None}, world.services.keyring.key("session"), algorithm="HS256"),
        world.link_token(pat[0]),
        "",
        "x",
        "ä.ö.ü",
    ]
    for token in forged:
        headers = {"Authorization": f"Bearer {token}".encode()}
        answer = world.http.get("/api/uploads", headers=headers)
        assert answer.status_code == 401, token
        assert error(answer) in {"session-invalid", "session-missing"}
    assert error(world.http.get("/api/uploads")) == "session-missing"


def ticket(world: Any, **changes: Any) -> str:
    now = int(world.clock[0])
    claims = {"iss": "stuf-bot", "aud": "acme-audit", "jti": "t-1", "iat": now, "exp": now + 120} | changes
    return jwt.encode(claims, world.services.keyring.key("verification-ticket"), algorithm="HS256")


def test_a_ticket_gives_a_session_once(world: Any) -> None:
    first = world.http.post("/api/sign-in/ticket", json={"ticket": ticket(world)})
    assert first.status_code == 200
    headers = {"Authorization": f"Bearer {first.json()['session']}"}
    assert world.http.get("/api/uploads", headers=headers).status_code == 200
    again = world.http.post("/api/sign-in/ticket", json={"ticket": ticket(world)})
    assert (again.status_code, error(again)) == (401, "ticket-used")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "someone"}, "ticket-invalid"),
        ({"aud": "other-stuf"}, "ticket-invalid"),
        ({"exp": 2_000_000_000}, "ticket-invalid"),
        ({"iat": 1_700_000_000, "exp": 1_700_000_100}, "ticket-expired"),
        ({"iat": 1_800_000_500, "exp": 1_800_000_600}, "ticket-invalid"),
        ({"jti": None}, "ticket-invalid"),
    ],
)
def test_tickets_are_checked(world: Any, changes: dict[str, Any], code: str) -> None:
    claims = {key: value for key, value in changes.items() if value is not None}
    made = ticket(world, **claims)
    if changes.get("jti", "") is None:
        now = int(world.clock[0])
        bare = {"iss": "stuf-bot", "aud": "acme-audit", "iat": now, "exp": now + 120}
        made = jwt.encode(bare, world.services.keyring.key("verification-ticket"), algorithm="HS256")
    answer = world.http.post("/api/sign-in/ticket", json={"ticket": made})
    assert (answer.status_code, error(answer)) == (401, code)


def test_participants_cannot_use_sessions_as_tickets(world: Any, who: dict[str, str]) -> None:
    answer = world.http.post("/api/sign-in/ticket", json={"ticket": who["Authorization"][7:]})
    assert error(answer) == "ticket-invalid"


def test_nobody_can_become_the_verification_by_name(world: Any) -> None:
    email = world.add("verification", "+12025550140")
    headers = world.session(email, "+12025550140")
    answer = world.http.delete("/api/uploads/x", headers=headers)
    assert (answer.status_code, error(answer)) == (403, "not-allowed")


def test_new_and_changed_people_are_found(world: Any, pat: tuple[str, str]) -> None:
    world.ask_for_link(pat[0])
    assert "users.json" in world.keys("users")
    new = world.add("quin", "+12025550150")
    world.ask_for_link(new)
    assert len(world.mails(new)) == 1
    world.s3.delete_object(Bucket=world.bucket, Key="users.json")
    world.write("users/broken.json", {"id": 1})
    world.ask_for_link(new)
    assert len(world.mails(new)) == 2


def test_sign_ins_are_journalled_without_names(world: Any, pat: tuple[str, str], who: dict[str, str]) -> None:
    entries = [
        json.loads(world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read())
        for key in world.keys("journal/")
    ]
    assert {entry["event"] for entry in entries} == {"sign-in.link-sent", "sign-in.completed"}
    assert {entry["participant"] for entry in entries} == {"pat"}
    assert pat[0] not in json.dumps(entries)


def test_no_state_names_a_person_or_keeps_a_code(world: Any, pat: tuple[str, str]) -> None:
    _, code = world.challenge(*pat)
    for key in world.keys("sign-ins/"):
        body = world.s3.get_object(Bucket=world.bucket, Key=key)["Body"].read().decode()
        for private in (pat[0], pat[1], f'"{code}"'):
            assert private not in key + body


def test_logs_hold_no_personal_data(
    world: Any, pat: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="stuf_api"):
        headers = world.session(*pat)
        world.upload(headers, "secret name.txt", b"x")
        world.ask_for_link("nobody@example.org")
        world.http.post("/api/sign-in", json={"email": 7})
    ours = [record for record in caplog.records if record.name.startswith("stuf_api")]
    for record in ours:
        for private in (pat[0], pat[1], "secret name", "nobody@example.org", headers["Authorization"][7:]):
            assert private not in record.getMessage()


def renewed(world: Any, who: dict[str, str]) -> dict[str, str]:
    answer = world.http.post("/api/sign-in/renew", headers=who)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['session']}"}


def test_sessions_can_be_renewed_for_half_a_day(world: Any, who: dict[str, str]) -> None:
    for _ in range(13):
        world.clock[0] += 50 * 60
        who = renewed(world, who)
    world.clock[0] += 50 * 60
    answer = world.http.post("/api/sign-in/renew", headers=who)
    assert (answer.status_code, error(answer)) == (403, "session-too-old")


def test_sign_out_ends_renewed_sessions_too(world: Any, who: dict[str, str]) -> None:
    later = renewed(world, who)
    assert world.http.post("/api/sign-out", headers=who).status_code == 204
    assert error(world.http.get("/api/uploads", headers=later)) == "session-ended"
