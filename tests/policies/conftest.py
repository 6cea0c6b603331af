"""A pack that answers over gRPC inside the test's own process, and small contracts to hold things against."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from contracts import Contracts, load
from policies.judge import Judge
from policies.lookups import Answers
from policies.pack.findings import FindingsFile
from policies.pack.serve import start
from policies.pack.trial import Trial
from policies.rules import Rule, registered
from tests.policies.wire import Case, Declared, analyze, analyze_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

SMALL = {
    "environments.yaml": """
environments:
  staging: {projects: [netra-staging]}
  production: {projects: [netra-production]}
""",
    "web.yaml": """
service: web-{environment}
env:
  ENVIRONMENT: {value: "{environment}"}
  HOST:
  MODE: {oneOf: [require, verify-full]}
  PORT: {value: 6378, why: TLS is on 6378 only}
secrets:
  TOKEN:
  TOKEN_{ENVIRONMENT}: {sameAs: TOKEN, why: agents time out without it}
""",
    "sidecar.yaml": """
service: sidecar-{environment}
container: app
env:
  HOST:
""",
}


class Engine:
    """Speaks to the pack as the engine does, and keeps what it was told."""

    def __init__(self, stub: analyzer_pb2_grpc.AnalyzerStub, findings: Path) -> None:
        self.stub = stub
        self.file = findings

    def configure(self, config: dict[str, str] | None = None, *, preview: bool = True) -> None:
        self.stub.ConfigureStack(
            analyzer_pb2.AnalyzerStackConfigureRequest(
                stack="staging", project="test", dry_run=preview, config=config or {}
            )
        )

    def analyze(self, resource: Declared) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        return list(self.stub.Analyze(analyze(resource)).diagnostics)

    def end(self, resources: Sequence[Declared]) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        return list(self.stub.AnalyzeStack(analyze_stack(resources)).diagnostics)

    def run(self, resources: Sequence[Declared]) -> list[analyzer_pb2.AnalyzeDiagnostic]:
        """A whole preview: each resource, then all of them."""
        told = [one for resource in resources if not resource.read_only for one in self.analyze(resource)]
        return told + self.end(resources)

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.file.read_text())
        return found

    def found(self, rule: str) -> set[tuple[str, str]]:
        """The findings of one rule, as pairs of the resource's name and the cause."""
        return {(f["resource"]["name"], f["cause"]) for f in self.findings if f["rule"] == rule}


@pytest.fixture(scope="session")
def small_contracts(tmp_path_factory: pytest.TempPathFactory) -> Contracts:
    return contracts_of(SMALL, tmp_path_factory.mktemp("contracts"))


def contracts_of(files: Mapping[str, str], directory: Path) -> Contracts:
    """Contracts as they are loaded: files by name."""
    for name, text in files.items():
        (directory / name).write_text(text)
    return load(directory)


@pytest.fixture
def engine_of(
    engine_with: Callable[..., Engine], small_contracts: Contracts, tmp_path: Path
) -> Callable[[Case], Engine]:
    """Makes the engine that a case wants: with its contracts, in a preview or in the update."""

    def make(case: Case) -> Engine:
        contracts = small_contracts
        if case.contracts is not None:
            (tmp_path / "contracts").mkdir()
            contracts = contracts_of(case.contracts, tmp_path / "contracts")
        engine = engine_with(contracts, lookups=Answers(case.cloud))
        engine.configure(preview=case.preview)
        return engine

    return make


@pytest.fixture
def engine_with(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    """Makes an engine that speaks to a pack with these contracts, and other rules where a test wants them."""
    with ExitStack() as stack:

        def make(contracts: Contracts, rules: Sequence[Rule] | None = None, **more: Any) -> Engine:
            file = tmp_path / "findings.json"
            rules = registered() if rules is None else rules
            judge = Judge(rules, contracts, **more)
            server, port = start(Trial(lambda: judge, FindingsFile(file)), rules)
            stack.callback(server.stop, None)
            channel = stack.enter_context(grpc.insecure_channel(f"127.0.0.1:{port}"))
            engine = Engine(analyzer_pb2_grpc.AnalyzerStub(channel), file)
            engine.configure()
            return engine

        yield make


@pytest.fixture
def engine(engine_with: Callable[..., Engine], small_contracts: Contracts) -> Engine:
    return engine_with(small_contracts)
