// Command pulumi-language-python lets the Pulumi engine run Python programs and Python plugins (policy packs that
// are folders among them).
//
// It owns the processes it starts: when the engine asks it to leave, or is gone, nothing of it stays behind. It does
// not install dependencies, does not convert or generate code, and does not attach debuggers. Why it exists at all is
// told in docs/adr/0002-own-language-host.md.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

func main() {
	family := newProcesses()
	leaveOnSignal(family)

	flags := flag.NewFlagSet(os.Args[0], flag.ContinueOnError)
	tracing := flags.String("tracing", "", "endpoint that traces are sent to")
	flags.Bool("logflow", false, "accepted because the engine passes it; this host does not log")
	flags.Bool("logtostderr", false, "accepted because the engine passes it; this host does not log")
	flags.Int("v", 0, "accepted because the engine passes it; this host does not log")
	if err := flags.Parse(os.Args[1:]); err != nil {
		os.Exit(2)
	}
	if flags.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "pulumi-language-python is started by the Pulumi engine, with the engine's address as its argument")
		os.Exit(2)
	}
	go leaveWithEngine(family)

	host := &languageHost{engine: flags.Arg(0), tracing: *tracing, processes: family}
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{Init: func(s *grpc.Server) error {
		pulumirpc.RegisterLanguageRuntimeServer(s, host)
		return nil
	}})
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-language-python cannot serve: %v\n", err)
		os.Exit(1)
	}
	fmt.Println(server.Port)
	<-server.Done
	family.killAll()
}

// leaveOnSignal ends this process, and all that it started, on the first signal. The engine's own wait is five
// seconds, and it waits for whoever holds the pipes too.
func leaveOnSignal(family *processes) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		<-signals
		family.killAll()
		os.Exit(0)
	}()
}

// leaveWithEngine ends this process when the engine has died without a word. The engine holds the other end of
// standard input: its end is the first sign; a new parent confirms it (a host started by hand may have no input).
func leaveWithEngine(family *processes) {
	parent := os.Getppid()
	_, _ = io.Copy(io.Discard, os.Stdin)
	for os.Getppid() == parent {
		time.Sleep(50 * time.Millisecond)
	}
	family.killAll()
	os.Exit(0)
}
