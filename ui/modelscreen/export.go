package modelscreen

import (
	"fmt"
	"strings"
	"sync"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Exporting is one export of the model: how far it is, then what came of it.
type Exporting struct {
	Format training.ExportFormat
	Dir    string // empty for Ollama
	Busy   bool
	Err    error
	Done   training.Exported

	mu          sync.Mutex // the rest is told by the goroutine that works
	phase       string
	part, whole int64
}

// Report takes over how far the work is; it may be called from any goroutine.
func (e *Exporting) Report(phase string, done, total int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.phase, e.part, e.whole = phase, done, total
}

// phaseWords say what is done now, and why it takes a while.
var phaseWords = map[string][2]string{
	"":                     {"Starting", ""},
	protocol.PhaseLoading:  {"Asking the run", "its answers are what the export is compared with"},
	protocol.PhaseSaving:   {"Writing", ""},
	protocol.PhaseChecking: {"Comparing", "another program reads the files and is asked the same"},
	"sending":              {"Sending to Ollama", ""},
}

// Progress is what is done now, its share (negative: not known) and a detail.
func (e *Exporting) Progress() (phase string, share float64, detail string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	words, known := phaseWords[e.phase]
	if !known {
		words = [2]string{strings.ToUpper(e.phase[:1]) + e.phase[1:], ""}
	}
	if e.whole <= 0 {
		return words[0], -1, words[1]
	}
	return words[0], float64(e.part) / float64(e.whole), widgets.Bytes(e.part) + " of " + widgets.Bytes(e.whole)
}

// Result says what was written and where.
func (e *Exporting) Result() string {
	if e.Done.Ollama != "" {
		return "On the Ollama server as " + e.Done.Ollama
	}
	var n int64
	for _, f := range e.Done.Files {
		n += f.Bytes
	}
	files := "1 file"
	if len(e.Done.Files) != 1 {
		files = fmt.Sprintf("%d files", len(e.Done.Files))
	}
	return fmt.Sprintf("%s, %s, written to %s", files, widgets.Bytes(n), e.Dir)
}

// Compared says in one line how the export compares with the run.
func (e *Exporting) Compared() string {
	c := e.Done.Check
	if c == nil {
		return "Not compared with the run: " + strings.TrimSuffix(e.Done.NotChecked, ".") + "."
	}
	same := 0
	for _, a := range c.Answers {
		if a.Run == a.Export {
			same++
		}
	}
	return fmt.Sprintf("Read back by %s: %d of %d answers are the same as the run's.", c.Reader, same, len(c.Answers))
}

// Figures are the measured differences, name and value, with what is allowed.
func (e *Exporting) Figures() [][2]string {
	c := e.Done.Check
	if c == nil {
		return nil
	}
	limit := func(bound string) string {
		if bound == c.Bound {
			return fmt.Sprintf(", at most %.3g", c.Limit)
		}
		return ""
	}
	return [][2]string{
		{"Same next word", fmt.Sprintf("%s of %s tokens", widgets.Percent(c.SameNext), widgets.Count(int64(c.Positions)))},
		{"Mean divergence", fmt.Sprintf("%.2g nats%s", c.KL, limit(protocol.BoundKL))},
		{"Largest difference", fmt.Sprintf("%.2g%s", c.Relative, limit(protocol.BoundRelative))},
		{"Kept of the training", fmt.Sprintf("%.1f %%", 100*c.AdapterShare)},
	}
}
