package trainer

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strings"
	"sync"
)

// FS holds the Python package, pyproject.toml and requirements/*.txt.
//
// The patterns are globs, not folder names: embedding a folder would leave out
// every __init__.py, because its name starts with an underscore.
//
//go:embed pyproject.toml modelfactory_trainer/*.py modelfactory_trainer/engine/*.py modelfactory_trainer/export/*.py requirements/*.txt
var FS embed.FS

// Digest names the trainer: SHA-256 of the canonical JSON {path: SHA-256} of
// all files in FS, as 64 lower-case hexadecimal digits.
func Digest() string { return digest() }

// PinsDigest is the SHA-256 of requirements/runtime.txt: the exact packages
// that a model was trained with. The trainer says the same in its hello.
func PinsDigest() string { return pinsDigest() }

var digest = sync.OnceValue(func() string {
	files := map[string]string{}
	err := fs.WalkDir(FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[path] = fileDigest(path)
		return nil
	})
	if err != nil {
		panic(err) // embedded files can be read
	}
	// Go writes maps sorted by key; paths and digests are plain ASCII, so this
	// is the canonical form.
	b, err := json.Marshal(files)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
})

var pinsDigest = sync.OnceValue(func() string { return fileDigest("requirements/runtime.txt") })

func fileDigest(path string) string {
	b, err := FS.ReadFile(path)
	if err != nil {
		panic(err) // a test reads every file
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

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
