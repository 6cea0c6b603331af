package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// RunPlugin runs a plugin written in Python until it ends or the engine ends the call, streaming what it prints.
func (h *languageHost) RunPlugin(
	request *pulumirpc.RunPluginRequest, stream pulumirpc.LanguageRuntime_RunPluginServer,
) error {
	env := request.GetEnv()
	if len(env) == 0 {
		env = os.Environ()
	}
	python, env, err := interpreter(request.GetInfo(), env)
	if err != nil {
		return err
	}
	arguments := append([]string{"-u", program(request.GetInfo())}, request.GetArgs()...)
	if request.GetKind() == "analyzer" {
		arguments = append(append([]string{"-u", "-m", "pulumi.policy"}, request.GetArgs()...), program(request.GetInfo()))
	}
	cmd := exec.Command(python, arguments...)
	cmd.Dir, cmd.Env = request.GetPwd(), env
	printed := &output{stream: stream}
	cmd.Stdout, cmd.Stderr = writer(printed.stdout), writer(printed.stderr)

	err = h.processes.run(stream.Context(), cmd)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Errorf("running the plugin: %w", err)
	}
	return stream.Send(&pulumirpc.RunPluginResponse{
		Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(cmd.ProcessState.ExitCode())},
	})
}

// output carries what a plugin prints to the engine. Its two streams share one call, which takes one message at a time.
type output struct {
	mutex  sync.Mutex
	stream pulumirpc.LanguageRuntime_RunPluginServer
}

func (o *output) stdout(chunk []byte) error {
	return o.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stdout{Stdout: chunk}})
}

func (o *output) stderr(chunk []byte) error {
	return o.send(&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Stderr{Stderr: chunk}})
}

func (o *output) send(message *pulumirpc.RunPluginResponse) error {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.stream.Send(message)
}

// writer is an io.Writer made of a function.
type writer func([]byte) error

func (w writer) Write(chunk []byte) (int, error) {
	if err := w(chunk); err != nil {
		return 0, err
	}
	return len(chunk), nil
}
