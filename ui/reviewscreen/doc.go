// Package reviewscreen is what a person reads before signing: what the
// transaction does and does not do, what it costs, who gets what, read back
// from the bytes that are signed (screen 15 of the design).
//
// Other screens reach it by a route, see Parse: "publish=…", "licence=…",
// "send=…". After the signature the transaction is followed into its block, and
// the page leads on. model.go and words.go are plain Go and hold every rule of
// when signing is possible; screen.go is widgets. The package knows no other
// screen and no vault file: both come through Services.
//
// Start with Services and Model in model.go.
package reviewscreen
