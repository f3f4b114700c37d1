package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// Local is command:local:Command.
type Local struct{}

func (*Local) Annotate(a infer.Annotator) { a.SetToken("local", "Command") }

// LocalArgs are the inputs of a local command.
type LocalArgs struct {
	Script
	Interpreter *[]string `pulumi:"interpreter,optional"`
	Dir         *string   `pulumi:"dir,optional"`
}

// LocalState is what the state keeps of one.
type LocalState struct {
	LocalArgs
	Captured
}

func (a LocalArgs) run(ctx context.Context, command *string, previous Captured) (Captured, error) {
	if command == nil {
		return previous, nil
	}
	words := []string{"/bin/sh", "-c"}
	if a.Interpreter != nil && len(*a.Interpreter) > 0 {
		words = append([]string{}, *a.Interpreter...)
	}
	words = append(words, *command)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Env = os.Environ()
	for _, pair := range a.variables(previous) {
		cmd.Env = append(cmd.Env, pair[0]+"="+pair[1])
	}
	if a.Dir != nil {
		cmd.Dir = *a.Dir
	}
	if a.Stdin != nil && *a.Stdin != "" {
		cmd.Stdin = strings.NewReader(*a.Stdin)
	}
	return a.capture(ctx, *command, func(stdout, stderr io.Writer) error {
		cmd.Stdout, cmd.Stderr = stdout, stderr
		return cmd.Run()
	})
}

func (*Local) Create(ctx context.Context, req infer.CreateRequest[LocalArgs]) (infer.CreateResponse[LocalState], error) {
	state := LocalState{LocalArgs: req.Inputs}
	id, err := newID(req.Name)
	if err == nil && !req.DryRun {
		state.Captured, err = req.Inputs.run(ctx, req.Inputs.Create, Captured{})
	}
	return infer.CreateResponse[LocalState]{ID: id, Output: state}, err
}

func (*Local) Update(
	ctx context.Context, req infer.UpdateRequest[LocalArgs, LocalState],
) (infer.UpdateResponse[LocalState], error) {
	state := LocalState{LocalArgs: req.Inputs, Captured: req.State.Captured}
	var err error
	if !req.DryRun {
		state.Captured, err = req.Inputs.run(ctx, req.Inputs.onUpdate(), req.State.Captured)
	}
	return infer.UpdateResponse[LocalState]{Output: state}, err
}

func (*Local) Delete(ctx context.Context, req infer.DeleteRequest[LocalState]) (infer.DeleteResponse, error) {
	_, err := req.State.run(ctx, req.State.Delete, req.State.Captured)
	return infer.DeleteResponse{}, err
}
