package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"

	"github.com/docker/docker/client"

	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// 2.23 ends a create by reading the container; here it is started and waited for
// first, and read after that. One read of a container takes up to a second.

// withoutRead gives a create the provider's own configuration with a client that
// knows of no container when it asks for the list of them, which is how a read
// begins: it ends at once, and forgets the id.
func withoutRead(meta any) (*provider.ProviderConfig, error) {
	config := *meta.(*provider.ProviderConfig)
	inner := config.DockerClient.HTTPClient().Transport
	scheme := "http"
	if transport, ok := inner.(*http.Transport); ok && transport.TLSClientConfig != nil {
		scheme = "https"
	}
	unread, err := client.NewClientWithOpts(
		client.WithHost(config.DockerClient.DaemonHost()),
		client.WithVersion(config.DockerClient.ClientVersion()),
		client.WithHTTPClient(&http.Client{Transport: nothingListed{inner}}),
		client.WithScheme(scheme),
	)
	if err != nil {
		return nil, err
	}
	config.DockerClient = unread
	return &config, nil
}

type nothingListed struct{ http.RoundTripper }

func (t nothingListed) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method != http.MethodGet || !strings.HasSuffix(request.URL.Path, "/containers/json") {
		return t.RoundTripper.RoundTrip(request)
	}
	return &http.Response{
		StatusCode: http.StatusOK,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(bytes.NewReader([]byte("[]"))),
		Request:    request,
	}, nil
}
