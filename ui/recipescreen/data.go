package recipescreen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// MixLine is a source on the data page.
type MixLine struct {
	Title, Version     string
	Pill               string
	Tone               widgets.Tone
	Private            bool
	Weight             int // millionths
	Locked, CanMove    bool
	Rows, Drawn, Error string
}

// MixLines are the sources with what is known of them.
func (m *Model) MixLines() []MixLine {
	var out []MixLine
	for i, s := range m.Draft.Mix {
		l := MixLine{Title: m.title(s.Ref.Net), Version: fmt.Sprintf("v%d", s.Ref.Version), Weight: s.Weight, Locked: s.Locked, CanMove: m.Draft.Mix.CanMove(i)}
		n, ok := m.Net(s.Ref.Net)
		if ok {
			l.Pill, l.Tone = m.StandingPill(n)
			l.Private = n.Private
			if n.Private {
				l.Version = "this computer"
			}
			for _, v := range n.Versions {
				if v.Number == s.Ref.Version {
					l.Rows = plural(v.Rows, "row")
				}
			}
		}
		if c, ok := m.source(s.Ref.Net); ok {
			l.Rows = fmt.Sprintf("%s, %s more held out", plural(c.TrainRows, "row"), widgets.Count(int64(c.EvalRows)))
			l.Drawn = drawnText(c)
			if c.TrainedTokens == 0 {
				l.Error = "No row has a trained token. " + untrainedAdvice(c)
			} else if c.DroppedRows > 0 {
				l.Error = dropText(c)
			}
		} else if m.check.asked != "" {
			l.Drawn = "counting"
			if p := m.check.progress; p[1] > 0 {
				l.Drawn = fmt.Sprintf("counting %s of %s", widgets.Count(p[0]), widgets.Count(p[1]))
			}
		}
		out = append(out, l)
	}
	return out
}

// source is the count of a net, when it is of the present data.
func (m *Model) source(net datasets.Slug) (protocol.CheckSource, bool) {
	if !m.counted() {
		return protocol.CheckSource{}, false
	}
	i := slices.IndexFunc(m.check.result.Sources, func(s protocol.CheckSource) bool { return s.Net == string(net) })
	if i < 0 {
		return protocol.CheckSource{}, false
	}
	return m.check.result.Sources[i], true
}

// drawnText says how often the rows of a source are drawn in a pass.
func drawnText(c protocol.CheckSource) string {
	switch {
	case c.TrainRows == 0:
		return ""
	case c.Drawn == c.TrainRows:
		return "each row once a pass"
	case c.Drawn < c.TrainRows:
		return fmt.Sprintf("%s, other ones each pass", plural(c.Drawn, "row"))
	}
	return fmt.Sprintf("%s draws, %s times a pass", widgets.Count(int64(c.Drawn)), widgets.Number(float64(c.Drawn)/float64(c.TrainRows), 2))
}

// dropText says how many rows are left out, why, and the lines of the first.
func dropText(c protocol.CheckSource) string {
	var lines []string
	for _, d := range c.Dropped[:min(3, len(c.Dropped))] {
		lines = append(lines, fmt.Sprint(d.Row))
	}
	if c.DroppedRows > len(lines) && len(lines) > 0 {
		lines = append(lines, "…")
	}
	text := fmt.Sprintf("%s left out: %s", plural(c.DroppedRows, "row"), kindsText(c.DroppedKinds, c.DroppedRows))
	if len(lines) > 0 {
		text += fmt.Sprintf(" (line %s)", strings.Join(lines, ", "))
	}
	return text + "."
}

// kindsText gives the reasons rows were left out for, with how many each when
// there are several.
func kindsText(kinds []protocol.Kind, all int) string {
	var parts []string
	for _, k := range kinds {
		if k.Rows == all {
			return k.Reason
		}
		parts = append(parts, fmt.Sprintf("%s %s", widgets.Count(int64(k.Rows)), k.Reason))
	}
	return strings.Join(parts, ", ")
}

// untrainedAdvice says what to do about data that teaches nothing.
func untrainedAdvice(c protocol.CheckSource) string {
	advice := "Take it out, or change how its columns are read."
	if len(c.DroppedKinds) > 0 && strings.Contains(c.DroppedKinds[0].Reason, "DPO") {
		advice = "Take it out, or choose the other way to learn in the settings of the first step."
	}
	if c.DroppedRows == c.Rows && len(c.DroppedKinds) > 0 {
		return fmt.Sprintf("All rows are left out: %s. %s", kindsText(c.DroppedKinds, c.DroppedRows), advice)
	}
	return advice
}

