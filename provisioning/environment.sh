#!/usr/bin/env bash
# Completes the environment in which the stages run: Python packages and Ansible collections, all pinned
# with their hashes. Does nothing when the environment already matches the pins. On a GitHub runner the
# environment's `python` comes first in the steps that follow.
#
#   PROVISIONING_VENV   where it lies (default .venv-provisioning); a self-hosted runner keeps it between runs
#   PYTHON              the interpreter that it is made with (default python3)
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
venv=${PROVISIONING_VENV:-$root/.venv-provisioning}
python=${PYTHON:-python3}
mkdir -p "$venv"
venv=$(cd "$venv" && pwd)

wanted=$(cat "$root/requirements/provisioning.txt" "$root/requirements/collections.txt" "${BASH_SOURCE[0]}" |
  sha256sum | cut -d' ' -f1)

complete() { [[ -x $venv/bin/python && $(cat "$venv/stamp" 2>/dev/null) == "$wanted" ]]; }

build() {
  [[ -x $venv/bin/pip ]] || "$python" -m venv "$venv"
  local pip=("$venv/bin/pip" -qq --disable-pip-version-check --no-input)
  "${pip[@]}" install --require-hashes -r "$root/requirements/provisioning.txt"
  # The collections come out of the `ansible` wheel: of its 580 MB the two in use are 10 MB.
  local work
  work=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder's name is to be fixed now
  trap "rm -rf '$work'" EXIT
  "${pip[@]}" download --require-hashes --no-deps -r "$root/requirements/collections.txt" -d "$work"
  rm -rf "$venv/collections"
  "$venv/bin/python" - "$work" "$venv/collections" <<'PY'
import sys
import zipfile
from pathlib import Path

WANTED = ("ansible_collections/amazon/aws/", "ansible_collections/community/aws/")

wheel = next(Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as packed:
    packed.extractall(sys.argv[2], [name for name in packed.namelist() if name.startswith(WANTED)])
PY
  printf '%s\n' "$wanted" >"$venv/stamp"
}

if ! complete; then
  # Two runs on one runner may arrive at once; the second finds the work done.
  if command -v flock >/dev/null; then
    exec 9>"$venv/.lock"
    flock 9
  fi
  complete || build
fi

if [[ -n ${GITHUB_PATH:-} ]]; then
  printf '%s\n' "$venv/bin" >>"$GITHUB_PATH"
fi
