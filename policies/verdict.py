"""How certain a judgement is: what findings and routes have in common."""

from enum import StrEnum


class Verdict(StrEnum):
    """How certain a rule is. What is proven is no finding."""

    PROVEN = "proven"
    REFUTED = "refuted"
    UNPROVEN = "unproven"