// StandingPill says what the account may do with a net, in a word.
func (m *Model) StandingPill(n Net) (string, widgets.Tone) {
	st := n.Standing
	switch st.State {
	case datasets.StandingOwn:
		return "yours", widgets.Info
	case datasets.StandingOpen:
		return "open", widgets.Good
	case datasets.StandingHeld:
		if st.Until.IsZero() {
			return "licensed", widgets.Good
		}
		if left := st.Until.Sub(m.Now()); left < soon {
			return days(left) + " left", widgets.Caution
		}
		return "licensed", widgets.Good
	case datasets.StandingExpired:
		return "ended", widgets.Failed
	case datasets.StandingNeedsLicence:
		return "licence missing", widgets.Failed
	}
	if !n.Terms.NeedsLicence() {
		return "open", widgets.Good
	}
	return "not read", widgets.Neutral
}

// Total is a line of "One pass".
type Total struct{ Label, Value string }

// Totals are the lines of "One pass", and the number of passes.
func (m *Model) Totals() (lines []Total, passes string) {
	n := m.Draft.Settings.Passes
	passes = plural(n, "pass")
	if n != 1 {
		passes = fmt.Sprintf("%d passes", n)
	}
	if !m.counted() {
		return nil, passes
	}
	r := m.check.result
	nothing := 0
	var kinds []protocol.Kind // of all sources together
	for _, s := range r.Sources {
		if s.TrainedTokens == 0 {
			nothing += s.TrainRows
		}
		for _, k := range s.DroppedKinds {
			if i := slices.IndexFunc(kinds, func(have protocol.Kind) bool { return have.Reason == k.Reason }); i >= 0 {
				kinds[i].Rows += k.Rows
			} else {
				kinds = append(kinds, k)
			}
		}
	}
	trained := widgets.Count(r.TrainedTokensPerPass)
	if r.TokensPerPass > 0 {
		trained += fmt.Sprintf("  %s\u00a0%%", widgets.Number(float64(r.TrainedTokensPerPass)/float64(r.TokensPerPass)*100, 1))
	}
	lines = []Total{
		{"Rows", widgets.Count(int64(r.RowsPerPass))},
		{"Tokens read", widgets.Count(r.TokensPerPass)},
		{"Tokens trained", trained},
		{"Steps in all", widgets.Count(int64(m.steps()))},
	}
	for _, k := range kinds {
		lines = append(lines, Total{"Left out, " + k.Reason, plural(k.Rows, "row")})
	}
	if len(kinds) == 0 {
		lines = append(lines, Total{"Left out", "0 rows"})
	}
	return append(lines, Total{"Rows with nothing to train", widgets.Count(int64(nothing))}), passes
}

// WaitsFor is what the totals wait for, in words.
func (m *Model) WaitsFor() string {
	switch {
	case len(m.Draft.Mix) == 0:
		return "There is nothing to count yet."
	case !m.TrainerReady():
		return "Counted once the trainer is installed."
	case !m.BaseReady():
		return "Counted once the base is on this computer."
	}
	return "Counting rows and tokens."
}

// CheckError is why the data could not be counted, or nil; it is only told of
// the present data.
func (m *Model) CheckError() error {
	if m.check.of != m.fingerprint() {
		return nil
	}
	return m.check.err
}

// WantsCheck says whether the data must be counted: it changed, and nothing
// stands in the way.
func (m *Model) WantsCheck() bool {
	return len(m.Draft.Mix) > 0 && m.BaseReady() && m.TrainerReady() && m.SettingsError() == "" && m.check.of != m.fingerprint() && m.check.asked != m.fingerprint()
}

// Checking notes that the present data is being counted.
func (m *Model) Checking() (of string, r training.Recipe) {
	m.check.asked, m.check.progress = m.fingerprint(), [2]int64{}
	return m.check.asked, m.Recipe()
}

// ApplyCheck takes a count over; one of data that has changed since is dropped.
func (m *Model) ApplyCheck(of string, r protocol.CheckResult, took time.Duration, err error) {
	if m.check.asked == of {
		m.check.asked = ""
	}
	if of != m.fingerprint() {
		return
	}
	m.check.of, m.check.result, m.check.err, m.check.took, m.check.at = of, r, err, took, m.Now()
}

// Recheck forgets the last count.
func (m *Model) Recheck() { m.check.of, m.check.asked = "", "" }

// previewRows is how many rows one reading brings.
const previewRows = 20

// Show shows the rows of a net from its first.
func (m *Model) Show(net datasets.Slug) { m.preview = previewState{net: net} }

// Shown is the net whose rows are shown: the chosen one, else the first of the
// mix.
func (m *Model) Shown() datasets.Slug {
	if m.Draft.Mix.Index(m.preview.net) >= 0 {
		return m.preview.net
	}
	if len(m.Draft.Mix) > 0 {
		return m.Draft.Mix[0].Ref.Net
	}
	return ""
}

