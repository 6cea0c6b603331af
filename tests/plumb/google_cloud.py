"""Cloud Run, Cloud Logging and Network Management on this machine, for the real client libraries.

They answer with the libraries' own messages, over gRPC and HTTP, on 127.0.0.1.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import logging_v2
from google.cloud.network_management_v1 import ReachabilityServiceClient
from google.cloud.network_management_v1.services.reachability_service.transports import (
    ReachabilityServiceGrpcTransport,
)
from google.cloud.network_management_v1.types import (
    ConnectivityTest,
    OperationMetadata,
    RerunConnectivityTestRequest,
)
from google.cloud.run_v2 import JobsClient
from google.cloud.run_v2.services.jobs.transports import JobsGrpcTransport
from google.cloud.run_v2.types import Execution, RunJobRequest
from google.longrunning.operations_pb2 import Operation
from google.rpc.status_pb2 import Status

from plumb.verifying.google import Google

EXECUTION = "projects/netra-staging/locations/us-central1/jobs/netra-backend-staging-verify/executions/run-1"


@dataclass
class Cloud:
    """What the three services answer, and what they were asked.

    Attributes:
        entries: Cloud Logging's, as its REST API gives them; each look takes a list until one is left.
        exit_code: The job's; not 0 makes its execution fail.
        tests: Connectivity tests by name.
    """

    entries: list[list[dict]] = field(default_factory=lambda: [[]])
    exit_code: int = 0
    refused: grpc.StatusCode | None = None
    tests: dict[str, ConnectivityTest] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    google: Google | None = None

    def run_job(self, request, context):
        self.asked.append(f"run {request.name}")
        if self.refused is not None:
            context.abort(self.refused, "Permission 'run.jobs.run' denied")
        operation = Operation(name="operations/1", done=True)
        execution = Execution.pb(Execution(name=EXECUTION))
        operation.metadata.Pack(execution)
        if self.exit_code:
            operation.error.CopyFrom(Status(code=2, message="The container exited with an error."))
        else:
            operation.response.Pack(execution)
        return operation

    def rerun(self, request, context):
        self.asked.append(f"rerun {request.name}")
        if request.name not in self.tests:
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such test")
        operation = Operation(name="operations/2", done=True)
        operation.metadata.Pack(OperationMetadata.pb(OperationMetadata(verb="rerun")))
        operation.response.Pack(ConnectivityTest.pb(self.tests[request.name]))
        return operation

    def look(self, body):
        self.asked.append(f"log {body['filter']}")
        return self.entries.pop(0) if len(self.entries) > 1 else self.entries[0]


def _handler(request_type, answer):
    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=request_type.deserialize, response_serializer=Operation.SerializeToString
    )


@contextmanager
def google_cloud():
    """The three services, and `Cloud.google` with the real clients that speak with them."""
    cloud = Cloud()
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "google.cloud.run.v2.Jobs": {"RunJob": _handler(RunJobRequest, cloud.run_job)},
        "google.cloud.networkmanagement.v1.ReachabilityService": {
            "RerunConnectivityTest": _handler(RerunConnectivityTestRequest, cloud.rerun)
        },
    }
    server.add_generic_rpc_handlers(
        [grpc.method_handlers_generic_handler(name, handlers) for name, handlers in methods.items()]
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    logs = ThreadingHTTPServer(("127.0.0.1", 0), _answering(cloud))
    threading.Thread(target=logs.serve_forever, daemon=True).start()
    channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def logging_client(project):
        return logging_v2.Client(
            project=project,
            credentials=AnonymousCredentials(),
            client_options={"api_endpoint": f"http://127.0.0.1:{logs.server_port}"},
            _use_grpc=False,
        )

    cloud.google = Google(
        JobsClient(transport=JobsGrpcTransport(channel=channel)),
        ReachabilityServiceClient(transport=ReachabilityServiceGrpcTransport(channel=channel)),
        logging_client,
        log_seconds=1,
        log_pause=0.05,
    )
    try:
        yield cloud
    finally:
        channel.close()
        server.stop(None)
        logs.shutdown()
        logs.server_close()


def _answering(cloud):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps({"entries": cloud.look(body)}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            """Say nothing."""

    return Handler
