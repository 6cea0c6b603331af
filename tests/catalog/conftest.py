"""Hypothesis without a deadline: a busy machine is no fault of the code."""

from hypothesis import settings

settings.register_profile("catalog", deadline=None, max_examples=100)
settings.load_profile("catalog")
