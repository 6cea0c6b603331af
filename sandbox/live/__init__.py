"""The live sandbox: the cloud's networks, servers and services for real, inside one machine.

Owns the universe they run in (`universe`), the network between them (`wiring` says it, `fabric` applies it),
and what runs there. Reads the cloud, and tells it one thing: that a service has started.
"""
