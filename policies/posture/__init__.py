"""What several rules about exposure, durability and ingress need to know of resources.

Owns which resources are data stores, who is let in to a service, and where data must last. Judges nothing:
that is for `policies.rules`.
"""
