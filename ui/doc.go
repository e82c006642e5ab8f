// Package ui is the window: sidebar, header, status bar, routes, shortcuts,
// dialogs, tray and the rules of closing.
//
// It knows the screens only as nav.Screen, and the studio only through the small
// Services interface, so that it runs in Fyne's test driver with neither a
// display nor a data folder. It never imports fyne/app: cmd/modelfactory makes
// the app and hands it in.
//
// Start with New in window.go; the order of layers is in shell.go, what keys do
// in keys.go, what closing does in closing.go.
package ui
