"""Rules of audit: what a framework asks of the other settings."""

from collections.abc import Iterator

from catalog import logging
from components.settings.draft import Draft
from components.settings.problem import Problem, entry

_AUDIT = "plumbline:audit"


def hipaa_keeps_logs_and_encrypts(draft: Draft) -> Iterator[Problem]:
    """With HIPAA logs are kept a year, and keys are our own."""
    if draft.audit is None or not draft.audit.compliance.hipaa:
        return
    if draft.audit.retention_days < logging.HIPAA_RETENTION_DAYS:
        why = f"with compliance.hipaa audit logs are kept {logging.HIPAA_RETENTION_DAYS} days"
        what = f"is {draft.audit.retention_days}"
        fix = entry("retentionDays", logging.HIPAA_RETENTION_DAYS)
        yield Problem((_AUDIT, "retentionDays"), what, why, fix)
    if not draft.audit.customer_managed_keys:
        why = "with compliance.hipaa data is encrypted with keys of our own"
        fix = entry("customerManagedKeys", value=True)
        yield Problem((_AUDIT, "customerManagedKeys"), "is false", why, fix)
