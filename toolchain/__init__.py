"""How the Pulumi CLI and the virtual environment are had, and how a command is run in the sandbox.

This room runs before anything is installed: it uses the standard library only and imports no other room.
It does not know what is deployed; the sandbox's cloud itself lives in `sandbox/`.
"""
