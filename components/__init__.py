"""What is deployed: one file a component, wired by `components.platform`.

Owns the Pulumi components and, in `components.settings`, the model of every decision they take. Does not
judge: what may be deployed is said in `policies`. Importing this package imports no Pulumi SDK, so that the
settings can be read offline and at once.
"""
