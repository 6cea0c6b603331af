"""Identity and Access Management: whom a role may be granted to, and what a disabled account may do.

Owns what Google says of principals. Which role reads a secret is for `secret_manager`.
"""

from catalog.source import Source

NOT_ON_A_PROJECT = Source("https://cloud.google.com/resource-manager/reference/rest/v1/projects/setIamPolicy")
"""A project does not support allUsers and allAuthenticatedUsers as members."""
DISABLED = Source("https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/disable")
"""Requests of a disabled service account are rejected, and so is its asking for a token."""
EVERYBODY = frozenset({"allusers", "allauthenticatedusers"})
"""The principals that are whoever is on the internet, in small letters."""
INVOKING_ROLES = frozenset({"roles/run.invoker", "roles/run.servicesInvoker", "roles/run.admin"})
"""The predefined roles that hold run.routes.invoke: https://cloud.google.com/run/docs/reference/iam/roles"""
