"""The page in a real browser: signing in, uploading, a connection that breaks, the keyboard, the colours."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright
from starlette.staticfiles import StaticFiles
from stuf_api.app import create_app

from sandbox.server import AsgiServer

CHROMIUM = Path("/usr/bin/chromium")
SPA = Path(__file__).resolve().parents[2] / "provisioning" / "template" / "application" / "spa"
# Other tests may run beside this one.
expect.set_options(timeout=20_000)
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PHONE = {"width": 375, "height": 720}
MIB = 1024**2

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="chromium is not installed"),
]


@dataclass
class Site:
    """The page below a path, as it is served behind the front door."""

    url: str
    world: Any

    def link(self, email: str) -> str:
        """The newest link, at the address of this test's server."""
        return f"{self.url}/#token={re.search(r'#token=(.+)', self.world.mails(email)[-1]).group(1)}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def site(world: Any) -> Iterator[Site]:
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {world.endpoint}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )

    async def hardened(scope: Any, receive: Any, send: Any) -> None:
        async def add(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", policy.encode())]
            await send(message)

        await StaticFiles(directory=SPA, html=True)(scope, receive, add)

    api = create_app(world.services)

    async def below(scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix("/acme")
        await (api if path.startswith("/api/") else hardened)(
            {**scope, "path": path, "root_path": ""}, receive, send
        )

    server = AsgiServer(below)
    server.start()
    world.configure(
        branding={
            "display_name": "Acme audit 2026",
            "accent_colour": "#1a6b54",
            "welcome_text": "Please upload the signed inspection reports.\n<b>One file per site.</b>",
        }
    )
    world.clock[0] += 5
    # The browser's clock is the real one; sessions have to hold for it.
    world.clock[0] = time.time()
    yield Site(f"{server.url}/acme", world)
    server.stop()


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London")
    found = context.new_page()
    complaints: list[str] = []
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.on(
        "console",
        lambda message: (
            complaints.append(message.text) if "Content Security Policy" in message.text else None
        ),
    )
    yield found
    context.close()
    assert not complaints


def sign_in(page: Page, site: Site, pat: tuple[str, str]) -> None:
    """All the way from the address to the upload page."""
    page.goto(f"{site.url}/")
    page.get_by_label("E-mail address").fill(pat[0])
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(site.link(pat[0]))
    page.get_by_role("button", name="Text me a code").click()
    expect(page.get_by_label("Six-digit code")).to_be_visible()
    page.get_by_label("Six-digit code").fill(site.world.texts(pat[1])[-1][:6])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Upload files")).to_be_visible()


def test_from_the_address_to_an_arrived_file(
    page: Page, site: Site, pat: tuple[str, str], tmp_path: Path
) -> None:
    sign_in(page, site, pat)
    assert "#" not in page.url
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    report = tmp_path / "Prüfbericht.pdf"
    report.write_bytes(bytes(range(256)) * 4096 * 11)
    page.get_by_label("choose files").set_input_files(report)
    line = page.get_by_role("list", name="Your uploads").get_by_role("listitem")
    expect(line).to_contain_text("Prüfbericht.pdf")
    expect(line).to_contain_text("11 MB")
    expect(line).to_contain_text("✓ Arrived and checked")
    expect(line).to_contain_text(re.compile(r"SHA-256 \S{43}=-3"))
    expect(page.get_by_role("status")).to_have_text("Prüfbericht.pdf has arrived and was checked")
    page.reload()
    expect(line).to_contain_text("Prüfbericht.pdf")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail address")).to_be_visible()
    page.reload()
    expect(page.get_by_label("E-mail address")).to_be_visible()


def test_a_broken_connection_costs_one_part_only(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    sent: list[str] = []

    def storage(route: Route) -> None:
        number = re.search(r"partNumber=(\d+)", route.request.url)
        assert number
        sent.append(number.group(1))
        if sent.count("2") == 1 and number.group(1) == "2":
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(f"{site.world.endpoint}/**", storage)
    page.get_by_label("choose files").set_input_files(
        {"name": "big.bin", "mimeType": "application/octet-stream", "buffer": b"x" * (11 * MIB)}
    )
    line = page.get_by_role("list", name="Your uploads").get_by_role("listitem")
    expect(line).to_contain_text("big.bin")
    assert sorted(sent) == ["1", "2", "2", "3"]


def test_a_refused_file_can_be_tried_again(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    page.route(
        "**/complete",
        lambda route: route.fulfill(status=409, json={"error": {"code": "x", "message": "No."}}),
    )
    page.get_by_label("choose files").set_input_files(
        {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    queue = page.get_by_role("list", name="Files being sent")
    expect(queue).to_contain_text("No.")
    page.unroute("**/complete")
    queue.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("list", name="Your uploads")).to_contain_text("a.txt")
    expect(queue).to_be_hidden()


def test_a_file_can_be_cancelled(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    page.route(f"{site.world.endpoint}/**", lambda _route: None)
    page.get_by_label("choose files").set_input_files(
        {"name": "wrong.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    page.get_by_role("button", name="Cancel wrong.txt").click()
    expect(page.get_by_text("wrong.txt", exact=True)).to_be_hidden()
    expect(page.get_by_role("status")).to_have_text("wrong.txt was cancelled")
    expect(page.get_by_role("heading", name="Being sent")).to_be_hidden()
    page.unroute(f"{site.world.endpoint}/**")
    page.get_by_label("choose files").set_input_files(
        {"name": "right.txt", "mimeType": "text/plain", "buffer": b"x"}
    )
    expect(page.get_by_role("list", name="Your uploads")).to_contain_text("right.txt")


def test_files_can_be_dropped(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    dropped = page.evaluate_handle(
        """() => {
          const data = new DataTransfer();
          for (const name of ["one.txt", "two.txt", "three.txt"]) data.items.add(new File([name], name));
          return data;
        }"""
    )
    page.dispatch_event(".drop", "drop", {"dataTransfer": dropped})
    lines = page.get_by_role("list", name="Your uploads").get_by_role("listitem")
    expect(lines).to_have_count(3)


def test_wrong_codes_are_explained(page: Page, site: Site, pat: tuple[str, str]) -> None:
    site.world.ask_for_link(pat[0])
    page.goto(site.link(pat[0]))
    page.get_by_role("button", name="Text me a code").click()
    code = page.get_by_label("Six-digit code")
    expect(code).to_be_focused()
    expect(page.get_by_text(f"ends in {pat[1][-3:]}")).to_be_visible()
    wrong = f"{(int(site.world.texts(pat[1])[-1][:6]) + 1) % 10**6:06d}"
    code.fill("12")
    code.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("The code has six digits. Please check it.")
    for left in ("4 more tries", "3 more tries", "2 more tries", "1 more try", "ask for a new link"):
        code.fill(wrong)
        code.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text(left)
    code.press("Enter")
    page.get_by_role("button", name="Ask for a new link").click()
    expect(page.get_by_label("E-mail address")).to_be_focused()


def test_opening_a_link_does_not_spend_it(page: Page, site: Site, pat: tuple[str, str]) -> None:
    site.world.ask_for_link(pat[0])
    link = site.link(pat[0])
    page.goto(link)
    expect(page.get_by_role("button", name="Text me a code")).to_be_focused()
    assert site.world.texts(pat[1]) == []
    page.get_by_role("button", name="Text me a code").click()
    expect(page.get_by_label("Six-digit code")).to_be_visible()
    page.goto("about:blank")
    page.goto(link)
    page.get_by_role("button", name="Text me a code").click()
    expect(page.get_by_role("alert")).to_contain_text("already used")
    expect(page.get_by_role("button", name="Ask for a new link")).to_be_visible()


def test_revoked_people_are_told(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    site.world.add("pat", pat[1], active=False)
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("no longer have access")


def test_outside_text_stays_text(page: Page, site: Site, pat: tuple[str, str]) -> None:
    sign_in(page, site, pat)
    expect(page.get_by_text("<b>One file per site.</b>")).to_be_visible()
    name = "<img src=x onerror=alert(1)>.txt"
    page.get_by_label("choose files").set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": b"x"}
    )
    expect(page.get_by_role("list", name="Your uploads")).to_contain_text(name)


def test_questions_come_before_files(page: Page, site: Site, pat: tuple[str, str]) -> None:
    field = {"name": "ref", "title": "Reference", "required": True}
    site.world.write("config/metadata_config.json", {"schema_version": 1, "fields": [field]})
    sign_in(page, site, pat)
    file = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"}
    page.get_by_label("choose files").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("Please answer the questions above")
    page.get_by_label("Reference").fill("R-1")
    page.get_by_label("choose files").set_input_files(file)
    expect(page.get_by_role("list", name="Your uploads")).to_contain_text("a.txt")


CONTRAST = """async () => {
  const { contrast, palette } = await import("./js/theme.js");
  const worst = (card, { accent, onAccent, accentText }) =>
    Math.min(contrast(accent, onAccent), contrast(accentText, card));
  const steps = ["00", "33", "66", "7f", "99", "cc", "ff"];
  const found = [];
  for (const r of steps) for (const g of steps) for (const b of steps) {
    const hex = `#${r}${g}${b}`;
    found.push(worst([255, 255, 255], palette(hex, false)), worst([29, 35, 40], palette(hex, true)));
  }
  return Math.min(...found);
}"""


def test_any_accent_can_be_read(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/")
    assert page.evaluate(CONTRAST) >= 4.5


def test_the_accent_follows_the_scheme(page: Page, site: Site) -> None:
    accent = "getComputedStyle(document.documentElement).getPropertyValue('--accent-text')"
    page.goto(f"{site.url}/")
    expect(page.get_by_label("E-mail address")).to_be_visible()
    light = page.evaluate(accent)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {accent} !== light", arg=light)


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, site: Site, pat: tuple[str, str]) -> None:
    page = browser.new_page(viewport=PHONE)
    sign_in(page, site, pat)
    page.get_by_label("choose files").set_input_files(
        {"name": "n" * 150 + ".txt", "mimeType": "text/plain", "buffer": b"hello"}
    )
    expect(page.get_by_role("list", name="Your uploads")).to_contain_text("nnn")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()
