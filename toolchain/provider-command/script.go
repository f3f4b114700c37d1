package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Script is what local and remote commands have in common.
type Script struct {
	Create   *string `pulumi:"create,optional"`
	Update   *string `pulumi:"update,optional"`
	Delete   *string `pulumi:"delete,optional"`
	Triggers *[]any  `pulumi:"triggers,optional" provider:"replaceOnChanges"`
	Stdin    *string `pulumi:"stdin,optional"`
	Logging  *string `pulumi:"logging,optional"`

	Environment            *map[string]string `pulumi:"environment,optional"`
	AddPreviousOutputInEnv *bool              `pulumi:"addPreviousOutputInEnv,optional"`
}

// Captured is what a run leaves in the state.
type Captured struct {
	Stdout string `pulumi:"stdout"`
	Stderr string `pulumi:"stderr"`
}

// onUpdate is the command of an update: `create` again where there is no `update`.
func (s Script) onUpdate() *string {
	if s.Update != nil {
		return s.Update
	}
	return s.Create
}

// variables are the environment of a run, the previous run's output among them.
func (s Script) variables(previous Captured) [][2]string {
	var out [][2]string
	if s.Environment != nil {
		for key, value := range *s.Environment {
			out = append(out, [2]string{key, value})
		}
	}
	if s.AddPreviousOutputInEnv == nil || *s.AddPreviousOutputInEnv {
		if previous.Stdout != "" {
			out = append(out, [2]string{"PULUMI_COMMAND_STDOUT", previous.Stdout})
		}
		if previous.Stderr != "" {
			out = append(out, [2]string{"PULUMI_COMMAND_STDERR", previous.Stderr})
		}
	}
	return out
}

func (s Script) shows(stream string) bool {
	return s.Logging == nil || *s.Logging == "stdoutAndStderr" || *s.Logging == stream
}

func newID(name string) (string, error) { return resource.NewUniqueHex(name, 8, 0) }

// capture runs a command with its two streams recorded and shown as they come.
func (s Script) capture(ctx context.Context, command string, run func(stdout, stderr io.Writer) error) (Captured, error) {
	var stdout, stderr, both bytes.Buffer
	var lock sync.Mutex
	reader, shown := io.Pipe()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		lines := bufio.NewReader(reader)
		for {
			line, err := lines.ReadString('\n')
			if text := strings.TrimRight(line, "\n"); text != "" {
				p.GetLogger(ctx).InfoStatus(text)
			}
			if err != nil {
				return
			}
		}
	}()
	sink := func(stream string, into *bytes.Buffer) io.Writer {
		return writerFunc(func(b []byte) (int, error) {
			lock.Lock()
			defer lock.Unlock()
			into.Write(b)
			both.Write(b)
			if s.shows(stream) {
				_, _ = shown.Write(b)
			}
			return len(b), nil
		})
	}
	err := run(sink("stdout", &stdout), sink("stderr", &stderr))
	_ = shown.Close()
	<-finished
	if err != nil {
		return Captured{}, fmt.Errorf("%w: running %q:\n%s", err, command, both.String())
	}
	return Captured{
		Stdout: strings.TrimSuffix(stdout.String(), "\n"),
		Stderr: strings.TrimSuffix(stderr.String(), "\n"),
	}, nil
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
