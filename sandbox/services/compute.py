"""Compute Engine: the types are described in `_compute_network` and `_compute_load_balancing`.

https://cloud.google.com/compute/docs/reference/rest/v1
"""

from sandbox.services import _compute_load_balancing, _compute_network

KINDS = (*_compute_network.KINDS, *_compute_load_balancing.KINDS)
LOOKUPS = _compute_network.LOOKUPS
