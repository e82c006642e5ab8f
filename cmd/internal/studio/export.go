package studio

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/internal/wholefile"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// ExportSpec says what is to be exported, how and where to.
type ExportSpec struct {
	Model  datasets.Digest
	Format string // as training.ParseExportFormat reads it
	Dir    string // a folder that is empty or not there yet; not for Ollama
	Name   string // of the model on the Ollama server; "" = made from its name here
}

// Export writes a model in a form of its own and compares it with the run: an export that differs too much is removed
// and an error. progress, which may be nil, hears what is done and how far it is; total is 0 where that is not known.
func (s *Studio) Export(ctx context.Context, spec ExportSpec, progress func(what string, done, total int64)) (training.Exported, error) {
	if progress == nil {
		progress = func(string, int64, int64) {}
	}
	format, forOllama, err := training.ParseExportFormat(spec.Format)
	if err != nil {
		return training.Exported{}, err
	}
	m, err := s.Models.Get(string(spec.Model))
	if err != nil {
		return training.Exported{}, err
	}
	if spec.Dir == "" && format != training.FormatOllama {
		return training.Exported{}, &Error{Kind: "usage", Message: "an export needs a folder", Next: "Name one that is empty or not there yet."}
	}
	if format == training.FormatOllama {
		return s.exportOllama(ctx, m, forOllama, spec.Name, progress)
	}
	dir, err := filepath.Abs(spec.Dir)
	if err != nil {
		return training.Exported{}, err
	}
	if err := lineage.FreePlace(dir); err != nil { // before minutes of work
		return training.Exported{}, err
	}
	made, remove, err := s.hiddenPlace(dir)
	if err != nil {
		return training.Exported{}, err
	}
	defer remove()
	var out training.Exported
	if format == protocol.FormatPEFT {
		out, err = s.exportPEFT(ctx, m, made, progress)
	} else {
		var res protocol.ExportResult
		res, err = s.exportWith(ctx, m, format, made, progress)
		out = training.Exported{Format: format, Files: res.Files, Check: &res.Check}
	}
	if err != nil {
		return training.Exported{}, err
	}
	if err := show(made, dir); err != nil {
		return training.Exported{}, err
	}
	return out, nil
}

// hiddenPlace is a name beside dir at which nothing is, for what is being made; remove, to be called once, removes that and
// makes the way free for the next export to dir, which is refused until then. What an export of this name that was killed
// left there is removed, and a trainer that still works on it finds its folder gone.
func (s *Studio) hiddenPlace(dir string) (made string, remove func(), err error) {
	parent, name := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", nil, cannotExport(dir, err)
	}
	if parent, err = filepath.EvalSymlinks(parent); err != nil {
		return "", nil, cannotExport(dir, err)
	}
	entries, err := os.ReadDir(parent)
	if err != nil {
		return "", nil, cannotExport(dir, err)
	}
	mark := fmt.Sprintf(".export-%.8s-", datasets.DigestOf([]byte(name)))
	place := filepath.Join(parent, mark)
	s.mu.Lock()
	busy := s.exports[place]
	if !busy {
		if s.exports == nil {
			s.exports = map[string]bool{}
		}
		s.exports[place] = true
	}
	s.mu.Unlock()
	if busy {
		return "", nil, &Error{Kind: "busy", Message: "this export is being made already", Next: "Wait until it is done, or choose another folder or format."}
	}
	for _, e := range entries {
		if strings.Contains(e.Name(), mark) { // shelf and trainer put something before it while they fill it
			_ = os.RemoveAll(filepath.Join(parent, e.Name()))
		}
	}
	made = place + rand.Text()[:8]
	return made, func() {
		_ = os.RemoveAll(made)
		s.mu.Lock()
		delete(s.exports, place)
		s.mu.Unlock()
	}, nil
}

// show gives what was made at a hidden place its name.
func show(made, dir string) error {
	if err := lineage.FreePlace(dir); err != nil {
		return err
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) { // only an empty one goes
		return cannotExport(dir, err)
	}
	if err := os.Rename(made, dir); err != nil {
		return cannotExport(dir, err)
	}
	_ = wholefile.SyncFolder(filepath.Dir(dir)) // the folder is in place
	return nil
}

func cannotExport(dir string, err error) error {
	return &Error{Kind: "failed", Message: "the export cannot be written to " + dir, Next: "Choose another folder, or free some space.", Err: err}
}

