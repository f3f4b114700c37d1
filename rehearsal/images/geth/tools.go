//go:build tools

// Package geth pins what the local image of geth is built from.
package geth

import _ "github.com/ethereum/go-ethereum/cmd/geth"
