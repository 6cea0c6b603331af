"""What environment variables Python code reads, by its syntax tree: nothing of it is imported or run.

Owns finding reads, and saying where it cannot tell. Knows no contract.
"""

from plumb.code.found import Fault, Found, Read, Unclear
from plumb.code.tree import scan

__all__ = ["Fault", "Found", "Read", "Unclear", "scan"]
