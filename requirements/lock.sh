#!/usr/bin/env bash
# Pins every requirement with its hashes, for Python 3.11 and newer; records no registry address.
set -euo pipefail
cd "$(dirname "$0")"
for name in "${@:-bot dev provisioning aws checks checkov}"; do
  for one in $name; do
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
      --no-emit-find-links --custom-compile-command 'make lock' --output-file "$one.txt" "$one.in"
  done
done
uv pip compile --quiet --no-deps --generate-hashes --no-emit-index-url --no-emit-find-links \
  --python-version 3.11 --custom-compile-command 'make lock' --output-file collections.txt collections.in
cd ../provisioning/template/application/api
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-emit-find-links --custom-compile-command 'make lock' --output-file requirements.txt requirements.in
