"""Fault 8: switches that turn checks off, left in the deployed environment."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "common"))
from chat import Chat

chat = Chat()
chat.plain["backend"] |= {"BYPASS_STARTUP_VALIDATION": "true", "SKIP_OAUTH_VALIDATION": "true"}
chat.deploy("backend")
