"""Settings of audit: which frameworks hold, how long logs are kept, and whose keys encrypt.

Which framework an environment must keep is the contracts' (`compliance` in contracts/environments.yaml):
policies judge by that. What stands here is what this stack does for it.
"""

from components.settings.base import Section
from components.settings.fields import KeyRingName, LogBucketName, RetentionDays


class ComplianceSettings(Section):
    """Frameworks that this stack is made ready for."""

    soc2: bool = False
    """SOC 2. Default false."""
    hipaa: bool = False
    """HIPAA: logs are kept a year, and data is encrypted with keys of our own. Default false."""


class AuditSettings(Section):
    """Who read what, kept where nobody deletes it by mistake."""

    compliance: ComplianceSettings = ComplianceSettings()
    """Frameworks that this stack is made ready for. Default none."""
    log_bucket: LogBucketName = "platform-audit"
    """Id of the log bucket that audit logs are kept in, made by this stack. Default `platform-audit`."""
    retention_days: RetentionDays
    """Days for which audit logs are kept: at least 90, with HIPAA 365."""
    customer_managed_keys: bool = False
    """Whether the database, the cache, secrets and images are encrypted with keys of our own. It cannot be
    switched on for a database or a cache that exists: each would be made anew. Default false."""
    key_ring: KeyRingName = "platform"
    """Name of the key rings: one in the region, one global for the secrets. Default `platform`."""
