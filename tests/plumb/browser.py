"""A headless browser that a test drives, by chromedriver's WebDriver (https://www.w3.org/TR/webdriver2/).

Chrome or Chromium, and the chromedriver that fits it; Debian's packages are `chromium` and `chromium-driver`,
which `.ci/servers` installs where there is none. Nothing leaves the machine: pages are files, and the
browser's own calls home are switched off.
"""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import httpx

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
REQUIRED = "PLUMB_REQUIRE_BROWSER"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--proxy-server=127.0.0.1:9", "--proxy-bypass-list=<-loopback>",
)  # fmt: skip
STARTING = 20.0


def why_missing():
    """Why there is no browser to drive; nothing where there is one, or where one must be."""
    if os.environ.get(REQUIRED) == "1":
        return ""
    missing = [] if binaries() else [f"none of {', '.join(NAMES)}"]
    missing += [] if shutil.which("chromedriver") else ["no chromedriver"]
    return f"{' and '.join(missing)} on PATH (Debian: chromium, chromium-driver)" if missing else ""


def binaries():
    """The browsers on PATH, by name."""
    return [found for found in map(shutil.which, NAMES) if found]


def fitting(driver):
    """The browser of the driver's own version where there are several, else the first."""
    found = binaries()
    if not found:
        raise AssertionError(f"none of {', '.join(NAMES)} is on PATH; .ci/servers installs one")
    return next((one for one in found if major(one) == major(driver)), found[0])


def major(program):
    """The first number of a program's version: a browser and its driver share it."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - as found
    version = re.search(r"(\d+)\.\d+", said.stdout)
    return version and version[1]


class Browser:
    """One session."""

    def __init__(self, client, session):
        self.client = client
        self.path = f"/session/{session}"

    def call(self, path, **body):
        answer = self.client.post(f"{self.path}{path}", json=body).json()["value"]
        if isinstance(answer, dict) and "error" in answer:
            raise AssertionError(f"{path}: {answer['error']}: {answer['message']}")
        return answer

    def cdp(self, command, **params):
        return self.call("/goog/cdp/execute", cmd=command, params=params)

    def open(self, url):
        self.call("/url", url=url)

    def run(self, script, *arguments):
        return self.call("/execute/sync", script=script, args=list(arguments))

    def keys(self, text):
        """Types into whatever has the focus."""
        actions = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.call("/actions", actions=[{"type": "key", "id": "keyboard", "actions": actions}])

    def log(self):
        """What the console said since the last time, errors of the network too."""
        return [entry["message"] for entry in self.call("/se/log", type="browser")]

    def window(self, width, height=900, *, dark=False):
        self.cdp(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.cdp("Emulation.setEmulatedMedia", features=[scheme])

    def picture(self, path):
        taken = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def browser(profile):
    """A browser with a profile of its own, which ends with the test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    chromedriver = shutil.which("chromedriver")
    if chromedriver is None:
        raise AssertionError("chromedriver is not on PATH; .ci/servers installs one")
    binary = fitting(chromedriver)
    driver = subprocess.Popen(  # noqa: S603 - as found
        [chromedriver, f"--port={port}", "--log-level=SEVERE"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    options = {
        "binary": binary,
        "args": [*FLAGS, f"--user-data-dir={profile}"],
    }
    wanted = {
        "browserName": "chrome",
        "goog:chromeOptions": options,
        "goog:loggingPrefs": {"browser": "ALL"},
    }
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client:
            _await(client, driver)
            answer = client.post("/session", json={"capabilities": {"alwaysMatch": wanted}}).json()["value"]
            if "sessionId" not in answer:
                raise AssertionError(f"no browser: {answer}")
            session = answer["sessionId"]
            try:
                yield Browser(client, session)
            finally:
                client.delete(f"/session/{session}")
    finally:
        driver.terminate()
        driver.wait(timeout=STARTING)


def _await(client, driver):
    until = time.monotonic() + STARTING
    while time.monotonic() < until and driver.poll() is None:
        try:
            if client.get("/status").json()["value"]["ready"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("chromedriver did not start")