// exportPEFT copies the adapter with its records to a place where nothing is. Where base or trainer are missing it is not compared, and says so:
// the files are the run's own bytes.
func (s *Studio) exportPEFT(ctx context.Context, m lineage.Model, dir string, progress func(string, int64, int64)) (training.Exported, error) {
	files, err := s.Models.Export(ctx, m.Digest, dir)
	if err != nil {
		return training.Exported{}, err
	}
	out := training.Exported{Format: protocol.FormatPEFT}
	for _, f := range files {
		out.Files = append(out.Files, protocol.BaseFile{Path: f.Path, SHA256: string(f.SHA256), Bytes: f.Bytes})
	}
	copied := m
	copied.Dir = dir
	res, err := s.exportWith(ctx, copied, protocol.FormatPEFT, "", progress)
	switch {
	case err == nil:
		out.Check = &res.Check
	case training.IsKind(err, "not_found") || training.IsKind(err, "refused"):
		out.NotChecked = err.Error()
	default:
		return training.Exported{}, err
	}
	return out, nil
}

// exportOllama makes a GGUF in the data folder, gives it to the server and removes it.
func (s *Studio) exportOllama(ctx context.Context, m lineage.Model, format, name string, progress func(string, int64, int64)) (training.Exported, error) {
	server, err := ollama.FromEnvironment()
	if err != nil {
		return training.Exported{}, err
	}
	if _, err := server.Version(ctx); err != nil {
		return training.Exported{}, err // before minutes of work
	}
	dir, remove, err := s.hiddenPlace(filepath.Join(s.Home, string(m.Digest)+format))
	if err != nil {
		return training.Exported{}, err
	}
	defer remove()
	res, err := s.exportWith(ctx, m, format, dir, progress)
	if err != nil {
		return training.Exported{}, err
	}
	if name == "" {
		name = OllamaName(m)
	}
	for _, f := range res.Files {
		err = server.Create(ctx, ollama.NewModel{Name: name, Path: filepath.Join(dir, f.Path), SHA256: f.SHA256, Template: res.Template, Stops: res.Stops}, progress)
		if err != nil {
			return training.Exported{}, err
		}
	}
	return training.Exported{Format: training.FormatOllama, Files: res.Files, Check: &res.Check, Ollama: name}, nil
}

// OllamaName is what a model is called on an Ollama server: studio/<name>:<digest>.
func OllamaName(m lineage.Model) string {
	name := strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(m.Name)), "-")
	if name == "" {
		name = "model"
	}
	return fmt.Sprintf("studio/%s:%s", name, string(m.Digest)[:8])
}

// exportWith lets the trainer write and compare.
func (s *Studio) exportWith(ctx context.Context, m lineage.Model, format, dir string, progress func(string, int64, int64)) (protocol.ExportResult, error) {
	b, err := s.Bases.Find(m.Base)
	if err != nil {
		return protocol.ExportResult{}, err
	}
	if !b.Installed {
		return protocol.ExportResult{}, &Error{Kind: "not_found", Message: "the base " + m.Base + " of this model is not on this computer", Next: "Add it with mf base add."}
	}
	method, err := learntBy(m)
	if err != nil {
		return protocol.ExportResult{}, err
	}
	return s.Runtime.Export(ctx, protocol.ExportJob{
		Format: format, BaseDir: b.Dir, AdapterDir: m.Dir, Method: method, Out: dir, Name: m.Name, Prompts: s.exportQuestions(m),
	}, func(e protocol.Event) {
		if p := e.Phase; p != nil {
			progress(p.Phase, p.Done, p.Total)
		}
	})
}

// learntBy is the method of the run that made a model.
func learntBy(m lineage.Model) (string, error) {
	var recipe struct {
		Method string `json:"method"`
	}
	raw, err := os.ReadFile(filepath.Join(m.Dir, lineage.RecipeFile))
	if err == nil {
		err = json.Unmarshal(raw, &recipe)
	}
	if err != nil {
		return "", &Error{Kind: "failed", Message: lineage.RecipeFile + " of " + m.Name + " cannot be read", Next: "Bring the model's folder back from a copy.", Err: err}
	}
	return recipe.Method, nil
}

// The questions of a comparison: few, because both sides answer them, and short.
const (
	exportQuestions = 4
	longQuestion    = 600 // bytes
)

// exportQuestions are questions of the model's own data, held-out ones first. What is not here any more is left out;
// the trainer has questions of its own when there are none.
func (s *Studio) exportQuestions(m lineage.Model) []string {
	var out []string
	add := func(text string) bool {
		if text != "" && len(text) <= longQuestion {
			out = append(out, text)
		}
		return len(out) < exportQuestions
	}
	for _, u := range m.Data {
		held, _ := s.Library.Questions(u.Net)
		for _, q := range held {
			if !add(q.Prompt) {
				return out
			}
		}
	}
	for _, u := range m.Data {
		for e, err := range s.Library.Rows(datasets.Ref{Net: u.Net, Version: u.Version}) {
			if err != nil {
				break
			}
			for _, msg := range e.Row.Messages {
				if msg.Role == "user" {
					if !add(msg.Content) {
						return out
					}
					break
				}
			}
		}
	}
	return out
}
