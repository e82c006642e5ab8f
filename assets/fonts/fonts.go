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
