"""Runs inside a universe what a test asks: `python -m tests.live.inside NAME`; prints one line of JSON.

Each function sets a cloud up in the sandbox's provider, lets the fabric apply it, connects, and tells.
"""

import json
import socket
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from sandbox.live import kernel
from sandbox.live.fabric import Fabric
from tests.sandbox.world import CONNECTOR, DIGEST, NETWORK, REDIS, REGION, RUN, World

ROUTER, NAT = "gcp:compute/router:Router", "gcp:compute/routerNat:RouterNat"
HOST = "api.example.com"


class Scene:
    """A network with a connector, a cache and a service that sends everything into it."""

    def __init__(self):
        self.world = World(Path(tempfile.mkdtemp(dir="/run")))
        self.net = self.world.network("app")
        self.con = self.world.up(
            CONNECTOR, "c", name="c", network="app", ipCidrRange="10.8.0.0/28", region=REGION,
            minInstances=2, maxInstances=3,
        )  # fmt: skip
        self.redis = self.world.up(
            REDIS, "r", name="cache", region=REGION, authorizedNetwork=self.net.id, memorySizeGb=1
        )
        self.service = self.serve("ALL_TRAFFIC")
        self.fabric = Fabric(prompt=True)
        self.hosts = self.fabric.internet([HOST])
        self.apply()

    def serve(self, egress):
        access = {"connector": self.con.id, "egress": egress}
        template = {"containers": [{"image": DIGEST}], "vpcAccess": access}
        return self.world.up(RUN, "s", name="web", location=REGION, template=template)

    def apply(self):
        with self.world.cloud.transaction():
            things = self.world.cloud.all()
        self.fabric.apply(things)

    @contextmanager
    def listening(self):
        listeners = [self._listen(self.redis.id, 6379), self._listen("internet", 443)]
        yield
        for each in listeners:
            each.close()

    def _listen(self, place, port):
        with kernel.entered(self.fabric.space(place)):
            server = socket.socket()
        server.bind(("0.0.0.0", port))
        server.listen()
        return server

    def reaches(self, address, port, place=None):
        with kernel.entered(self.fabric.space(place or self.service.id)):
            client = socket.socket()
        client.settimeout(5)
        with client:
            return client.connect_ex((address, port)) == 0

    def seen(self):
        return {
            "cache": self.reaches(self.redis["host"], 6379),
            "internet": self.reaches(self.hosts[HOST], 443),
        }


def step_by_step():
    """What a service reaches, before and after each change of the cloud."""
    scene, told = Scene(), {}
    with scene.listening():
        told["without NAT"] = scene.seen()
        scene.world.up(ROUTER, "r", name="r", network="app", region=REGION)
        scene.world.up(
            NAT, "n", name="n", router="r", region=REGION, natIpAllocateOption="AUTO_ONLY",
            sourceSubnetworkIpRangesToNat="ALL_SUBNETWORKS_ALL_IP_RANGES",
        )  # fmt: skip
        scene.apply()
        told["with NAT"] = scene.seen()
        thing = scene.world.cloud.get(REDIS, scene.redis.id)
        other = scene.world.up(NETWORK, "other", name="other", autoCreateSubnetworks=False)
        with scene.world.cloud.transaction():
            thing.body["authorizedNetwork"] = other.id
            scene.world.cloud.put(thing)
        scene.apply()
        told["cache on another network"] = scene.seen()
    return told


def again():
    """What a second apply of the same things asks of the kernel: nothing."""
    scene, asked = Scene(), []
    kernel._run = lambda *given, **_: asked.append(given)
    scene.apply()
    return asked


def cleared():
    """What is left after everything is unmade."""
    scene = Scene()
    before = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.split()
    scene.fabric.clear()
    after = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.split()
    return {"before": len(before), "after": len(after)}


def outside():
    """A user outside reaches hosts of the internet, and neither caches nor services."""
    scene = Scene()
    with scene.listening():
        return {
            "internet": scene.reaches(scene.hosts[HOST], 443, "outside"),
            "cache": scene.reaches(scene.redis["host"], 6379, "outside"),
        }


if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]]()))
