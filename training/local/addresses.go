package local

import (
	"cmp"
	"os"
)

// Every address that an installation fetches from, besides the system's
// ordinary package index, stands here. Another ordinary index is named with
// MODELFACTORY_INDEX.
const (
	indexProcessor = "https://download.pytorch.org/whl/cpu"
	indexCUDA      = "https://download.pytorch.org/whl/cu130"
	indexXPU       = "https://download.pytorch.org/whl/xpu"
)

// hub is where bases are fetched from, unless MODELFACTORY_HUB or HF_ENDPOINT
// names a mirror.
func hub() string {
	return cmp.Or(os.Getenv("MODELFACTORY_HUB"), os.Getenv("HF_ENDPOINT"), "https://huggingface.co")
}
