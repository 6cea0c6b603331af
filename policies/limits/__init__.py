"""How the rules about limits read a value and say what is wrong with it.

Owns reading numbers and text in every spelling, and turning the catalogue's `Breach` into a claim. Does not
own a limit (`catalog`) nor which property has which (`policies.rules.limits_*`).
"""

from policies.limits.subject import Subject, number
from policies.limits.zones import zone

__all__ = ["Subject", "number", "zone"]
