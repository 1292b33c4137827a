"""What the README promises: from a conversation to a working STUF, and a participant who uses it."""

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests
import zulip
from playwright.sync_api import expect

from sandbox.page.browser import NoBrowserError, chromium, take_demo_screenshot
from sandbox.realm import Realm
from stuf_bot.cli.play import play

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE_MS = 30_000
# One realm serves all of them, and a test builds on what the one before has made.
pytestmark = pytest.mark.realm


def until(true: Callable[[], Any], what: str, seconds: float = 30.0) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := true():
            return value
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}")


def messages(demo: Realm, channel: str) -> list[dict[str, Any]]:
    client = zulip.Client(config_file=str(demo.zuliprcs["tess"]))
    narrow = [{"operator": "channel", "operand": channel}]
    answer = client.get_messages(
        {"anchor": "newest", "num_before": 100, "num_after": 0, "narrow": narrow, "apply_markdown": False}
    )
    found: list[dict[str, Any]] = answer["messages"]
    return found


@pytest.fixture(scope="session")
def address(demo: Realm) -> str:
    assert play(EXAMPLES / "create.chat", dict(demo.zuliprcs)) == 0
    return f"{demo.aws.edge_url}/acme-audit"


def test_the_conversation_of_the_readme_ends_with_a_stuf_that_works(demo: Realm, address: str) -> None:
    card = next(m for m in messages(demo, "stuf-acme-audit") if m["subject"].startswith("✔ provision acme-"))
    assert card["content"].startswith("**Provision `acme-audit`**: ✅ done")
    assert card["content"].count("✅") == 7
    assert "[workflow run](" in card["content"]


@pytest.mark.browser
def test_the_chat_page_shows_the_card_and_its_picture_is_taken(demo: Realm, address: str) -> None:
    posts = messages(demo, "stuf-acme-audit")
    card = next(m for m in posts if m["content"].startswith("**Provision"))
    topic = quote(card["subject"], safe="").replace(".", "%2E").replace("%", ".")
    picture = ROOT / "build" / "demo.png"
    picture.parent.mkdir(exist_ok=True)
    try:
        take_demo_screenshot(
            f"{demo.page_url}#narrow/channel/{card['stream_id']}-stuf-acme-audit/topic/{topic}", picture
        )
    except NoBrowserError as error:
        pytest.skip(str(error))
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.browser
def test_a_participant_signs_in_uploads_and_the_channel_hears_of_it(
    demo: Realm, address: str, tmp_path: Path
) -> None:
    def sent(kind: str, pattern: str) -> str:
        def newest() -> str | None:
            for message in demo.aws.outbox.messages():
                found = re.search(pattern, message.text)
                if message.kind == kind and found:
                    return found[0]
            return None

        return str(until(newest, f"a {kind} with {pattern}"))

    report = tmp_path / "Ledger of Ana.pdf"
    report.write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 64)
    try:
        with chromium() as browser:
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(f"{address}/")
            page.get_by_label("E-mail address").fill("ana@example.org")
            page.get_by_role("button", name="Send me a link").click()
            expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
            page.goto(sent("mail", r"http\S+#token=\S+"))
            page.get_by_role("button", name="Text me a code").click()
            page.get_by_label("Six-digit code").fill(sent("sms", r"\b\d{6}\b"))
            page.get_by_role("button", name="Sign in").click()
            page.get_by_label("choose files").set_input_files(report)
            line = page.get_by_role("list", name="Your uploads").get_by_role("listitem")
            expect(line).to_contain_text("✓ Arrived and checked", timeout=PATIENCE_MS)
    except NoBrowserError as error:
        pytest.skip(str(error))
    told = until(
        lambda: [m for m in messages(demo, "stuf-acme-audit") if m["subject"] == "uploads acme-audit"],
        "the announcement",
    )
    assert "16.4 kB" in told[0]["content"]
    for private in ("Ledger", "ana@", "900123"):
        assert not any(private in message["content"] for message in messages(demo, "stuf-acme-audit"))


def test_an_error_of_the_stuf_is_told_in_its_channel(demo: Realm, address: str) -> None:
    pressed = requests.post(f"{address}/demo/error", timeout=PATIENCE_MS / 1000)
    assert pressed.status_code == 200, pressed.text
    (card,) = until(
        lambda: [m for m in messages(demo, "stuf-acme-audit") if "STUF-ACME-AUDIT-1" in m["subject"]],
        "the card of the error",
    )
    assert "AccessDenied" in card["content"]
    assert f"{demo.sentry.url}/organizations/acme/issues/" in card["content"]


@pytest.mark.slow
def test_an_error_goes_to_sentry_and_back(demo: Realm) -> None:
    assert play(EXAMPLES / "sentry.chat", dict(demo.zuliprcs)) == 0
    page = requests.get(f"{demo.sentry.url}/organizations/acme/issues/?status=resolved", timeout=10).text
    (issue,) = re.findall(r"/organizations/acme/issues/\d+/(?='>)", page)
    told = requests.get(demo.sentry.url + issue, timeout=10).text
    assert "The list of people could not be read." in told
    assert "A policy was changed; it is as it was." in told


def test_nothing_personal_is_in_the_glass_repository_the_runs_or_the_logs(
    demo: Realm, address: str, tmp_path: Path
) -> None:
    glass = tmp_path / "glass"
    (bare,) = [path for path in (demo.state / "github").rglob("*.git") if _holds(path, "infrastructure")]
    subprocess.run(["git", "clone", "-q", str(bare), str(glass)], check=True)
    history = subprocess.run(
        ["git", "-C", str(glass), "log", "-p", "--format=fuller"], check=True, capture_output=True
    ).stdout
    logs = [
        path.read_bytes()
        for path in [*(demo.state / "github" / "logs").rglob("*.log"), demo.state / "bot.log"]
    ]
    assert len(logs) > 5
    for private in (b"ana@example.org", b"ben@example.org", b"7700900123", b"7700 900123", b"Ledger of Ana"):
        # The application's own tests and docs do not travel with it.
        assert private not in history
        assert not [log for log in logs if private in log]
    # Nor did the error that the button raised take any of it, or what was asked for, to Sentry.
    reported = b"".join(path.read_bytes() for path in (demo.state / "sentry").iterdir())
    assert b"POST /sign-in" in reported
    for private in (b"ana@example.org", b"somebody@example.org", b"7700900123", b"Ledger of Ana"):
        assert private not in reported


def _holds(bare: Path, folder: str) -> bool:
    listed = subprocess.run(
        ["git", "-C", str(bare), "ls-tree", "--name-only", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return folder in listed.stdout.split()


def test_a_failed_step_is_continued_from_and_everything_is_removed(demo: Realm) -> None:
    demo.fail_once("infrastructure")
    assert play(EXAMPLES / "failure.chat", dict(demo.zuliprcs)) == 0
    stacks = demo.aws.client("cloudformation", region_name="eu-west-1").list_stacks()["StackSummaries"]
    alive = [s["StackName"] for s in stacks if not s["StackStatus"].startswith("DELETE")]
    assert "stuf-grant-files" not in alive
    buckets = demo.aws.client("s3", region_name="eu-west-1").list_buckets()["Buckets"]
    assert not [b["Name"] for b in buckets if "grant-files" in b["Name"]]
    assert "stuf-grant-files" not in requests.get(f"{demo.sentry.url}/", timeout=10).text
