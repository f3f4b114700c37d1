//go:build tools

// Package prysm pins what the local images of Prysm are built from.
package prysm

import (
	_ "github.com/OffchainLabs/prysm/v7/cmd/beacon-chain"
	_ "github.com/OffchainLabs/prysm/v7/cmd/prysmctl"
	_ "github.com/OffchainLabs/prysm/v7/cmd/validator"
)
