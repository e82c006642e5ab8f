//go:build !linux

package ui

import "runtime"

// HasTray reports whether the desktop shows tray icons, as Windows and macOS do.
func HasTray() bool { return runtime.GOOS == "windows" || runtime.GOOS == "darwin" }
