// Package fonts embeds the two typefaces of the window with their licences.
//
// The files are made by prepare.py in this folder from the Debian packages
// fonts-inter and fonts-jetbrains-mono; it says what it changes and why. Both
// are under the SIL Open Font License 1.1, which stands beside them. The
// package knows no toolkit: it hands out bytes.
package fonts
