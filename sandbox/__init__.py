"""The sandbox: a `gcp` provider for the Pulumi engine with a small cloud of its own behind it.

Owns what the engine's plugin protocol asks of a provider and a model of Google Cloud good enough to try a
platform
on: what is refused, when it is refused, what is unknown at preview, what exists afterwards.
Owns no opinion on whether a deploy is wise: that is the policies' room.
"""
