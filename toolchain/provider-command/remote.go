package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Remote is command:remote:Command.
type Remote struct{}

func (*Remote) Annotate(a infer.Annotator) { a.SetToken("remote", "Command") }

// Connection is how the remote host is reached.
type Connection struct {
	Host               string   `pulumi:"host"`
	Port               *float64 `pulumi:"port,optional"`
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional" provider:"secret"`
	PrivateKey         *string  `pulumi:"privateKey,optional" provider:"secret"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional" provider:"secret"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
	HostKey            *string  `pulumi:"hostKey,optional"`
}

// RemoteArgs are the inputs of a remote command.
type RemoteArgs struct {
	Script
	Connection Connection `pulumi:"connection" provider:"secret"`
}

// RemoteState is what the state keeps of one.
type RemoteState struct {
	RemoteArgs
	Captured
}

func or[T any](value *T, otherwise T) T {
	if value != nil {
		return *value
	}
	return otherwise
}

func (c Connection) config() (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            or(c.User, "root"),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(), // as the official plugin without `hostKey`
		Timeout:         time.Duration(or(c.PerDialTimeout, 15)) * time.Second,
	}
	if c.HostKey != nil {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*c.HostKey))
		if err != nil {
			return nil, fmt.Errorf("failed to parse host key: %w", err)
		}
		config.HostKeyCallback = ssh.FixedHostKey(key)
	}
	if c.PrivateKey != nil {
		var signer ssh.Signer
		var err error
		if c.PrivateKeyPassword != nil {
			signer, err = ssh.ParsePrivateKeyWithPassphrase([]byte(*c.PrivateKey), []byte(*c.PrivateKeyPassword))
		} else {
			signer, err = ssh.ParsePrivateKey([]byte(*c.PrivateKey))
		}
		if err != nil {
			return nil, err
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if c.Password != nil {
		config.Auth = append(config.Auth, ssh.Password(*c.Password))
	}
	if socket := or(c.AgentSocketPath, os.Getenv("SSH_AUTH_SOCK")); socket != "" {
		if conn, err := net.Dial("unix", socket); err == nil {
			config.Auth = append(config.Auth, ssh.PublicKeysCallback(agent.NewClient(conn).Signers))
		} else if c.AgentSocketPath != nil {
			return nil, err
		}
	}
	return config, nil
}

func (c Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.config()
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(c.Host, strconv.Itoa(int(or(c.Port, 22))))
	limit := or(c.DialErrorLimit, 10)
	for attempt := 1; ; attempt++ {
		client, err := ssh.Dial("tcp", address, config)
		if err == nil {
			return client, nil
		}
		if limit > 0 && attempt >= limit {
			return nil, fmt.Errorf("after %d failed attempts: %w", attempt, err)
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(min(time.Duration(attempt)*time.Second, 10*time.Second)):
		}
	}
}

func (a RemoteArgs) run(ctx context.Context, command *string, previous Captured) (Captured, error) {
	if command == nil {
		return previous, nil
	}
	client, err := a.Connection.dial(ctx)
	if err != nil {
		return Captured{}, err
	}
	defer client.Close()
	session, err := client.NewSession()
	if err != nil {
		return Captured{}, err
	}
	defer session.Close()
	for _, pair := range a.variables(previous) {
		if err := session.Setenv(pair[0], pair[1]); err != nil && !strings.HasPrefix(pair[0], "PULUMI_COMMAND_") {
			return Captured{}, fmt.Errorf("could not set environment variable %q (the server's AcceptEnv must allow it): %w", pair[0], err)
		}
	}
	if a.Stdin != nil && *a.Stdin != "" {
		session.Stdin = bytes.NewBufferString(*a.Stdin)
	}
	return a.capture(ctx, *command, func(stdout, stderr io.Writer) error {
		session.Stdout, session.Stderr = stdout, stderr
		return session.Run(*command)
	})
}

func (*Remote) Create(ctx context.Context, req infer.CreateRequest[RemoteArgs]) (infer.CreateResponse[RemoteState], error) {
	state := RemoteState{RemoteArgs: req.Inputs}
	id, err := newID(req.Name)
	if err == nil && !req.DryRun {
		state.Captured, err = req.Inputs.run(ctx, req.Inputs.Create, Captured{})
	}
	return infer.CreateResponse[RemoteState]{ID: id, Output: state}, err
}

func (*Remote) Update(
	ctx context.Context, req infer.UpdateRequest[RemoteArgs, RemoteState],
) (infer.UpdateResponse[RemoteState], error) {
	state := RemoteState{RemoteArgs: req.Inputs, Captured: req.State.Captured}
	var err error
	if !req.DryRun {
		state.Captured, err = req.Inputs.run(ctx, req.Inputs.onUpdate(), req.State.Captured)
	}
	return infer.UpdateResponse[RemoteState]{Output: state}, err
}

func (*Remote) Delete(ctx context.Context, req infer.DeleteRequest[RemoteState]) (infer.DeleteResponse, error) {
	_, err := req.State.run(ctx, req.State.Delete, req.State.Captured)
	return infer.DeleteResponse{}, err
}
