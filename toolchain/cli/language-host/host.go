package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// programRunner lies beside this executable: the script of the Pulumi SDK that runs a Python program.
const programRunner = "pulumi-language-python-exec"

// exitMessageShown is the exit code by which programRunner says that the user has been told what is wrong.
const exitMessageShown = 32

// languageHost answers the calls that running programs and plugins needs; every other call is answered "unimplemented".
type languageHost struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine    string
	tracing   string
	processes *processes
}

func (h *languageHost) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engine = request.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *languageHost) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// GetRequiredPackages names none: the engine finds or fetches a provider when the program first uses it.
func (h *languageHost) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// Run runs a Pulumi program to its end. What it prints goes to this process's own output, which the engine reads.
func (h *languageHost) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	if request.GetAttachDebugger() {
		return nil, status.Error(codes.Unimplemented, "this language host cannot attach a debugger; use the one of an official Pulumi CLI")
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", programRunner, err)
	}
	python, env, err := interpreter(request.GetInfo(), os.Environ())
	if err != nil {
		return nil, err
	}
	config, err := json.Marshal(request.GetConfig())
	if err != nil {
		return nil, fmt.Errorf("writing the configuration as JSON: %w", err)
	}
	secretKeys, err := json.Marshal(append([]string{}, request.GetConfigSecretKeys()...))
	if err != nil {
		return nil, fmt.Errorf("writing the names of secret configuration as JSON: %w", err)
	}

	cmd := exec.Command(python, append(
		[]string{"-u", filepath.Join(filepath.Dir(self), programRunner)}, h.runnerArguments(request)...)...)
	cmd.Dir = request.GetPwd()
	cmd.Env = append(env, "PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secretKeys))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return verdict(h.processes.run(ctx, cmd))
}

func (h *languageHost) runnerArguments(request *pulumirpc.RunRequest) []string {
	arguments := []string{
		"--project", request.GetProject(),
		"--stack", request.GetStack(),
		"--monitor", request.GetMonitorAddress(),
		"--engine", h.engine,
		"--dry_run", strconv.FormatBool(request.GetDryRun()),
		"--parallel", strconv.Itoa(int(request.GetParallel())),
		"--root_directory", request.GetInfo().GetRootDirectory(),
		"--pwd", request.GetPwd(),
	}
	if organization := request.GetOrganization(); organization != "" {
		arguments = append(arguments, "--organization", organization)
	}
	if h.tracing != "" {
		arguments = append(arguments, "--tracing", h.tracing)
	}
	return append(append(arguments, program(request.GetInfo())), request.GetArgs()...)
}

// verdict turns the end of a program into what the engine tells the user.
func verdict(err error) (*pulumirpc.RunResponse, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case !errors.As(err, &exit):
		return nil, fmt.Errorf("running the program: %w", err)
	case exit.ExitCode() == exitMessageShown:
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: "the program ended with " + exit.String()}, nil
	}
}

func (h *languageHost) InstallDependencies(
	*pulumirpc.InstallDependenciesRequest, pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	return status.Error(codes.Unimplemented,
		"this language host installs nothing: `make setup` fills the virtual environment from requirements.lock")
}

func (h *languageHost) GetProgramDependencies(
	ctx context.Context, request *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	printed, err := h.ask(ctx, request.GetInfo(), "import importlib.metadata as m, json; "+
		"print(json.dumps([{'name': d.name, 'version': d.version} for d in m.distributions()]))")
	if err != nil {
		return nil, err
	}
	var dependencies []*pulumirpc.DependencyInfo
	if err := json.Unmarshal([]byte(printed), &dependencies); err != nil {
		return nil, fmt.Errorf("reading the list of installed packages: %w", err)
	}
	return &pulumirpc.GetProgramDependenciesResponse{Dependencies: dependencies}, nil
}

// About is asked at the start of every preview and update: -S keeps Python from reading what is installed.
func (h *languageHost) About(ctx context.Context, request *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	printed, err := h.ask(ctx, request.GetInfo(),
		"import sys; print(sys.executable, '.'.join(map(str, sys.version_info[:3])), sep='\\n')", "-S")
	if err != nil {
		return nil, err
	}
	executable, number, _ := strings.Cut(printed, "\n")
	return &pulumirpc.AboutResponse{Executable: executable, Version: number}, nil
}

// Cancel ends what runs; the engine closes this host next.
func (h *languageHost) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	h.processes.killAll()
	return &emptypb.Empty{}, nil
}

// ask runs a line of Python in the program's environment and returns what it prints.
func (h *languageHost) ask(
	ctx context.Context, info *pulumirpc.ProgramInfo, line string, options ...string,
) (string, error) {
	python, env, err := interpreter(info, os.Environ())
	if err != nil {
		return "", err
	}
	var printed strings.Builder
	cmd := exec.Command(python, append(options, "-c", line)...)
	cmd.Env, cmd.Stdout, cmd.Stderr = env, &printed, os.Stderr
	if err := h.processes.run(ctx, cmd); err != nil {
		return "", fmt.Errorf("asking %s: %w", python, err)
	}
	return strings.TrimSpace(printed.String()), nil
}

// program is the path of the program or plugin: a folder with a __main__.py, or a file.
func program(info *pulumirpc.ProgramInfo) string {
	return filepath.Join(info.GetProgramDirectory(), info.GetEntryPoint())
}
