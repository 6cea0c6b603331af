"""The caches and databases of a random platform, and what a service's environment says of them.

Owns what is wrong with a destination or with how a service is told of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from benchmarks.truth.program import Hidden, Out

if TYPE_CHECKING:
    from benchmarks.truth.generate import Maker
    from benchmarks.truth.parts import Net

REDIS: Final = "gcp:redis/instance:Instance"
SQL: Final = "gcp:sql/databaseInstance:DatabaseInstance"
ADDRESS: Final = "gcp:compute/address:Address"
DB_HOST: Final = "DB_HOST"
DB_PORT: Final = "DB_PORT"
CACHE_HOST: Final = "CACHE_HOST"
CACHE_PORT: Final = "CACHE_PORT"
_NOBODYS: Final = "10.250.250.250"
OF_CACHES: Final = (
    "cache-on-other-network",
    "cache-on-peered-network",
    "cache-on-default-network",
    "cache-in-other-region",
    "cache-port",
    "cache-range-public",
    "cache-address-nobodys",
    "cache-host-a-name",
    "cache-host-hidden",
    "cache-host-the-database",
    "cache-host-unset",
    "cache-network-hidden",
    "cache-stray-route",
)
OF_DATABASES: Final = (
    "database-on-other-network",
    "database-on-peered-network",
    "database-port",
    "database-pool-port",
    "database-public-closed",
    "database-public-listed",
    "database-private-of-public",
    "database-without-address",
    "database-connector-required",
    "database-socket-unmounted",
    "database-socket-undeclared",
    "database-behind-endpoint",
    "database-one-of-two",
    "database-host-the-cache",
    "database-endpoint-on-other-network",
)
FAULTS: Final = (*OF_CACHES, *OF_DATABASES)


class Stores:
    """One service's cache and database."""

    def __init__(self, maker: Maker, net: Net, region: str, index: int) -> None:
        """Takes the network and region that the service goes out in."""
        self._maker = maker
        self._net = net
        self._region = region
        self._index = index

    def environment(self) -> tuple[dict[str, Any], list[Any]]:
        """What the service is told, and the instances whose sockets it mounts."""
        cache_host, cache_port = self._cache()
        db_host, db_port, volumes, more = self._database()
        maker = self._maker
        if (
            maker.wrong("cache-host-the-database")
            and isinstance(db_host, Out)
            and db_host.key.endswith("IpAddress")
        ):
            cache_host = db_host
        elif maker.wrong("database-host-the-cache"):
            db_host, volumes = Out(f"cache-{self._index}", "host"), []
        envs = {CACHE_HOST: cache_host, CACHE_PORT: cache_port, DB_HOST: db_host, DB_PORT: db_port, **more}
        return {name: value for name, value in envs.items() if value is not None}, volumes

    def _other(self) -> str:
        return "europe-west1" if self._region == "us-central1" else "us-central1"

    def _network_for(self, kind: str) -> Net:
        maker = self._maker
        other, peered = maker.wrong(f"{kind}-on-other-network"), maker.wrong(f"{kind}-on-peered-network")
        if not (other or peered):
            return self._net
        net = next((one for one in maker.nets if one is not self._net and not one.undeclared), None)
        net = net or maker.network()
        if peered and net.base != self._net.base:
            maker.peer(self._net, net)
        return net

    def _cache(self) -> tuple[Any, Any]:
        maker, name = self._maker, f"cache-{self._index}"
        net = self._network_for("cache")
        tls = maker.chance(0.6)
        region = self._other() if maker.wrong("cache-in-other-region") else self._region
        network: Any = None if maker.wrong("cache-on-default-network") else net.reference
        if network is not None and maker.wrong("cache-network-hidden"):
            network = Hidden(network)
        behind = net.private_services is not None and network is not None and maker.chance(0.2)
        behind = behind and maker.fault != "cache-stray-route"
        stray = maker.wrong("cache-stray-route", net) and not behind
        range_ = None
        if maker.wrong("cache-range-public"):
            range_ = f"6.9.{self._index}.0/29"
        elif stray or (not behind and maker.chance(0.4)):
            range_ = maker.range(net, 29)
        maker.program.add(
            REDIS,
            name,
            name=name,
            region=region,
            memorySizeGb=1,
            authorizedNetwork=network,
            connectMode="PRIVATE_SERVICE_ACCESS" if behind else None,
            reservedIpRange=None if behind else range_,
            transitEncryptionMode="SERVER_AUTHENTICATION" if tls else None,
            _depends=(net.private_services,) if behind and net.private_services else (),
        )
        if stray and range_ is not None:
            self._stray(net, range_)
        return self._cache_host(name), self._cache_port(name, tls=tls)

    def _stray(self, net: Net, range_: str) -> None:
        """A route for the cache's range, or a narrower one, that leads elsewhere."""
        name = f"stray-{self._index}"
        self._maker.program.add(
            "gcp:compute/route:Route",
            name,
            name=name,
            project=net.project,
            network=net.reference,
            destRange=range_ if self._maker.chance(0.5) else range_.replace(".0/29", ".4/32"),
            nextHopIp=f"10.{net.base}.0.9",
            _outside=net.undeclared,
        )

    def _cache_host(self, name: str) -> Any:  # noqa: ANN401 - an output, or text
        maker = self._maker
        if maker.wrong("cache-host-unset"):
            return None
        if maker.wrong("cache-address-nobodys"):
            return _NOBODYS
        if maker.wrong("cache-host-a-name"):
            return maker.random.choice(("cache.internal", "localhost"))
        out = Out(name, "host")
        return Hidden(out) if maker.wrong("cache-host-hidden") else out

    def _cache_port(self, name: str, *, tls: bool) -> Any:  # noqa: ANN401 - an output, or text
        right = "6378" if tls else "6379"
        if self._maker.wrong("cache-port"):
            return "6379" if tls else "6378"
        return Out(name, "port") if self._maker.chance(0.3) else right

    def _database(self) -> tuple[Any, Any, list[Any], dict[str, Any]]:
        maker, name = self._maker, f"db-{self._index}"
        if maker.wrong("database-endpoint-on-other-network") or maker.chance(0.04):
            return self._endpoint(name)
        net, style = self._network_for("database"), self._style()
        if net.private_services is None and maker.fault != "no-private-services" and style == "private":
            style = maker.random.choice(("public", "socket"))
        self._instance(name, net, style)
        port = "5432"
        if maker.wrong("database-port"):
            port = "5433"
        elif maker.wrong("database-pool-port"):
            port = "6432"
        more: dict[str, Any] = {}
        if maker.wrong("database-one-of-two") and style == "private":
            self._instance(f"{name}-second", maker.network(), "private")
            more["REPORTS_HOST"] = Out(f"{name}-second", "privateIpAddress")
        host, volumes = self._host(name, style)
        return host, port, volumes, more

    def _style(self) -> str:
        maker = self._maker
        if maker.fault.startswith("database-public") or maker.fault == "database-private-of-public":
            return "public"
        if maker.fault.startswith("database-socket"):
            return maker.random.choice(("socket", "private-socket"))
        if maker.fault in {"database-behind-endpoint", "database-without-address"}:
            return "other"
        if maker.fault.startswith("database-") or maker.fault in {
            "no-private-services",
            "private-services-public",
        }:
            return "private"
        return maker.random.choice(("private", "private", "private", "public", "socket", "private-socket"))

    def _instance(self, name: str, net: Net, style: str) -> None:
        maker = self._maker
        private = style in {"private", "private-socket"}
        config: dict[str, Any] = {"ipv4Enabled": not private or (style == "private" and maker.chance(0.3))}
        if private:
            config["privateNetwork"] = net.reference
        if style == "public":
            config["authorizedNetworks"] = [{"name": "all", "value": "0.0.0.0/0"}]
            if maker.wrong("database-public-closed"):
                config["authorizedNetworks"] = []
            elif maker.wrong("database-public-listed"):
                config["authorizedNetworks"] = [{"name": "office", "value": "198.51.100.0/24"}]
        if style == "other":
            config = {"ipv4Enabled": False}
            if maker.fault == "database-behind-endpoint":
                config["pscConfigs"] = [{"pscEnabled": True, "allowedConsumerProjects": []}]
        settings: dict[str, Any] = {
            "tier": "db-custom-2-7680",
            "edition": "ENTERPRISE",
            "ipConfiguration": config,
        }
        if maker.wrong("database-connector-required"):
            settings["connectorEnforcement"] = "REQUIRED"
        waits = (net.private_services,) if private and net.private_services else ()
        maker.program.add(
            SQL,
            name,
            name=name,
            region=self._other() if maker.chance(0.15) else self._region,
            databaseVersion="POSTGRES_17",
            settings=settings,
            _depends=waits,
        )

    def _host(self, name: str, style: str) -> tuple[Any, list[Any]]:
        maker = self._maker
        if style in {"socket", "private-socket"}:
            if maker.wrong("database-socket-unmounted"):
                return f"/cloudsql/truth-app:{self._region}:{name}", []
            if maker.wrong("database-socket-undeclared"):
                undeclared = f"truth-app:{self._region}:elsewhere"
                return f"/cloudsql/{undeclared}", [undeclared]
            return Out(name, "connectionName", "/cloudsql/"), [Out(name, "connectionName")]
        if style == "other":
            return Out(name, "dnsName"), []
        if style == "public":
            of_private = maker.wrong("database-private-of-public")
            return Out(name, "privateIpAddress" if of_private else "publicIpAddress"), []
        return Out(name, "privateIpAddress"), []

    def _endpoint(self, name: str) -> tuple[Any, Any, list[Any], dict[str, Any]]:
        """An internal address of a subnet in the place of a database."""
        maker, net = self._maker, self._net
        if maker.fault == "database-endpoint-on-other-network":
            net = maker.network()
            if maker.chance(0.3) and net.base != self._net.base:
                maker.peer(self._net, net)
        subnet: Any = Out(net.subnets[self._region], "id")
        if net.undeclared:
            subnet = f"projects/{net.project}/regions/{self._region}/subnetworks/{subnet.of}"
        maker.program.add(
            ADDRESS,
            name,
            name=name,
            project=net.project,
            region=self._region,
            addressType="INTERNAL",
            subnetwork=subnet,
        )
        return Out(name, "address"), "5432", [], {}
