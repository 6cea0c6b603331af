"""What must be there before the pipeline can deploy: state, and who the pipeline is.

A Pulumi program of its own, brought up by a person, once for each environment's project (docs/github.md). It
declares nothing of the platform, and no workflow updates it. What the deploying identity could do to its
accounts all the same is said in docs/explanation/threats.md.
"""
