package ui

import (
	"context"
	"time"

	"github.com/godbus/dbus/v5"
)

// trayTimeout bounds the question to the session bus at start.
const trayTimeout = 300 * time.Millisecond

// HasTray reports whether the desktop shows tray icons: on Linux, whether
// anything on the session bus watches for them (the StatusNotifierItem
// specification). Without one a window that hides would be lost.
func HasTray() bool {
	ctx, cancel := context.WithTimeout(context.Background(), trayTimeout)
	defer cancel()
	bus, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer bus.Close()
	var owned bool
	err = bus.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, "org.kde.StatusNotifierWatcher").Store(&owned)
	return err == nil && owned
}
