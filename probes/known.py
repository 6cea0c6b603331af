"""Every cause by its word: what it means and what to do.

Owns the words. Which of them fit what was observed is `probes.causes`'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a cause.

    Attributes:
        says: What it means.
        fix: What to do.
    """

    says: str
    fix: str


KNOWN: Final[Mapping[str, Known]] = {
    "ENV_MISSING": Known(
        "a variable that the contract requires is not set", "set it in the stack's file, then pulumi up"
    ),
    "ENV_EMPTY": Known(
        "a variable that the contract requires is empty",
        "give it a value in the stack's file, then pulumi up",
    ),
    "SECRET_VALUE_EMPTY": Known(
        "the version of the secret that the variable reads holds nothing",
        "add a version that holds the value, name its number in the stack's file, then pulumi up",
    ),
    "ADDRESS_STALE": Known(
        "the service is told an address that nothing has any more",
        "take the address from the resource itself, then pulumi up",
    ),
    "REDIS_INSTANCE_NO_ROUTE_TO_DESTINATION_NETWORK": Known(
        "the instance is attached to another network than the one that the service goes out into",
        "attach it to the network of the service's connector (authorizedNetwork)",
    ),
    "REDIS_INSTANCE_UNSUPPORTED_PORT": Known(
        "the service is told a port on which the instance does not listen",
        "set the port to 6378 (TLS), or take it from the instance (instance.port)",
    ),
    "REDIS_STOPPED": Known(
        "the instance is there and its server does not run",
        "look at the instance's state and maintenance in Google Cloud, and start it",
    ),
    "REDIS_AUTH_STRING_CHANGED": Known(
        "the instance has another AUTH string than the secret that the service reads",
        "pulumi refresh, then pulumi up: the secret gets a new version and the service a new revision",
    ),
    "REDIS_NO_AUTH": Known("the instance asks for no password", "set authEnabled"),
    "REDIS_PLAIN_TEXT": Known(
        "the instance does not encrypt", "set transitEncryptionMode SERVER_AUTHENTICATION"
    ),
    "REDIS_CA_CHANGED": Known(
        "the instance's certificate is signed by a CA that the service is not told",
        "pulumi refresh, then pulumi up: REDIS_CA_CERT gets the instance's newest CA",
    ),
    "REDIS_EVICTS_SESSIONS": Known(
        "the instance throws keys away when its memory is full", "set maxmemory-policy to noeviction"
    ),
    "REDIS_CLIENTS_EXHAUSTED": Known(
        "the instance has as many clients as it takes", "find who keeps them open; close what is idle"
    ),
    "REDIS_OVERLOADED": Known(
        "the instance answers, and late: load, a slow command or the way there",
        "look at its CPU, its slow log and the connector's throughput",
    ),
    "CLOUD_SQL_INSTANCE_NO_ROUTE": Known(
        "the service's network has no way to the one that the database is peered with",
        "let the service go out into the database's network (vpcAccess)",
    ),
    "CLOUD_SQL_INSTANCE_UNSUPPORTED_PORT": Known(
        "the service is told a port on which the database does not listen", "set the port to 5432"
    ),
    "CLOUD_SQL_INSTANCE_UNAUTHORIZED_ACCESS": Known(
        "the database does not let this client in by this way", "connect over the private address, with TLS"
    ),
    "GOOGLE_MANAGED_SERVICE_NO_PEERING": Known(
        "private services access is gone from the network", "make the servicenetworking Connection anew"
    ),
    "DATABASE_STOPPED": Known(
        "the instance is there and its server does not run",
        "look at the instance's state and maintenance in Google Cloud, and start it",
    ),
    "DATABASE_PASSWORD_CHANGED": Known(
        "the database's user has another password than the secret that the service reads",
        "pulumi refresh, then pulumi up: user and secret take the same config value",
    ),
    "DATABASE_MISSING": Known(
        "the database that the service is told does not exist on the instance",
        "pulumi refresh, then pulumi up",
    ),
    "DATABASE_CERTIFICATE": Known(
        "the server's certificate is not the one that POSTGRES_SSLMODE lets the service trust",
        "give the service the instance's CA, or connect through the Cloud SQL connector",
    ),
    "DATABASE_OVERLOADED": Known(
        "the database answers, and late: load, locks or the way there",
        "look at query insights for what waits, and at the instance's CPU and disk",
    ),
    "SQL_PLAIN_TEXT": Known("the database takes no TLS", "set sslMode ENCRYPTED_ONLY on a server with TLS"),
    "SHARED_CORE": Known(
        "the database shares its core: under load every query waits", "take a tier with cores of its own"
    ),
    "CONNECTIONS_EXCEED_MEMORY": Known(
        "the database's connections ask for more memory than it has, and it swaps",
        "lower max_connections, or take a tier with more memory",
    ),
    "CONNECTIONS_EXCEEDED": Known(
        "the services may open more connections than the database has",
        "raise max_connections on a tier that bears it, or lower the pools",
    ),
    "VPC_CONNECTOR_NOT_SET": Known(
        "nothing private is in reach: the service has no way into the network, or the way is broken",
        "set vpcAccess, and look at the connector's state",
    ),
    "FIREWALL_RULE": Known(
        "a firewall rule of the network drops the packets", "let the service's tag out to address and port"
    ),
    "NO_ROUTE": Known(
        "everything is sent into the network, which has no way to the internet: Cloud NAT is missing",
        "add Cloud NAT in the service's region, or send PRIVATE_RANGES_ONLY",
    ),
    "CLOUD_NAT_NO_ADDRESSES": Known(
        "Cloud NAT is there and has no address to send from", "give it addresses, or AUTO_ONLY"
    ),
    "NAME_UNKNOWN": Known(
        "a host name leads nowhere", "correct the name, or the record and the delegation of its zone"
    ),
    "PROVIDER_DOWN": Known(
        "one host on the internet does not answer, and others do", "look at the provider's status page"
    ),
    "PROVIDER_CERTIFICATE": Known(
        "a host on the internet shows a certificate that nobody vouches for",
        "ask whose it is before trusting it",
    ),
    "HOST_NOT_IN_CERTIFICATE": Known(
        "the load balancer's certificate does not name the host", "name every host in the certificate"
    ),
    "WEBSOCKET_REFUSED": Known(
        "the service answers the WebSocket's handshake with an HTTP status",
        "look at the status: 403 is its own refusal or Cloud Armor's, 404 the URL map, 429 the rate limit",
    ),
    "WEBSOCKET_TIMEOUT_TOO_SHORT": Known(
        "a WebSocket is closed before its time", "raise the service's timeout, or mend what closes it"
    ),
    "SERVICE_NOT_READY": Known(
        "the load balancer has no instance that is ready",
        "look at the service's revision and its health path",
    ),
    "SERVICE_OVERLOADED": Known(
        "the service answers, and later than its budget", "look at its instances, their start and their CPU"
    ),
    "SERVICE_FAILED": Known("the service broke off or answered otherwise than agreed", "look at its log"),
    "SECRETS_DIFFER": Known(
        "two services do not hold the same secret: what one signs the other refuses",
        "let both read one secret in one version",
    ),
    "LOAD_BALANCER_OUT_OF_REACH": Known(
        "the load balancer's address does not answer", "look at the forwarding rule and the DNS record"
    ),
    "UNKNOWN": Known("nothing that is known fits", "read the check's own words"),
}
