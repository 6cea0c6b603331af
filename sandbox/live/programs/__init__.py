"""Programs of the live sandbox's own: what stands at a place where no real server would.

Each is run by its path as `python -m`, reads its configuration from a file and imports nothing of the cloud.
"""
