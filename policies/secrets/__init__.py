"""What the rules about secrets share: who reads which secret, which versions a plan makes, who may read.

Judges nothing: `policies.rules.secrets` does.
"""
