"""The pack: speaks with the Pulumi engine, and hands what it hears to the rules.

It is the engine's Analyzer service itself, not the SDK's `PolicyPack`: the SDK raises an error where a value
is unknown and turns that into a note that refuses nothing, and it strips the engine's marks from secrets.
"""
