package assets

import (
	"embed"
	"io/fs"
)

// Icon is the program's icon, PNG, 256 pixels square.
//
//go:embed icon.png
var Icon []byte

//go:embed datanets/*/net.json datanets/*/*/*
var datanets embed.FS

// DataNets are the sample nets, a folder each, laid out as in a library:
// <slug>/net.json and <slug>/<version>/.
func DataNets() fs.FS {
	sub, err := fs.Sub(datanets, "datanets")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return sub
}
