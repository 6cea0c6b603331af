"""What a service cannot run without: contracts as YAML, and their loader.

A contract is owned by whoever answers for reliability, not by whoever writes the stack: settings supply,
contracts require. Imports nothing of ours and needs no Pulumi, so that any program and any check may read
contracts.
"""

from contracts.externals import External
from contracts.loader import Contracts, Requirements, SecretPlace, load
from contracts.model import PlainRequirement, SecretRequirement, ServiceContract
from contracts.problems import ContractError, Problem
from contracts.waivers import Waiver

__all__ = [
    "ContractError",
    "Contracts",
    "External",
    "PlainRequirement",
    "Problem",
    "Requirements",
    "SecretPlace",
    "SecretRequirement",
    "ServiceContract",
    "Waiver",
    "load",
]
