// Package fonts embeds the two typefaces of the window with their licences.
//
// The files are made by prepare.py in this folder from the Debian packages
// fonts-inter and fonts-jetbrains-mono; it says what it changes and why. Both
// are under the SIL Open Font License 1.1, which stands beside them. The
// package knows no toolkit: it hands out bytes.
package fonts

import _ "embed"

// InterRegular is Inter in weight 400 with tabular digits.
//
//go:embed Inter-Regular.otf
var InterRegular []byte

// InterSemiBold is Inter in weight 600 with tabular digits.
//
//go:embed Inter-SemiBold.otf
var InterSemiBold []byte

// JetBrainsMono is JetBrains Mono in weight 400 without ligatures.
//
//go:embed JetBrainsMono-Regular.ttf
var JetBrainsMono []byte

// Licences are the texts both fonts must travel with.
var (
	//go:embed Inter-OFL.txt
	InterLicence string
	//go:embed JetBrainsMono-OFL.txt
	JetBrainsMonoLicence string
)
