package local

// Every address that an installation fetches from, besides the system's
// ordinary package index, stands here. Another ordinary index is named with
// MODELFACTORY_INDEX.
const (
	indexProcessor = "https://download.pytorch.org/whl/cpu"
	indexCUDA      = "https://download.pytorch.org/whl/cu130"
	indexXPU       = "https://download.pytorch.org/whl/xpu"
)
