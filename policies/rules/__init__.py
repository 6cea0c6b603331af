"""The rules, and what runs them.

Importing this package registers every rule. Needs no engine and no SDK.
"""

from policies.rules import contract, environment
from policies.rules.finding import Claim, Finding, Severity, Verdict
from policies.rules.judge import Judge
from policies.rules.registry import Control, Rule, World, registered, rule

# Each module that holds rules stands here: importing it is what registers them.
FAMILIES = (contract, environment)

__all__ = [
    "FAMILIES",
    "Claim",
    "Control",
    "Finding",
    "Judge",
    "Rule",
    "Severity",
    "Verdict",
    "World",
    "registered",
    "rule",
]
