package datasets

import (
	"context"
	"io/fs"
	"iter"
	"sync"
)

// Library is the DataNets on this computer, a folder per net.
type Library struct {
	dir string
	mu  sync.Mutex
}

var errNot = &Error{Kind: KindFailed, Message: "not landed yet"}

func OpenLibrary(dir string) (*Library, error)           { return &Library{dir: dir}, errNot }
func (l *Library) List() ([]DataNet, error)              { return nil, errNot }
func (l *Library) Get(s Slug) (DataNet, error)           { return DataNet{}, errNot }
func (l *Library) Resolve(ref Ref) (Ref, Version, error) { return Ref{}, Version{}, errNot }
func (l *Library) Dir(ref Ref) string                    { return "" }
func (l *Library) Rows(ref Ref) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) { yield(Entry{}, errNot) }
}
func (l *Library) Import(ctx context.Context, path string, opt ImportOptions) (ImportReport, error) {
	return ImportReport{}, errNot
}
func (l *Library) InstallSample(fsys fs.FS, dir string) (DataNet, error) { return DataNet{}, errNot }
func (l *Library) SetChain(s Slug, c OnChain) error                      { return errNot }
func (l *Library) Questions(s Slug) ([]Question, error)                  { return nil, errNot }
func (l *Library) Verify(ctx context.Context, ref Ref, progress func(done, total int64)) ([]Difference, error) {
	return nil, errNot
}
func PreviewFile(ctx context.Context, path string, opt ImportOptions, n int) (Preview, error) {
	return Preview{}, errNot
}
