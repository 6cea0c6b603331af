"""The rules. What runs them is `policies.judge`.

Importing this package registers every rule: each module beside this one is imported, so a new family of rules
is a new file and nothing else. Needs no engine and no SDK.
"""

from importlib import import_module
from pkgutil import iter_modules

from policies.controls import Control
from policies.rules.finding import Claim, Finding, Level, Severity, Verdict
from policies.rules.registry import Rule, World, registered, rule

for _module in sorted(one.name for one in iter_modules(__path__)):
    import_module(f"{__name__}.{_module}")

__all__ = [
    "Claim",
    "Control",
    "Finding",
    "Level",
    "Rule",
    "Severity",
    "Verdict",
    "World",
    "registered",
    "rule",
]
