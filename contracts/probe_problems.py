"""What may be wrong between the `probes` of a contract and the rest of it, or another contract.

Owns that alone; the shape is `contracts.probes`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contracts.probes import Login, variables_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from contracts.model import ServiceContract
    from contracts.probes import Step
    from contracts.problems import Problem
    from contracts.reading import Document


def probe_problems(
    document: Document, model: ServiceContract, services: Mapping[str, ServiceContract]
) -> Iterator[Problem]:
    """Every problem of one contract's probes and golden path."""
    probes = model.probes
    if model.golden_path is not None and (probes is None or probes.web_socket is None):
        yield document.problem(
            ("goldenPath",),
            "goldenPath without probes.webSocket",
            "the path goes over the service's WebSocket, and nobody says where that is",
            "add probes: {webSocket: {path: /ws}}",
        )
    if probes is None:
        return
    for kind in ("database", "cache"):
        if kind in probes.model_fields_set and getattr(model.destinations, kind) is None:
            yield document.problem(
                ("probes", kind),
                f"probes.{kind}, and destinations has no {kind}",
                "nothing would be asked",
                f"add destinations: {{{kind}: {{host: …}}}}, or delete probes.{kind}",
            )
    for key, step in probes.steps():
        yield from _step_goes_somewhere(document, key, step, services)
        yield from _variables_are_required(document, key, step, model)


def _step_goes_somewhere(
    document: Document, key: str, step: Step, services: Mapping[str, ServiceContract]
) -> Iterator[Problem]:
    if step.service is not None and step.service not in services:
        yield document.problem(
            ("probes", key, "service"),
            f"contract {step.service} does not exist",
            "nobody knows where the step goes",
            f"one of: {', '.join(sorted(services))}",
        )


def _variables_are_required(
    document: Document, key: str, step: Step, model: ServiceContract
) -> Iterator[Problem]:
    parts = [("headers", step.headers)]
    if isinstance(step, Login):
        parts.append(("json", step.json_body))
    for part, texts in parts:
        for name, text in texts.items():
            for variable in variables_in(text):
                if variable not in model.env and variable not in model.secrets:
                    yield document.problem(
                        ("probes", key, part, name),
                        f"{variable} is not among the variables under env or secrets",
                        "a step whose variable is not required fails where nobody expects it",
                        f"add {variable} under env or secrets",
                    )
