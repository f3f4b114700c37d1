// Command pulumi-resource-random stands in for the official random plugin of
// Pulumi on machines that reach only package registries. It bridges the same
// Terraform provider the official one does; see ../README.md.
package main

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// version is the version of the npm package this plugin answers for; the build sets it.
var version = "0.0.0-dev"

func token(name string) tokens.Type {
	return tokens.Type("random:index/random" + name + ":Random" + name)
}

// bytesID: random_bytes has no id of its own; the official plugin shows the value.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("random_bytes has no base64 in its state")
	}
	return resource.ID(value.StringValue()), nil
}

func main() {
	info := bridge.ProviderInfo{
		P:       tfbridge.ShimProvider(provider.New()),
		Name:    "random",
		Version: version,
		Resources: map[string]*bridge.ResourceInfo{
			"random_bytes":    {Tok: token("Bytes"), ComputeID: bytesID},
			"random_id":       {Tok: token("Id")},
			"random_integer":  {Tok: token("Integer")},
			"random_password": {Tok: token("Password")},
			"random_pet":      {Tok: token("Pet")},
			"random_shuffle":  {Tok: token("Shuffle")},
			"random_string":   {Tok: token("String")},
			"random_uuid":     {Tok: token("Uuid")},
		},
		IgnoreMappings: []string{"random_uuid4", "random_uuid7"},
		MetadataInfo:   bridge.NewProviderMetadata([]byte("{}")),
	}
	tfbridge.Main(context.Background(), "random", info, tfbridge.ProviderMetadata{PackageSchema: []byte("{}")})
}
