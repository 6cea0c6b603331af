"""Truth against packets: random platforms, judged by the rules and really connected.

Owns the generator, the bringing up in the sandbox, the connecting, and the comparison. Every disagreement
between the rules for routes and the packets is a fault of one of the two.
"""
