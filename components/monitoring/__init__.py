"""Who is told when something breaks: uptime checks, alerts, objectives, a dashboard, and channels.

Owns what is watched and how urgent it is. Owns no size: a threshold that follows from one is derived from the
settings of that size. Each group of alerts is a module of its own; `component` makes resources of them.
"""
