//go:build tools

// Package tools pins the linters in a module of their own, so that the product's go.mod stays small.
package tools

import (
	_ "honnef.co/go/tools/cmd/staticcheck"
	_ "mvdan.cc/gofumpt"
)
