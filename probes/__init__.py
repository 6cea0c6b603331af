"""What is asked of a deployed service, from inside its network.

Owns the checks and their report. Judges no plan, and shares no code with the rules: what it observes is named
in their words, nothing more.
"""
