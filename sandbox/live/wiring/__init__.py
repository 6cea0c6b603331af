"""What the network of the live sandbox must be, from the cloud's things alone.

Owns the facts about Google's networks as wiring: pure functions from things to namespaces, links, addresses,
routes and rules of the packet filter. Decides nothing about reachability: packets do. Imports no rule.
"""
