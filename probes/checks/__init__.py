"""The checks, one module each; `probes.registry` finds them.

A module owns what is asked and what is enough.
"""
