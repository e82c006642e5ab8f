// Package settingscreen shows the settings: how the window looks, what lies
// where on the disk, the trainer, the networks and the wallet's lock.
//
// model.go is plain Go: what is shown and what may be done. The files named
// …screen.go are widgets. Looks are the window's own (nav.Appearance);
// everything else is the studio's. The package knows no other screen: it names
// routes.
//
// Start with Services in model.go and Screen in screen.go.
package settingscreen
