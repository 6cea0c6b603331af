"""What may be deployed: rules over a plan, and the pack that carries them into the Pulumi engine.

`plan` is the graph a rule reads, `rules` are the rules, `pack` speaks with the engine. Nothing here imports
`components`: the pack judges any Pulumi program, ours or another team's.
"""

from typing import Final

VERSION: Final = "0.1.0"  # also PulumiPolicy.yaml's, which the engine prefers where it reads one
