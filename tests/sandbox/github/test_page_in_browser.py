"""The page of a run in a real browser: it follows the run by itself."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from github.Repository import Repository
from github.WorkflowRun import WorkflowRun
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking"]
WORKFLOW = """
run-name: Provision audit
on: {workflow_dispatch: {inputs: {gate: {type: string, required: true}}}}
jobs:
  provision:
    runs-on: ubuntu-latest
    steps:
      - name: validate
        run: echo "all is well"
      - name: infrastructure
        env: {GATE: "${{ inputs.gate }}"}
        run: |
          echo "asking the cloud"
          until [ -e "$GATE" ]; do sleep 0.05; done
          echo "## Done" >> "$GITHUB_STEP_SUMMARY"
          echo "::error::[quota] Ask for more."
          exit 1
      - name: verification
        run: 'true'
"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no chromium to drive"),
]


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        made = browser.new_page()
        complaints: list[str] = []
        made.on(
            "console", lambda message: complaints.append(message.text) if message.type == "error" else None
        )
        made.on("pageerror", lambda error: complaints.append(str(error)))
        yield made
        browser.close()
        assert not complaints


def test_a_run_is_followed(
    workflow: Callable[[str], Repository], start_run: Callable[..., WorkflowRun], tmp_path: Path, page: Page
) -> None:
    repository = workflow(WORKFLOW)
    gate = tmp_path / "gate"
    run = start_run(repository, gate=str(gate))
    page.set_default_timeout(60_000)
    page.goto(run.html_url)
    expect(page.get_by_role("heading", name="Provision audit")).to_be_visible()
    expect(page.get_by_text("asking the cloud", exact=True)).to_be_visible(timeout=60_000)
    step = page.locator("summary").filter(has_text="validate")
    step.click()
    expect(page.get_by_text("all is well", exact=True)).to_be_visible()
    gate.touch()
    expect(page.get_by_text("[quota] Ask for more.", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("failure, attempt 1")).to_be_visible(timeout=60_000)
    # What the reader opened stays open while the page renews itself.
    expect(page.get_by_text("all is well", exact=True)).to_be_visible()
    expect(page.get_by_text("## Done", exact=True)).to_be_visible()
    page.get_by_role("link", name="Code").click()
    expect(page.get_by_role("link", name="README.md")).to_be_visible()
