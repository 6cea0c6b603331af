"""What each Google service refuses and gives, one file per service, named as pulumi-gcp's module.

A service's file holds `KINDS` (its types) and, where its lookups are more than reading one resource,
`LOOKUPS`. Adding a service is adding one file; types without one behave as every Google resource does
(`sandbox/kinds.py`).
"""
