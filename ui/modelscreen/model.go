package modelscreen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Chat is a loaded base and model that answer until they are closed.
type Chat interface {
	Ask(ctx context.Context, ask protocol.Control, onToken func(string)) (protocol.Answer, error)
	Close()
}

// Ollama is the way to an Ollama server, which may not run.
type Ollama interface {
	Version(ctx context.Context) (string, error)
	Models(ctx context.Context) ([]ollama.Model, error)
	Chat(ctx context.Context, model string, ask protocol.Control, onToken func(string)) (protocol.Answer, error)
}

// Services is what the studio does for these screens.
type Services interface {
	Models(ctx context.Context) ([]lineage.Model, error)
	Model(ctx context.Context, id string) (lineage.Model, error)
	Card(ctx context.Context, id datasets.Digest) ([]byte, error)
	// ExportAs writes a model in a format of training.ExportFormats and compares
	// it with the run; it takes a minute or more. progress may come from any
	// goroutine. Ollama needs no folder.
	ExportAs(ctx context.Context, id datasets.Digest, format, dir string, progress func(what string, done, total int64)) (training.Exported, error)
	Rename(ctx context.Context, id datasets.Digest, name string) error
	// OpenChat loads a model; it takes seconds.
	OpenChat(ctx context.Context, m lineage.Model) (Chat, error)
	Ollama() (Ollama, error)
	Network() chain.Profile
	Account() common.Address // zero: there is no wallet
	// Publishing says whether the model's registration is signed and waits for a
	// block.
	Publishing(ctx context.Context, m lineage.Model) (bool, error)
	WatchModels() (changed <-chan struct{}, cancel func())
}

// Tab is a part of the model's page.
type Tab int

// The tabs. Lineage leads to a page of its own.
const (
	TabChat Tab = iota
	TabFiles
	TabCard
	TabLineage
)

// TabNames are the words on the tabs.
var TabNames = []string{"Chat", "Files", "Model card", "Lineage"}

// tabWords name the tabs in routes.
var tabWords = map[string]Tab{"chat": TabChat, "files": TabFiles, "card": TabCard}

// ParseArg reads a route's argument: a model, and "#" with a tab.
func ParseArg(arg string) (id string, tab Tab) {
	id, word, _ := strings.Cut(arg, "#")
	return id, tabWords[word]
}

// Page is what the model's page shows besides its chat.
type Page struct {
	Tab     Tab
	Dev     bool
	Network string
	Coin    string
	Wallet  bool // there is an account to publish with
	Waiting bool // its registration is signed and waits for a block

	model lineage.Model
	ready bool
	files []File
	card  []Block
}

// File is a file of the model's folder.
type File struct {
	Name     string
	Bytes    int64
	Modified time.Time
	What     string
	Changed  bool // since training
}

// Proof is something that training showed, or what no longer holds of it.
type Proof struct {
	Text   string
	Failed bool
}

// Apply takes a model over.
func (p *Page) Apply(m lineage.Model, network chain.Profile, account common.Address) {
	p.model, p.ready = m, true
	p.Dev, p.Network, p.Coin, p.Wallet = network.Dev, network.Title, network.Coin, account != common.Address{}
}

// Ready says whether a model was applied; Model is it.
func (p *Page) Ready() bool { return p.ready }

// Model is the model shown.
func (p *Page) Model() lineage.Model { return p.model }

// Title is its name.
func (p *Page) Title() string {
	if p.model.Name != "" {
		return p.model.Name
	}
	return "Model"
}

// Proofs are what training showed before there was a model at all; the shelf
// takes none without them.
func (p *Page) Proofs() []Proof {
	m := p.model.Metrics
	steps := fmt.Sprintf("A finite loss at each of %s steps", widgets.Count(int64(m.Steps)))
	if m.Steps == 1 {
		steps = "A finite loss at its one step"
	}
	files := Proof{Text: "Files read back equal to what was trained"}
	if name := p.changed(); name != "" {
		files = Proof{name + " is no longer what was trained", true}
	}
	return []Proof{{Text: steps}, {Text: "The adapter's weights moved"}, files, {Text: "Its answers differ from the base"}}
}

// changed is a file of the adapter that is not as it was trained, or "".
func (p *Page) changed() string {
	for _, f := range p.files {
		if f.Changed {
			return f.Name
		}
	}
	return ""
}

// ProofLine is loss and date.
func (p *Page) ProofLine() string {
	m := p.model.Metrics
	parts := []string{fmt.Sprintf("Loss %s → %s", widgets.Number(m.FirstLoss, 2), widgets.Number(m.LastLoss, 2))}
	if m.EvalLoss != nil {
		parts = append(parts, "eval loss "+widgets.Number(*m.EvalLoss, 2))
	}
	line := strings.Join(parts, " · ")
	if !p.model.Created.IsZero() {
		line += "\n" + p.model.Created.Format("2 Jan 2006, 15:04")
	}
	return line
}

// Published says whether it is registered on a chain.
func (p *Page) Published() bool { return p.model.Publication != nil }

// State is the model's state in a pill.
func State(m lineage.Model) (string, widgets.Tone) {
	switch {
	case m.Damaged != "":
		return "damaged", widgets.Failed
	case m.Publication != nil:
		return fmt.Sprintf("published, no. %d", m.Publication.ID), widgets.Good
	}
	return "on this computer", widgets.Neutral
}

