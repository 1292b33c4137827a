"""A server that is killed in the middle of a run: what is left, and what the next start makes of it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from sandbox.github import GitHub

ROOT = Path(__file__).parents[3]
WORKFLOW = """
on: {workflow_dispatch: {inputs: {place: {type: string, required: true}}}}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - env: {PLACE: "${{ inputs.place }}"}
        run: |
          echo $$ > "$PLACE"
          while true; do sleep 0.05; done
"""


def test_a_killed_server(
    tmp_path: Path, starter: Callable[..., GitHub], until: Callable[..., Any], ask_hub: Callable[..., Any]
) -> None:
    folder = tmp_path / "files" / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "work.yml").write_text(WORKFLOW)
    command = [sys.executable, str(Path(__file__).with_name("hub_process.py"))]
    process = subprocess.Popen(
        [*command, str(tmp_path / "state"), str(tmp_path / "files")],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        url, token = process.stdout.readline().split()
        place = tmp_path / "pid"
        body = {"ref": "main", "inputs": {"place": str(place)}, "return_run_details": True}
        address = "/repos/acme/control/actions/workflows/work.yml/dispatches"
        headers = {"Authorization": f"Bearer {token}"}
        run = requests.post(url + address, json=body, headers=headers, timeout=20).json()["workflow_run_id"]
        step = int(until(lambda: place.exists() and place.read_text().strip()))
    finally:
        process.kill()
        process.communicate()
    hub = starter()
    found = ask_hub(hub, f"/repos/acme/control/actions/runs/{run}")
    assert (found["status"], found["conclusion"]) == ("completed", "cancelled")
    jobs = ask_hub(hub, f"/repos/acme/control/actions/runs/{run}/jobs")["jobs"]
    assert jobs[0]["conclusion"] == "cancelled"
    assert jobs[0]["steps"][1]["conclusion"] == "cancelled"
    until(lambda: not _alive(step))
    assert not list((tmp_path / "state" / "runner").glob("2*"))


def _alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
