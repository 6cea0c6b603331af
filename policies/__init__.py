"""What may be deployed: rules over a plan, and the pack that carries them into the Pulumi engine.

`plan` is the graph a rule reads, `rules` are the rules, `pack` speaks with the engine. Nothing here imports
`components`: the pack judges any Pulumi program, ours or another team's.
"""
