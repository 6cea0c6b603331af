"""VPC networks: what firewalls and flow logs do that others must reckon with.

Owns those facts. Does not own ranges: see `cidr`.
"""

from catalog.source import Limit, Source

IDLE_CUT_OFF_SECONDS = 600
"""VPC firewalls forget a connection that was idle for so long; its next packet is dropped."""
IDLE_CUT_OFF = Source(
    "https://cloud.google.com/compute/docs/troubleshooting/general-tips#communicatewithinternet"
)
FLOW_LOG_SAMPLING = Limit(
    "VPC Flow Logs keep a share of 0 to 1 of all flows",
    0,
    1,
    Source("https://cloud.google.com/vpc/docs/flow-logs"),
)
DEFAULT_FLOW_LOG_SAMPLING = 0.5
IMPLIED_RULES = Source(
    "https://cloud.google.com/firewall/docs/firewalls#default_firewall_rules", checked=False
)
"""Every network denies what comes in, and allows what goes out, after every rule that somebody wrote."""
EGRESS_SETTINGS = ("PRIVATE_RANGES_ONLY", "ALL_TRAFFIC")
"""What Cloud Run sends into the network: private ranges only, or everything (then Cloud NAT is needed)."""
EGRESS = Source("https://cloud.google.com/run/docs/configuring/connecting-vpc#manage")
