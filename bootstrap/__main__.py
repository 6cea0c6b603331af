"""The program: settings, what the pipeline stands on, and what its workflows must be told."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import pulumi

from bootstrap.pipeline import Pipeline
from bootstrap.settings import load

pipeline = Pipeline("pipeline", load())

pulumi.export("backendUrl", pipeline.backend_url)
pulumi.export("secretsProvider", pipeline.secrets_provider)
pulumi.export("workloadIdentityProvider", pipeline.workload_identity_provider)
pulumi.export("accounts", pipeline.accounts)
