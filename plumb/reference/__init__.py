"""Pages that say what the code says: settings, commands with their exit codes, controls, decisions.

Owns their Markdown. Each page is a module here with `FILE` and `page() -> str`; a rule's own page is
`policies.docs`', the sandbox's table is `sandbox.coverage`'s.
"""
