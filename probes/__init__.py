"""What is asked of a deployed service, from inside its network: `python -m probes`.

Owns one small program: it reads an assignment (`PLUMB_PROBES`), tests with the service's own account, way
out, environment and secrets what the contract promises, and prints one line of JSON, the report. Imports no
other room and no Pulumi, so that its image holds little. The assignment is written by
`components.verification`; `plumb verify` starts it and shows the report.
"""
