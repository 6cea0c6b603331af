"""What is true of Google Cloud: limits, tiers, defaults and names, each with its source.

Owns typed data and pure functions. Does not own a decision of ours beyond the few that a module names as
such (margins in `sql_sizing`), and imports nothing of ours and nothing of Pulumi's. A check returns a
`Breach` that says what is wrong, why, where Google says so, and a value that would be right; the caller adds
the place.
"""
