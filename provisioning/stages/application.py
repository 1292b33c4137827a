"""Stage `application`: the stack runs the packaged API, and the page lies where it is served from."""

from provisioning.stages.errors import Reason
from provisioning.stages.infrastructure import change_stack
from provisioning.stages.package import APPLICATION, build, describe, machine
from provisioning.stages.run import Run
from provisioning.stages.settings import Settings
from provisioning.stages.stack import NOT_DEPLOYED, code_of_package, parameters, standing


def artefact_bucket(settings: Settings, account: str) -> str:
    """The control account's bucket of packages; Lambda reads only from its own region."""
    name = settings.control.artefact_bucket or f"stuf-artefacts-{account}-{settings.control.region}"
    return name if settings.region == settings.control.region else f"{name}-{settings.region}"


def deploy_application(run: Run) -> dict[str, str]:
    """Run the stage; StageError if the package cannot be made or AWS refuses it."""
    settings, aws, log = run.settings, run.aws, run.log
    stack = standing(aws, settings)
    package = describe(settings.control.runtime, machine())
    bucket = artefact_bucket(settings, aws.account)
    present = aws.has_object(bucket, package.key)
    path = "" if present else str(build(package, settings.build_cache, log))
    log.info("Deploying version %s (%s, %s)", package.version, package.runtime, package.architecture)
    variables = {
        "stuf_parameters": parameters(
            settings, stack.parameters.get("FilesKeyArn", ""), code_of_package(package, bucket)
        ),
        "application_artefact_bucket": bucket,
        "application_package_path": path,
        "application_site_folder": str(APPLICATION / "spa"),
        "application_site_bucket": stack.outputs["SiteBucket"],
        "application_distribution_id": stack.outputs["DistributionId"],
        "application_is_first": stack.outputs["Version"] == NOT_DEPLOYED,
    }
    change_stack(run, "application", variables, Reason.APPLICATION_FAILED)
    return {"version": package.version, "package": f"s3://{bucket}/{package.key}"}
