"""The engine's Analyzer service (https://github.com/pulumi/pulumi/blob/v3.259.0/proto/pulumi/analyzer.proto).

Owns the translation: requests to the trial, findings to diagnostics. Which finding is mandatory the rules
say, and no configuration of the engine can make it less: the pack takes none. What a waiver lets pass is
shown as advice, like what a rule only advises.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import grpc
from google.protobuf import empty_pb2

from policies import VERSION
from policies.judge import where
from policies.pack.trial import PackError, Trial
from policies.pack.wire import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2
from policies.report import Waived
from policies.rules import Finding, Level, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import NoReturn

NAME: Final = "plumbline"

_SEVERITY: Final = {
    Severity.LOW: analyzer_pb2.POLICY_SEVERITY_LOW,
    Severity.MEDIUM: analyzer_pb2.POLICY_SEVERITY_MEDIUM,
    Severity.HIGH: analyzer_pb2.POLICY_SEVERITY_HIGH,
    Severity.CRITICAL: analyzer_pb2.POLICY_SEVERITY_CRITICAL,
}
_NOTHING: Final = analyzer_pb2.RemediateResponse()


class Analyzer(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers the engine."""

    def __init__(self, trial: Trial, rules: Iterable[Rule]) -> None:
        """Takes the trial it feeds and the rules it names to the engine."""
        self._trial = trial
        self._rules = {rule.id: rule for rule in rules}

    def Analyze(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judges one resource before it is created or updated."""
        return self._answer(lambda: self._trial.early(request), context)

    def AnalyzeStack(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeStackRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        """Judges everything once the plan is whole."""
        return self._answer(lambda: self._trial.end(request), context)

    def Remediate(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.RemediateResponse:
        """Changes nothing: the pack judges what is written."""
        del request, context
        return _NOTHING

    def GetAnalyzerInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerInfo:
        """Names the rules."""
        del request, context
        return analyzer_pb2.AnalyzerInfo(
            name=NAME,
            displayName="Plumbline",
            version=VERSION,
            # The engine then refuses --policy-pack-config instead of lowering a mandatory rule.
            supportsConfig=False,
            policies=[_policy(rule) for rule in self._rules.values()],
        )

    def GetPluginInfo(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        """Tells the version."""
        del request, context
        return plugin_pb2.PluginInfo(version=VERSION)

    def Handshake(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzerHandshakeRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerHandshakeResponse:
        """Tells the engine that the pack is there."""
        del request, context
        return analyzer_pb2.AnalyzerHandshakeResponse()

    def Configure(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.ConfigureAnalyzerRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Refuses a configuration: a level that anybody may lower holds nobody."""
        if request.policyConfig:
            _refuse(context, PackError("plumbline takes no policy configuration: its rules are mandatory"))
        return empty_pb2.Empty()

    def ConfigureStack(  # noqa: N802 - the protocol's name
        self, request: analyzer_pb2.AnalyzerStackConfigureRequest, context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzerStackConfigureResponse:
        """Takes the stack's configuration. Of its values only the project and the region are kept."""
        del context
        where = {key: request.config[key] for key in ("gcp:project", "gcp:region") if key in request.config}
        self._trial.configure(where, os.environ, preview=request.dry_run)
        return analyzer_pb2.AnalyzerStackConfigureResponse()

    def Cancel(  # noqa: N802 - the protocol's name
        self, request: empty_pb2.Empty, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        """Has nothing to put in order before it is interrupted."""
        del request, context
        return empty_pb2.Empty()

    def _answer(
        self, judge: Callable[[], Iterable[Finding | Waived]], context: grpc.ServicerContext
    ) -> analyzer_pb2.AnalyzeResponse:
        try:
            diagnostics = [self._diagnostic(one) for one in judge()]
        except PackError as error:
            refusal = error
        except Exception as error:  # noqa: BLE001 - the engine stops at an error; its words may quote a value
            refusal = PackError(f"the policy pack failed: {where(error)}; report this as its fault")
        else:
            return analyzer_pb2.AnalyzeResponse(diagnostics=diagnostics)
        return _refuse(context, refusal)

    def _diagnostic(self, said: Finding | Waived) -> analyzer_pb2.AnalyzeDiagnostic:
        finding = said.finding if isinstance(said, Waived) else said
        refuses = said is finding and finding.level is Level.MANDATORY
        return analyzer_pb2.AnalyzeDiagnostic(
            policyName=finding.rule,
            policyPackName=NAME,
            policyPackVersion=VERSION,
            description=self._rules[finding.rule].title,
            message=said.to_text(),
            enforcementLevel=analyzer_pb2.MANDATORY if refuses else analyzer_pb2.ADVISORY,
            urn=finding.urn,
            severity=_SEVERITY[finding.severity],
        )


def _policy(rule: Rule) -> analyzer_pb2.PolicyInfo:
    return analyzer_pb2.PolicyInfo(
        name=rule.id,
        displayName=rule.title,
        description=rule.why,
        enforcementLevel=analyzer_pb2.MANDATORY,
        policy_type=(
            analyzer_pb2.POLICY_TYPE_RESOURCE if rule.refutes_early else analyzer_pb2.POLICY_TYPE_STACK
        ),
        severity=_SEVERITY[rule.severity],
        remediation_steps=rule.fix,
    )


def _refuse(context: grpc.ServicerContext, error: PackError) -> NoReturn:
    context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
    raise error  # abort has raised already; the type checker does not know
