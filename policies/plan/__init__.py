"""The plan: what a program declares, as a graph, with unknowns and secrets as values of their own.

The graph knows nothing of where it was read from. `analyze` builds it from the engine's Analyze calls;
another source is another module beside it that fills the same `Plan`.
"""

from policies.plan.graph import Plan, Provider, Resource, Source
from policies.plan.values import MASKED, UNKNOWN, Secret, Unknown, Value

__all__ = ["MASKED", "UNKNOWN", "Plan", "Provider", "Resource", "Secret", "Source", "Unknown", "Value"]
