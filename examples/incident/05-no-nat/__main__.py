"""Fault 5: everything is sent into the network, and nothing leads out of it."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import Chat

chat = Chat()
chat.egress = "ALL_TRAFFIC"
chat.deploy("backend")
