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
quiet=(-qq --disable-pip-version-check --no-input)
mkdir -p "$venv"
venv=$(cd "$venv" && pwd)

wanted=$(cat "$root/requirements/provisioning.txt" "$root/requirements/collections.txt" "${BASH_SOURCE[0]}" |
  sha256sum | cut -d' ' -f1)

complete() { [[ -x $venv/bin/python && $(cat "$venv/stamp" 2>/dev/null) == "$wanted" ]]; }

build() {
  [[ -x $venv/bin/pip ]] || "$python" -m venv "$venv"
  "$venv/bin/pip" "${quiet[@]}" install --require-hashes -r "$root/requirements/provisioning.txt"
  local pins
  pins=$(sha256sum <"$root/requirements/collections.txt")
  # A stage may be running with the collections: they are replaced only when they have to be.
  [[ $(cat "$venv/collections/stamp" 2>/dev/null) == "$pins" ]] || collect "$pins"
  printf '%s\n' "$wanted" >"$venv/stamp"
}

# The collections come out of the `ansible` wheel: of its 580 MB the two in use are 10 MB.
collect() {
  rm -rf "$venv/collections.new"
  mkdir "$venv/collections.new"
  "$venv/bin/pip" "${quiet[@]}" download --require-hashes --no-deps -r "$root/requirements/collections.txt" \
    -d "$venv/collections.new"
  "$venv/bin/python" - "$venv/collections.new" <<'PY'
import sys
import zipfile
from pathlib import Path

WANTED = ("ansible_collections/amazon/aws/", "ansible_collections/community/aws/")

folder = Path(sys.argv[1])
wheel = next(folder.glob("*.whl"))
with zipfile.ZipFile(wheel) as packed:
    packed.extractall(folder, [name for name in packed.namelist() if name.startswith(WANTED)])
wheel.unlink()
PY
  printf '%s\n' "$1" >"$venv/collections.new/stamp"
  rm -rf "$venv/collections"
  mv "$venv/collections.new" "$venv/collections"
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
