// Command pulumi-resource-command stands in for the official command plugin of
// Pulumi on machines that reach only package registries: local.Command and
// remote.Command, with the semantics of 1.2.1; see ../README.md.
package main

import (
	"context"
	"fmt"
	"os"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
)

// version is the version of the npm package this plugin answers for; the build sets it.
var version = "0.0.0-dev"

func main() {
	provider, err := infer.NewProviderBuilder().
		WithNamespace("pulumi").
		WithResources(infer.Resource(&Local{}), infer.Resource(&Remote{})).
		Build()
	if err == nil {
		err = p.RunProvider(context.Background(), "command", version, provider)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
