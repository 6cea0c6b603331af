"""External Application Load Balancers in front of Cloud Run: certificates, serverless NEGs, rate limits.

Owns what they take and what they ignore. Does not own DNS.
"""

from catalog.source import Limit, Source

NEG = Source("https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts")
INGRESS = Source("https://cloud.google.com/run/docs/securing/ingress")
SAME_REGION = Source(
    "https://cloud.google.com/load-balancing/docs/l7-internal/setting-up-l7-internal-serverless"
)
"""A serverless NEG must be in the region of its service."""
CERTIFICATES = Source("https://cloud.google.com/load-balancing/docs/quotas#ssl_certificates")
ARMOR = Source("https://cloud.google.com/armor/docs/rate-limiting-overview")

SERVERLESS_TIMEOUT_SECONDS = 3600
"""A backend service with a serverless NEG waits so long; `timeout_sec` on it is refused."""
DEFAULT_TIMEOUT_SECONDS = 30
"""What a backend service without `timeout_sec` is given; it is not refused with a serverless NEG."""
NO_TIMEOUT = "timeout sec is not supported for a backend service with serverless network endpoint groups"
NO_HEALTH_CHECK = "a backend service cannot have a health check with serverless network endpoint groups"
MOST_CERTIFICATE_DOMAINS = 100
CERTIFICATE_DOMAINS = Limit(
    "a Google-managed certificate names 1 to 100 domains", 1, MOST_CERTIFICATE_DOMAINS, CERTIFICATES, step=1
)
RATE_LIMIT_INTERVAL_SECONDS = 60
RATE_LIMIT_INTERVALS = (10, 30, 60, 120, 180, 240, 270, 300, 600, 900, 1200, 1800, 2700, 3600)
REQUESTS = Limit(
    "a Cloud Armor rate limit counts 1 to 1000000 requests an interval", 1, 1_000_000, ARMOR, step=1
)
BAN_SECONDS = Limit("a Cloud Armor ban lasts 60 to 3600 seconds", 60, 3600, ARMOR, step=1)
PROXY_RANGES = ("35.191.0.0/16", "130.211.0.0/22")
"""Where the load balancer's proxies and health checks come from."""
