"""The Pulumi program: settings, the platform, and what others need to know of it."""

from components.start import refusing_once, start_lean

start_lean()

import pulumi  # noqa: E402 - after the start

from components.platform import Platform  # noqa: E402 - after the start
from components.settings import load_settings  # noqa: E402 - after the start

with refusing_once():
    platform = Platform("platform", load_settings())

pulumi.export("address", platform.address)
pulumi.export("nameServers", platform.name_servers)
pulumi.export("urls", platform.urls)
pulumi.export("repositoryUrl", platform.repository_url)
pulumi.export("databaseConnectionName", platform.database_connection_name)
pulumi.export("revisions", platform.revisions)
pulumi.export("verification", platform.verification_jobs)
