"""The stages of a provisioning, as the workflow runs them: `python -m provisioning.stages STAGE`."""
