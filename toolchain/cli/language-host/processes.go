package main

import (
	"context"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// processes are the child processes that still run, each the leader of a process group of its own.
type processes struct {
	mutex   sync.Mutex
	leaders map[int]struct{}
	closed  bool
}

func newProcesses() *processes {
	return &processes{leaders: map[int]struct{}{}}
}

// run starts cmd in a process group of its own and waits for it. When ctx ends, and when the command has ended, what is
// left of the group is killed: a grandchild that kept a pipe open would hold up the engine.
func (p *processes) run(ctx context.Context, cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = 100 * time.Millisecond
	if err := p.start(cmd); err != nil {
		return err
	}
	leader := cmd.Process.Pid
	stop := context.AfterFunc(ctx, func() { killGroup(leader) })
	defer stop()
	err := cmd.Wait()
	p.mutex.Lock()
	defer p.mutex.Unlock()
	delete(p.leaders, leader)
	killGroup(leader)
	return err
}

func (p *processes) start(cmd *exec.Cmd) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.closed {
		return context.Canceled
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.leaders[cmd.Process.Pid] = struct{}{}
	return nil
}

// killAll kills every group that still runs and refuses to start more.
func (p *processes) killAll() {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.closed = true
	for leader := range p.leaders {
		killGroup(leader)
	}
}

func killGroup(leader int) {
	_ = syscall.Kill(-leader, syscall.SIGKILL) // the group may be empty already
}
