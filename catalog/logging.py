"""Cloud Logging and audit logs: which are off by default, who they are of, how long buckets keep them.

Owns those facts, and the retention that this project asks for: no framework names one for these logs.
"""

from catalog.source import Limit, Source

AUDIT = Source("https://cloud.google.com/logging/docs/audit/configure-data-access")
BUCKETS = Source("https://cloud.google.com/logging/docs/buckets")
DATA_ACCESS = ("ADMIN_READ", "DATA_READ", "DATA_WRITE")
"""Kinds of Data Access logs. All are off by default, except BigQuery's."""
JUDGED = ("DATA_READ", "DATA_WRITE")
"""Those that say who read and who wrote data."""
ALL_SERVICES = "allServices"
AUDITED = {
    "secretmanager.googleapis.com": "Secret Manager",
    "cloudsql.googleapis.com": "Cloud SQL",
    "run.googleapis.com": "Cloud Run",
}
"""Services whose data matters here, as audit logs name them: Cloud SQL is not called sqladmin there."""
DEFAULT_RETENTION_DAYS = 30
"""What a log bucket keeps unless it is told otherwise."""
DEFAULT_BUCKET = "_Default"
"""Where Data Access logs go unless a sink sends them elsewhere."""
RETENTION_DAYS = Limit("audit logs are kept 90 to 3650 days", 90, 3650, BUCKETS, step=1)
"""Google allows 1 to 3650; below 90 an incident that is found late has no trace."""
HIPAA_RETENTION_DAYS = 365
AUDIT_LOGS = 'logName:"cloudaudit.googleapis.com"'
"""Filter of a sink for every kind of audit log."""
