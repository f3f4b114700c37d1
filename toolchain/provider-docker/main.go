// Command pulumi-resource-docker stands in for the official Docker plugin of
// Pulumi on machines that reach only package registries. It bridges the newest
// Terraform provider that can be had as a Go module (2.23) and gives it the
// behaviour of the one in @pulumi/docker 5.x where this project relies on it;
// see container.go and ../README.md.
package main

import (
	"context"
	"unicode"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is the version of the npm package this plugin answers for; the build sets it.
var version = "0.0.0-dev"

func token(name string) tokens.Type {
	file := string(unicode.ToLower(rune(name[0]))) + name[1:]
	return tokens.Type("docker:index/" + file + ":" + name)
}

func main() {
	upstream := provider.New("2.23.0")()
	container := upstream.ResourcesMap["docker_container"]
	addUploadPermissions(container)
	behaveLikeFive(container)

	info := tfbridge.ProviderInfo{
		P:    shimv2.NewProvider(upstream),
		Name: "docker",
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {
				Default: &tfbridge.DefaultInfo{
					EnvVars: []string{"DOCKER_HOST"},
					ComputeDefault: func(context.Context, tfbridge.ComputeDefaultOptions) (any, error) {
						return "unix:///var/run/docker.sock", nil
					},
				},
			},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: token("ServiceConfig")},
			"docker_container": {
				Tok:                 token("Container"),
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok:    token("RemoteImage"),
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
			"docker_network":        {Tok: token("Network")},
			"docker_secret":         {Tok: token("Secret")},
			"docker_service":        {Tok: token("Service")},
			"docker_volume":         {Tok: token("Volume")},
			"docker_registry_image": {Tok: token("RegistryImage")},
			"docker_plugin":         {Tok: token("Plugin")},
			"docker_tag":            {Tok: token("Tag")},
		},
		DataSources: map[string]*tfbridge.DataSourceInfo{
			"docker_image":          {Tok: "docker:index/getRemoteImage:getRemoteImage"},
			"docker_network":        {Tok: "docker:index/getNetwork:getNetwork"},
			"docker_plugin":         {Tok: "docker:index/getPlugin:getPlugin"},
			"docker_registry_image": {Tok: "docker:index/getRegistryImage:getRegistryImage"},
			"docker_logs":           {Tok: "docker:index/getLogs:getLogs"},
		},
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Version:      version,
	}
	info.SetAutonaming(255, "-")
	tfbridge.Main("docker", version, info, []byte("{}"))
}
