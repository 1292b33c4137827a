"""What a TA asks for in the tests of handlers, and what provisioning makes of it."""

from provisioning.models import StufOutputs

BLOCK = """create
```yaml
name: Acme Audit
participants: ana@example.org +44 7700 900123
```"""


def outputs() -> StufOutputs:
    return StufOutputs(
        slug="acme-audit",
        address="https://acme.example.org",
        region="eu-west-1",
        stack_name="stuf-acme-audit",
        bucket="files",
        site_bucket="site",
        kms_key_arn="key",
        secret_arn="secret",
        function_name="function",
        api_url="https://api.example.org",
        distribution_id="none",
        version="v1",
        repository="acme/stuf-acme-audit",
        repository_url="https://git.example.org/acme/stuf-acme-audit",
    )
