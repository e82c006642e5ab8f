// Package tools pins the linters in a module of their own, so that the product's go.mod stays small.
package tools
