package lineage

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// File is one file of an export.
type File struct {
	Path   string          `json:"path"` // within the folder
	SHA256 datasets.Digest `json:"sha256"`
	Bytes  int64           `json:"bytes"`
}

// FreePlace refuses a place for an export where something is already: a folder that is not empty, or a file.
func FreePlace(dir string) error {
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	switch entries, err := os.ReadDir(dir); {
	case err != nil:
		return refused("Choose a new folder.", "%s is no folder that can be written", dir)
	case len(entries) > 0:
		return refused("Choose a new folder.", "the folder %s is not empty", dir)
	}
	return nil
}

// Export copies a model to a folder that is new or empty, as others load and
// verify it: adapter, records, and, once registered, manifest, publication and
// model card. A model that is not registered gets a draft of its card.
func (s *Shelf) Export(ctx context.Context, id datasets.Digest, dir string) ([]File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.read(id)
	if err != nil {
		return nil, err
	}
	if err := FreePlace(dir); err != nil {
		return nil, err
	}
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, failed(err, "the model cannot be exported")
	}
	root, err := os.OpenRoot(m.Dir)
	if err != nil {
		return nil, failed(err, "the folder of %s cannot be read", m.Name)
	}
	defer root.Close()
	names := append([]string{}, madeFiles...)
	if m.Publication != nil {
		names = append(names, ManifestFile, PublicationFile, CardFile)
	}
	var files []File
	err = inPlace(dir, func(tmp string) error {
		for _, name := range names {
			digest, err := copyFile(ctx, root, name, filepath.Join(tmp, name))
			if err != nil {
				return err
			}
			files = append(files, File{Path: name, SHA256: digest})
		}
		if m.Publication == nil {
			card, err := s.card(m, nil)
			if err != nil {
				return err
			}
			if err := wholefile.Write(filepath.Join(tmp, CardFile), card, 0o644); err != nil {
				return err
			}
			files = append(files, File{Path: CardFile, SHA256: datasets.DigestOf(card)})
		}
		for i := range files {
			info, err := os.Stat(filepath.Join(tmp, files[i].Path))
			if err != nil {
				return err
			}
			files[i].Bytes = info.Size()
		}
		return nil
	})
	if err != nil {
		return nil, failed(err, "%s cannot be exported to %s", m.Name, dir)
	}
	return files, nil
}
