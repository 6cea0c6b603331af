# ruff: noqa: N802, ARG002 - the calls of Pulumi's protocol have these names and arguments
"""A policy pack that writes what it is shown, as JSON lines, to the file that RECORD names."""

import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc, plugin_pb2

signal.signal(signal.SIGINT, signal.SIG_DFL)
MEGABYTES_64 = 64 << 20


class Recorder(analyzer_pb2_grpc.AnalyzerServicer):
    """Answers every call with nothing to say."""

    def Analyze(self, request, context):
        self.write("inputs", request)
        return analyzer_pb2.AnalyzeResponse()

    def AnalyzeStack(self, request, context):
        for resource in request.resources:
            self.write("outputs", resource)
        return analyzer_pb2.AnalyzeResponse()

    def Remediate(self, request, context):
        return analyzer_pb2.RemediateResponse()

    def GetAnalyzerInfo(self, request, context):
        return analyzer_pb2.AnalyzerInfo(name="recorder", displayName="recorder")

    def GetPluginInfo(self, request, context):
        return plugin_pb2.PluginInfo(version="0.0.1")

    def Configure(self, request, context):
        return empty_pb2.Empty()

    def write(self, what, resource):
        properties = json_format.MessageToDict(resource.properties)
        line = json.dumps(
            {"what": what, "urn": resource.urn, "type": resource.type, "properties": properties}
        )
        with Path(os.environ["RECORD"]).open("a") as file:
            file.write(line + "\n")


server = grpc.server(
    ThreadPoolExecutor(max_workers=1), options=[("grpc.max_receive_message_length", MEGABYTES_64)]
)
analyzer_pb2_grpc.add_AnalyzerServicer_to_server(Recorder(), server)
port = server.add_insecure_port("127.0.0.1:0")
server.start()
sys.stdout.write(f"{port}\n")
sys.stdout.flush()
server.wait_for_termination()
