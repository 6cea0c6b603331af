"""What the workflows under `.github/` run: each a small program of the standard library alone.

Owns which stacks a change touches, where a stack and its record of deploys are, what could not be judged as
annotations, the one comment of a pull request and the one issue of the nightly look. Does not judge anything:
`plumb` and the policies do.
"""
