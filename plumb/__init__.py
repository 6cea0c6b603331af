"""The `plumb` command.

Thin: what it knows of resources it asks of other rooms, what it does to a stack it does with the Pulumi CLI's
own commands.
"""