// CanPublish says whether the review can be opened, and if not why.
func (p *Page) CanPublish() (bool, string) {
	switch {
	case p.model.Damaged != "":
		return false, "The files are damaged: " + p.model.Damaged
	case p.Published():
		return false, "It is published already."
	case p.Waiting:
		return false, "Its registration is signed and waits for a block."
	case p.changed() != "":
		return false, p.changed() + " was changed after training. Its lineage page shows both digests."
	case !p.Wallet:
		return false, "Publishing needs a wallet to sign with."
	}
	return true, ""
}

// Public are the things that become public for good, and Private those that
// stay here.
func (p *Page) Public() (public, private string) {
	stays := "rows, adapter files (until you upload them)"
	for _, u := range p.model.Data {
		if u.Private {
			stays += ", " + u.Title
		}
	}
	where := "on " + p.Network
	if p.Dev {
		where = "on the development chain of this computer, a test chain"
	}
	return "Becomes public for good " + where + ": the digest of the manifest and your address. The manifest names base, data versions and weights, recipe and metrics.", "Stays here: " + stays + "."
}

// PublishRoute leads to the review.
func (p *Page) PublishRoute() nav.Route {
	return nav.Route{Page: nav.PageReview, Arg: "publish=" + string(p.model.Digest)}
}

// LineageRoute leads to the model's lineage.
func (p *Page) LineageRoute() nav.Route {
	return nav.Route{Page: nav.PageLineage, Arg: string(p.model.Digest)}
}

// BaseName is the base without its revision.
func BaseName(m lineage.Model) string {
	name, _, _ := strings.Cut(m.Base, "@")
	return name
}

// Mix names the data in one line.
func Mix(m lineage.Model) string {
	var parts []string
	for _, u := range m.Data {
		title := u.Title
		if title == "" {
			title = string(u.Net)
		}
		parts = append(parts, title+" "+widgets.Percent(float64(u.WeightPPM)/1e6))
	}
	return strings.Join(parts, ", ")
}

// AdapterBytes are the files that are the adapter itself.
func (p *Page) AdapterBytes() int64 {
	var n int64
	for _, f := range p.files {
		if f.Name == lineage.AdapterFile || f.Name == lineage.ConfigFile {
			n += f.Bytes
		}
	}
	if n == 0 {
		return p.model.Bytes
	}
	return n
}

// fileWords say what each file is.
var fileWords = map[string]string{
	lineage.AdapterFile: "the weights of the adapter", lineage.ConfigFile: "how PEFT loads the adapter, and on which base",
	lineage.RecipeFile: "every setting of the run", lineage.DataFile: "which rows, whose, on which terms", lineage.MetricsFile: "what was measured, with what",
	lineage.ManifestFile: "what the model was made of; its digest stands on the chain", lineage.PublicationFile: "where it is registered",
	lineage.CardFile: "the model card", lineage.ModelFile: "name and run, for this computer only; not exported",
}

// ReadFiles lists the files of a model's folder, largest first, and reads those
// of the adapter to the end, but one whose size and time are as in known, an
// earlier list. Publishing reads all of them.
func ReadFiles(m lineage.Model, known []File) ([]File, error) {
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return nil, err
	}
	var out []File
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			out = append(out, File{Name: e.Name(), Bytes: info.Size(), Modified: info.ModTime(), What: fileWords[e.Name()]})
		}
	}
	trained := map[string]datasets.Digest{lineage.AdapterFile: m.Metrics.Files.Weights, lineage.ConfigFile: m.Metrics.Files.Config}
	for i, f := range out {
		want := trained[f.Name]
		if want == "" {
			continue
		}
		if k := slices.IndexFunc(known, func(k File) bool {
			return k.Name == f.Name && k.Bytes == f.Bytes && k.Modified.Equal(f.Modified)
		}); k >= 0 {
			out[i].Changed = known[k].Changed
			continue
		}
		got, err := datasets.FileDigest(filepath.Join(m.Dir, f.Name))
		if err != nil {
			return nil, err
		}
		out[i].Changed = got != want
	}
	slices.SortFunc(out, func(a, b File) int {
		if a.Bytes != b.Bytes {
			return int(b.Bytes - a.Bytes)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return out, nil
}

// SetFiles and SetCard take over what was read.
func (p *Page) SetFiles(files []File) { p.files = files }

// SetCard takes over the model card.
func (p *Page) SetCard(raw []byte) { p.card = ParseCard(string(raw)) }

// Files are the files; Card the blocks of the model card.
func (p *Page) Files() []File { return p.files }

// Card are the blocks of the model card.
func (p *Page) Card() []Block { return p.card }

// ExportFolder is the folder an export makes inside the one chosen: the model's
// name and the format, as far as every file system takes them.
func ExportFolder(m lineage.Model, format training.ExportFormat) string {
	var b strings.Builder
	for _, r := range strings.ToLower(m.Name) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	name := strings.Trim(b.String(), "-")
	if name == "" {
		name = "model"
	}
	return name + "-" + string(m.Digest[:min(8, len(m.Digest))]) + "-" + strings.ReplaceAll(format.Name, ":", "-")
}

// Day is a date as in lists: with the time today, else the day.
func Day(t, now time.Time) string {
	t = t.In(now.Location())
	switch {
	case t.IsZero():
		return "–"
	case t.Format(time.DateOnly) == now.Format(time.DateOnly):
		return "today " + t.Format("15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan")
	}
	return t.Format("2 Jan 2006")
}
