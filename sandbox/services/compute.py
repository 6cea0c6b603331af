"""Compute Engine: `_compute_network` and `_compute_load_balancing` describe the types.

https://cloud.google.com/compute/docs/reference/rest/v1
"""

from sandbox.services import _compute_load_balancing, _compute_lookups, _compute_network

KINDS = (*_compute_network.KINDS, *_compute_load_balancing.KINDS)
LOOKUPS = _compute_lookups.LOOKUPS
