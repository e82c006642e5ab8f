package runscreen

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/ui/widgets"
)

// logLines is how much of the log goes into diagnostics.
const logLines = 40

// Diagnostics is the text of Copy diagnostics: what helps to find the cause,
// without rows, keys, addresses and names of folders. versions are lines of
// program, trainer and device. The person sees it before it goes anywhere.
func (m *Model) Diagnostics(versions []string) string {
	r := m.snap.Run
	var b strings.Builder
	fmt.Fprintf(&b, "ModelFactory diagnostics of run %d\n\n", r.Number)
	for _, v := range versions {
		fmt.Fprintln(&b, v)
	}
	fmt.Fprintf(&b, "\nState: %s, phase %s, step %d of %d\n", r.State, r.Phase, r.Step, r.Steps)
	if f := r.Failure; f != nil {
		fmt.Fprintf(&b, "Cause: %s (code %s, exit code %d)\n", f.Message, f.Code, f.ExitCode)
	}
	if r.Reason != "" {
		fmt.Fprintf(&b, "Reason: %s\n", r.Reason)
	}
	peak, forecast := m.Memory()
	fmt.Fprintf(&b, "Memory: %s peak, %s\n", or(peak, "unknown"), or(forecast, "no forecast"))
	for _, p := range m.Phases() {
		if p.Detail != "" {
			fmt.Fprintf(&b, "Phase %s: %s\n", p.Name, p.Detail)
		}
	}
	if recipe, err := json.MarshalIndent(r.Recipe.Settings, "", "  "); err == nil {
		base, _, _ := strings.Cut(r.Recipe.Base, "@")
		fmt.Fprintf(&b, "\nBase: %s\nSources: %d\nSettings: %s\n", base, len(r.Recipe.Data), recipe)
	}
	fmt.Fprintf(&b, "\nLast steps (step, loss, gradient norm, memory):\n")
	for _, p := range m.steps(10) {
		fmt.Fprintf(&b, "%d  %s  %s  %s\n", p.Step, lossText(p.Loss), lossText(p.GradNorm), widgets.Bytes(p.Memory))
	}
	fmt.Fprintf(&b, "\nLast lines of the log:\n")
	tail := m.snap.LogTail
	for _, line := range tail[max(0, len(tail)-logLines):] {
		fmt.Fprintln(&b, line)
	}
	return Redact(b.String())
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// redactions are applied in order. Each takes away one thing that a stranger
// must not read.
var redactions = []struct {
	what *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?i)\b(?:0x)?[0-9a-f]{64,}\b`), "<digest or key>"},
	{regexp.MustCompile(`\b0x[0-9a-fA-F]{40}\b`), "<address>"},
	{regexp.MustCompile(`\b[\w.+-]+@[\w-]+\.[\w.-]*\w`), "<mail address>"},
	{regexp.MustCompile(`(?i)\b(token|password|secret|authorization|api[_-]?key)(["']?\s*[:=]\s*)\S+`), "$1$2<left out>"},
	// A path keeps its last name, which says which file it was about.
	{regexp.MustCompile(`(?:[A-Za-z]:\\|\\\\)(?:[^\\\s:"'<>|*?]+\\)+`), `<folder>\`},
	{regexp.MustCompile(`(^|[\s"'(=:\[])~?/(?:[^/\s:"']+/)+`), "$1<folder>/"},
	// What a program quotes from data stands in quotation marks and is long.
	{regexp.MustCompile(`"(?:[^"\\\n]|\\.){60,}"`), `"<text left out>"`},
	{regexp.MustCompile(`'(?:[^'\\\n]|\\.){60,}'`), `'<text left out>'`},
}

// Redact takes keys, addresses, mail addresses, folder names and long quoted
// texts out.
func Redact(text string) string {
	for _, r := range redactions {
		text = r.what.ReplaceAllString(text, r.with)
	}
	return text
}

// LogLine is a line of the log card.
type LogLine struct{ When, Text string }

// Log is the last n lines: steps, evals, checkpoints as they happened. Before
// the first step, and when the run failed, it is the trainer's own log.
func (m *Model) Log(n int) []LogLine {
	if len(m.steps(1)) == 0 || m.snap.Run.Failure != nil {
		return m.trainerLog(n)
	}
	saved := map[int]bool{}
	for _, c := range m.snap.Checkpoints {
		saved[c.Step] = true
	}
	// Newest first; once the lines are full only an eval or a checkpoint further
	// back is looked for, which then stays in sight above the last steps.
	var lines, event []LogLine
	seen := false
	for _, p := range slices.Backward(m.points) {
		when := Clock(seconds(p.Seconds))
		if !measured(p) {
			when = ""
		}
		var here []LogLine
		if saved[p.Step] {
			here = append(here, LogLine{when, fmt.Sprintf("checkpoint %d saved, read back and equal", p.Step)})
		}
		if p.Eval != nil {
			here = append(here, LogLine{when, fmt.Sprintf("eval at %d: loss %s", p.Step, lossText(*p.Eval))})
		}
		special := len(here) > 0
		if len(lines) >= n {
			if special {
				event = here
				break
			}
			continue
		}
		seen = seen || special
		if measured(p) {
			here = append(here, LogLine{when, fmt.Sprintf("step %d  loss %s  lr %s  grad %s  %s tok/s", p.Step, lossText(p.Loss), RateText(p.LR), lossText(p.GradNorm), widgets.Number(p.TokensPerSecond, 0))})
		}
		lines = append(lines, here...)
		if len(lines) >= n && seen {
			break
		}
	}
	lines = lines[:min(len(lines), n)]
	if !seen && len(event) > 0 {
		lines = append(lines[:max(0, len(lines)-len(event))], event...)
	}
	slices.Reverse(lines)
	return lines
}

func (m *Model) trainerLog(n int) []LogLine {
	var out []LogLine
	tail := m.snap.LogTail
	for _, line := range tail[max(0, len(tail)-n):] {
		out = append(out, LogLine{Text: line})
	}
	return out
}
