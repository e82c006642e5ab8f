package trainer

import (
	"embed"
	"strings"
	"sync"
)

// FS holds the Python package, pyproject.toml, requirements/*.txt and, where `make kernels` built it, compiled code.
//
// The patterns are globs, not folder names: embedding a folder would leave out
// every __init__.py, because its name starts with an underscore.
//
//go:embed pyproject.toml modelfactory_trainer/*.py modelfactory_trainer/engine/*.py modelfactory_trainer/engine/native/* modelfactory_trainer/export/*.py requirements/*.txt
var FS embed.FS

// Version is the trainer's version, as its records name it.
func Version() string { return version() }

var version = sync.OnceValue(func() string {
	b, err := FS.ReadFile("modelfactory_trainer/__init__.py")
	if err != nil {
		panic(err) // it is compiled in
	}
	_, rest, _ := strings.Cut(string(b), `__version__ = "`)
	v, _, _ := strings.Cut(rest, `"`)
	return v
})
