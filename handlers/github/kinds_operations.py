"""Which file reads which kind of delivery about runs, deployments, security and access."""

from typing import Final

from handlers.github import (
    access,
    access_repository,
    checks,
    deployments,
    deployments_review,
    installation,
    installation_hooks,
    runs,
    security,
    security_advisories,
    security_rules,
    security_secrets,
)
from handlers.github.reading import Reader

READERS: Final[dict[str, Reader]] = {
    # Runs and checks.
    "check_run": checks.read,
    "check_suite": checks.read,
    "merge_group": checks.read_merge_group,
    "status": checks.read_status,
    "workflow_dispatch": runs.read_dispatch,
    "workflow_job": runs.read_job,
    "workflow_run": runs.read_run,
    # Deployments.
    "deployment": deployments.read,
    "deployment_protection_rule": deployments.read_rule,
    "deployment_review": deployments_review.read,
    "deployment_status": deployments.read,
    # Security.
    "branch_protection_configuration": security_rules.read_configuration,
    "branch_protection_rule": security_rules.read_protection,
    "code_scanning_alert": security.read_code,
    "dependabot_alert": security.read_dependency,
    "repository_advisory": security_advisories.read_of_repository,
    "repository_ruleset": security_rules.read_ruleset,
    "repository_vulnerability_alert": security.read_old,
    "secret_scanning_alert": security_secrets.read,
    "secret_scanning_alert_location": security_secrets.read_location,
    "security_advisory": security_advisories.read,
    "security_and_analysis": security_rules.read_guards,
    # Access.
    "custom_property": access_repository.read_property,
    "custom_property_promoted_to_enterprise": access_repository.read_property,
    "custom_property_values": access_repository.read_values,
    "deploy_key": access.read_key,
    "github_app_authorization": installation.read_authorization,
    "installation": installation.read,
    "installation_repositories": installation.read_repositories,
    "installation_target": installation.read_target,
    "member": access.read_member,
    "membership": access.read_membership,
    "meta": installation_hooks.read_meta,
    "organization": access.read_organization,
    "personal_access_token_request": installation.read_token,
    "ping": installation_hooks.read_ping,
    "public": access_repository.read_public,
    "repository": access_repository.read,
    "team": access.read_team,
    "team_add": access.read_team_add,
}
