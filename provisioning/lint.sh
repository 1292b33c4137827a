#!/usr/bin/env bash
# Checks workflows, playbooks and the stack's template, without running any.
#
#   provisioning/lint.sh [workflows|playbooks|templates ...]     all by default
#
# Environments: CHECKS_VENV (default .venv-checks), CHECKOV_VENV (.venv-checkov) and PROVISIONING_VENV
# (.venv-provisioning, whose collections ansible-lint reads). Exceptions stand beside what they except:
# `Metadata: checkov` in the template, ansible/.ansible-lint, `# zizmor:` comments in the workflows.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
checks=$(realpath "${CHECKS_VENV:-.venv-checks}")/bin
checkov=$(realpath "${CHECKOV_VENV:-.venv-checkov}")/bin
collections=$(realpath "${PROVISIONING_VENV:-.venv-provisioning}")/collections

workflows() {
  "$checks/check-jsonschema" --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
  "$checks/zizmor" --quiet --offline --no-progress .github/workflows
}

playbooks() {
  local cache
  cache=$(mktemp -d)
  # shellcheck disable=SC2064  # the folder's name is to be fixed now
  trap "rm -rf '$cache'" RETURN
  (cd ansible && PATH="$checks:$PATH" ANSIBLE_COLLECTIONS_PATH="$collections" ANSIBLE_HOME="$cache" \
    "$checks/ansible-lint" --offline -q)
}

templates() {
  "$checks/cfn-lint" --regions eu-west-1 us-east-1 -- ansible/roles/stack/files/*.yml
  local told
  told=$("$checkov/checkov" --quiet --compact --skip-download --framework cloudformation \
    --file ansible/roles/stack/files/*.yml) || { echo "$told" >&2 && return 1; }
}

[[ $# -gt 0 ]] || set -- workflows playbooks templates
for part in "$@"; do
  case $part in
    workflows | playbooks | templates) "$part" ;;
    *) echo "unknown part $part; choose workflows, playbooks or templates" >&2 && exit 2 ;;
  esac
done
