#!/usr/bin/env bash
# Makes the virtual environment DIR from hashed requirements, unless it is there already.
#   requirements/environment.sh DIR REQUIREMENTS.txt [--with-project]
# Its log goes to build/; the screen gets one line, or the end of the log when something failed.
set -euo pipefail
cd "$(dirname "$0")/.."
directory=$1 requirements=$2 with_project=${3:-}
python=${PYTHON:-python3}
stamp=$directory/.stamp
wanted=$(cat "$requirements" ${with_project:+pyproject.toml} | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
  exit 0
fi

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Python 3.11 or newer is needed, as '$python'. Install it, or say which one: make PYTHON=python3.12 ..." >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2
  exit 1
fi

log=build/$(basename "$directory" | tr -d .).log
mkdir -p build
echo "setting up $directory (its log: $log)" >&2
started=$SECONDS
{
  [ -x "$directory/bin/python" ] || "$python" -m venv "$directory"
  "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$requirements"
  if [ -n "$with_project" ]; then
    "$directory/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
  fi
} >"$log" 2>&1 || {
  echo "setting up $directory failed; the end of $log:" >&2
  tail -n 15 "$log" >&2
  exit 1
}
echo "$wanted" >"$stamp"
echo "set up $directory in $((SECONDS - started)) s" >&2
