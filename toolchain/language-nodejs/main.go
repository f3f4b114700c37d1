// Command pulumi-language-nodejs makes the newest Node language host that can be had as a Go module (3.68)
// heed the runtime options of a project. Today's CLI sends them over gRPC, which that host does not know;
// it takes them as flags. This reads them from Pulumi.yaml and becomes the host with the flags set.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"gopkg.in/yaml.v3"
)

// hostName is the host's own program, beside this one.
const hostName = "pulumi-language-nodejs-host"

// heeded are the options the host has flags for.
var heeded = []string{"typescript", "tsconfig", "nodeargs"}

// project finds Pulumi.yaml in the folder the CLI started this in, or above it.
func project() ([]byte, error) {
	folder, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	for {
		content, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
		if err == nil || !os.IsNotExist(err) {
			return content, err
		}
		parent := filepath.Dir(folder)
		if parent == folder {
			return nil, nil
		}
		folder = parent
	}
}

func flags() ([]string, error) {
	content, err := project()
	if err != nil || content == nil {
		return nil, err
	}
	var parsed struct {
		Runtime yaml.Node `yaml:"runtime"`
	}
	if err := yaml.Unmarshal(content, &parsed); err != nil {
		return nil, err
	}
	var runtime struct {
		Options map[string]any `yaml:"options"`
	}
	// `runtime: nodejs` is a string without options.
	if parsed.Runtime.Kind != yaml.MappingNode {
		return nil, nil
	}
	if err := parsed.Runtime.Decode(&runtime); err != nil {
		return nil, err
	}
	var out []string
	for _, name := range heeded {
		if value, ok := runtime.Options[name]; ok {
			out = append(out, fmt.Sprintf("-%s=%v", name, value))
		}
	}
	return out, nil
}

func run() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	extra, err := flags()
	if err != nil {
		return err
	}
	host := filepath.Join(filepath.Dir(self), hostName)
	return syscall.Exec(host, append(append([]string{host}, extra...), os.Args[1:]...), os.Environ())
}

func main() {
	fmt.Fprintln(os.Stderr, run())
	os.Exit(1)
}