// previewRecipe has the shown net alone.
func (m *Model) previewRecipe() (training.Recipe, bool) {
	r := m.Recipe()
	i := m.Draft.Mix.Index(m.Shown())
	if i < 0 {
		return r, false
	}
	r.Data = []training.Source{{Ref: m.Draft.Mix[i].Ref, WeightPPM: Whole}}
	return r, true
}

// seenPrint names what a shown row depends on.
func seenPrint(r training.Recipe) string {
	return fingerprint([]any{r.Base, r.Data, r.MaxLength, r.TrainOn, r.Objective, r.EvalPPM})
}

// WantsPreview says what must be read for the row that is to be shown.
func (m *Model) WantsPreview() (r training.Recipe, offset int, of string, ok bool) {
	r, ok = m.previewRecipe()
	if !ok || !m.BaseReady() || !m.TrainerReady() || m.preview.asking || m.SettingsError() != "" {
		return r, 0, "", false
	}
	of = seenPrint(r)
	p := &m.preview
	if p.of == of && (p.err != nil || p.at >= p.first && p.at < p.first+len(p.rows) || len(p.rows) == 0) {
		return r, 0, "", false
	}
	if p.of != of {
		p.at = 0
	}
	p.asking = true
	return r, p.at / previewRows * previewRows, of, true
}

// ApplyPreview takes rows over.
func (m *Model) ApplyPreview(of string, offset int, rows []protocol.PreviewRow, err error) {
	p := &m.preview
	p.asking = false
	if now, ok := m.previewRecipe(); !ok || seenPrint(now) != of {
		return
	}
	p.of, p.first, p.rows, p.err = of, offset, rows, err
	if err == nil && len(rows) == 0 && p.at > 0 { // walked past the end
		p.at, p.of = 0, ""
	} else if len(rows) > 0 {
		p.at = max(offset, min(p.at, offset+len(rows)-1))
	}
}

// Walk shows the next or the previous row.
func (m *Model) Walk(by int) {
	m.preview.at = max(0, m.preview.at+by)
	if c, ok := m.source(m.Shown()); ok && c.Rows-c.DroppedRows > 0 {
		m.preview.at = min(m.preview.at, c.Rows-c.DroppedRows-1)
	}
}

func (m *Model) seenNow() string {
	r, _ := m.previewRecipe()
	return seenPrint(r)
}

// SeenText is a conversation or text as the model reads it. Title tells the two
// answers of a preference apart, and is empty for any other row.
type SeenText struct {
	Title string
	Parts []widgets.SeenPart
}

// Seen is the row as the model sees it, with words about it; ok is false while
// there is none, and why says what is waited for.
func (m *Model) Seen() (texts []SeenText, about string, ok bool, why string) {
	p := &m.preview
	switch {
	case len(m.Draft.Mix) == 0:
		return nil, "", false, "Add data to see it as the model reads it."
	case !m.TrainerReady():
		return nil, "", false, "Rows are shown through the base's own template once the trainer is installed."
	case !m.BaseReady():
		return nil, "", false, "Rows are shown through the base's own template once the base is on this computer."
	case p.err != nil && p.of == m.seenNow():
		return nil, "", false, notice.Line(p.err)
	case p.of == m.seenNow() && len(p.rows) == 0:
		return nil, "", false, "No row of it can be trained on."
	case p.of != m.seenNow() || p.at < p.first || p.at >= p.first+len(p.rows):
		return nil, "", false, "Reading rows through the base's template."
	}
	row := p.rows[p.at-p.first]
	for i, segments := range [][]protocol.Segment{row.Segments, row.Rejected} {
		var t SeenText
		for _, s := range segments {
			t.Parts = append(t.Parts, widgets.SeenPart{Text: s.Text, Trained: s.Trained, Special: s.Special})
		}
		if len(row.Rejected) > 0 {
			t.Title = []string{"Chosen", "Rejected"}[i]
		}
		if len(segments) > 0 {
			texts = append(texts, t)
		}
	}
	about = fmt.Sprintf("Row %s · %s, %s trained", widgets.Count(int64(p.at+1)), plural(row.Tokens, "token"), widgets.Count(int64(row.TrainedTokens)))
	if row.Eval {
		about += " · held out, not trained"
	}
	return texts, about, true, ""
}

// Addable are the nets that are not in the mix, usable ones first.
func (m *Model) Addable() []Net {
	var out []Net
	for _, n := range m.nets {
		if m.Draft.Mix.Index(n.Slug) < 0 && n.Damaged == "" && len(n.Versions) > 0 {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b Net) int {
		if c := boolFirst(a.Standing.Usable(), b.Standing.Usable()); c != 0 {
			return c
		}
		return strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	})
	return out
}
