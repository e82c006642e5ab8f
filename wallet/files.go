package wallet

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// Files of the vault folder. Each is followed by ".bak" (the generation before,
// or for the seed a second copy) and, only while it is being written, ".new".
const (
	seedFile  = "seed.json"
	indexFile = "vault.json"
	triesFile = "tries.json"
	bakSuffix = ".bak"
	newSuffix = ".new"
)

// maxFile bounds what is read back: a vault with 10,000 accounts is below it.
const maxFile = 4 << 20

// afterStep is called after each step of a write that a power cut could follow.
// Tests end the process there.
var afterStep = func(string) {}

// checkFolder refuses a vault folder that others can read or that is not a
// folder of its own. A folder that is not there yet is fine.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return failed("The vault folder cannot be read", "", err)
	}
	if info.Mode()&fs.ModeSymlink != 0 || !info.IsDir() {
		return refused(fmt.Sprintf("The vault folder %s is a link or a file, not a folder", dir),
			"Move the real folder there; a vault is never reached through a link.")
	}
	return checkOwner(dir, info, 0o700)
}

// checkFile refuses a link, anything that is not a plain file, and a file that
// others can read.
func checkFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return refused(fmt.Sprintf("The vault file %s is a link or not a plain file", path),
			"Put the real file there; a vault file is never read through a link.")
	}
	return checkOwner(path, info, 0o600)
}

// readFile reads one vault file, or an error that matches fs.ErrNotExist.
func readFile(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	if err := checkFile(path); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|noFollow, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, failed(fmt.Sprintf("The vault file %s is too large", path), "Put back the copy from your backup.", nil)
	}
	return data, nil
}

// writeFile replaces a vault file so that a kill after any step leaves either
// the old or the new bytes under the name or under name.bak: write aside, flush,
// keep the old generation, rename, flush the folder.
func writeFile(dir, name string, data []byte) error {
	if err := checkFolder(dir); err != nil {
		return err
	}
	path, aside := filepath.Join(dir, name), filepath.Join(dir, name+newSuffix)
	old := true
	switch err := checkFile(path); {
	case errors.Is(err, fs.ErrNotExist):
		old = false
	case err != nil:
		return err
	}
	if err := writeAside(aside, data); err != nil {
		_ = os.Remove(aside)
		return failed(fmt.Sprintf("The vault file %s cannot be written", path), "Free some space on this disk and try again; nothing was changed.", err)
	}
	if old {
		if err := os.Rename(path, path+bakSuffix); err != nil {
			return failed("The vault file cannot be kept as a backup", "", err)
		}
		afterStep(name + " kept")
	}
	if err := os.Rename(aside, path); err != nil {
		return failed(fmt.Sprintf("The vault file %s cannot be put in place", path), "", err)
	}
	afterStep(name + " renamed")
	if err := wholefile.SyncFolder(dir); err != nil {
		return failed("The vault folder cannot be flushed to disk", "", err)
	}
	afterStep(name + " flushed")
	return nil
}

func writeAside(path string, data []byte) error {
	// What lies there is a leaving of an interrupted write.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|noFollow, 0o600)
	if err != nil {
		return err
	}
	afterStep("created " + filepath.Base(path))
	if _, err = f.Write(data[:len(data)/2]); err == nil {
		afterStep("half " + filepath.Base(path))
		_, err = f.Write(data[len(data)/2:])
	}
	if err == nil {
		afterStep("written " + filepath.Base(path))
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		afterStep("synced " + filepath.Base(path))
	}
	return err
}

// makeFolder creates the vault folder, closed to others, and flushes its parent.
func makeFolder(dir string) error {
	if err := checkFolder(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return failed("The data folder cannot be created", "", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return failed("The vault folder cannot be created", "", err)
	}
	if err := wholefile.SyncFolder(filepath.Dir(dir)); err != nil {
		return failed("The data folder cannot be flushed to disk", "", err)
	}
	return nil
}

// renameIfThere moves a file of the folder aside; a missing one is fine.
func renameIfThere(dir, from, to string) error {
	err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
