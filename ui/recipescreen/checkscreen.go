package recipescreen

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// checkStep is the third step: every check, the recipe and the same as a
// command.
type checkStep struct {
	page    *page
	box     *fyne.Container
	title   *widgets.Text
	pill    *widgets.Pill
	when    *widgets.Text
	rows    *fyne.Container
	name    *widgets.Entry
	facts   *fyne.Container
	command *widgets.CodeBox
	drawn   string
}

func newCheckStep(p *page) *checkStep {
	s := &checkStep{page: p, title: widgets.NewText("", widgets.SubTitle), pill: widgets.NewPill("", widgets.Neutral), when: widgets.NewText("", widgets.Caption), rows: widgets.VBox(0)}
	checks := widgets.NewBareCard(widgets.Pad(12, 16, 12, 16, widgets.Row(8, s.title, s.pill, widgets.Spacer(), s.when)), s.rows)
	s.name = widgets.NewEntry("Name of the model")
	s.name.OnChanged = func(text string) {
		if text != p.model.Draft.Name {
			p.model.Draft.Name = text
			p.changed()
		}
	}
	s.facts = widgets.VBox(0)
	recipe := widgets.NewCard(8, widgets.Row(8, widgets.NewText("Recipe", widgets.SubTitle), widgets.Spacer(), widgets.NewText("frozen at start", widgets.Caption)),
		widgets.NewFormField("Name of the model", s.name, ""), s.facts)
	s.command = widgets.NewCode("")
	copyButton := widgets.NewButton("Copy", func() { p.frame.Copy(p.model.Command()); p.frame.Toast("Command copied") }).Small().Icon(icons.Copy)
	command := widgets.NewCard(10, widgets.Row(8, widgets.NewText("The same as a command", widgets.Strong), widgets.Spacer(), copyButton), s.command)
	s.box = widgets.Columns(362, widgets.VBox(0, checks), widgets.VBox(theme.CardGap, recipe, command))
	return s
}

// reset shows the name of a draft that was replaced.
func (s *checkStep) reset() {
	if s.name.Text != s.page.model.Draft.Name {
		s.name.SetText(s.page.model.Draft.Name)
	}
}

func (s *checkStep) refresh() {
	m := s.page.model
	title, pill, tone, when := m.Summary()
	groups := m.Checks()
	key := fmt.Sprint(title, pill, when, groups, m.Draft, s.page.task.box.Visible())
	if key == s.drawn {
		return
	}
	s.drawn = key
	s.reset()
	s.title.SetText(title)
	s.pill.Set(pill, tone).Icon(tone.Icon())
	s.when.SetText(when)
	s.rows.Objects = nil
	first := true
	for _, g := range groups {
		s.rows.Add(widgets.NewSection(g.Title))
		for i, c := range g.Rows {
			if i > 0 {
				s.rows.Add(widgets.NewRule())
			}
			s.rows.Add(s.row(c, &first))
		}
	}
	d := m.Draft.Settings
	s.facts.Objects = nil
	for _, f := range [][2]string{
		{"Base", m.Draft.Base},
		{"Method", fmt.Sprintf("%s, rank %d, alpha %d", map[string]string{"lora": "LoRA", "rslora": "rsLoRA", "dora": "DoRA", "qlora": "QLoRA, 4 bits"}[d.Method], d.Rank, d.Alpha)},
		{"Learns by", map[string]string{"sft": "the rows as they are", "dpo": fmt.Sprintf("the better answer, beta %g", d.Beta)}[d.Objective]},
		{"Learning rate", fmt.Sprintf("%g, %s, %g\u00a0%% warm-up", d.LearningRate, d.Scheduler, d.WarmupShare*100)},
		{"Step", fmt.Sprintf("%s of at most %s tokens", plural(d.BatchSize*d.Accumulation, "row"), widgets.Count(int64(d.MaxLength)))},
		{"Passes", fmt.Sprint(d.Passes)},
		{"Seed", fmt.Sprint(d.Seed)},
	} {
		s.facts.Add(widgets.NewFact(f[0], f[1]))
	}
	s.command.SetText(m.Command())
}

// row is a check; the first licence that is missing has the main button.
func (s *checkStep) row(c Check, first *bool) fyne.CanvasObject {
	r := widgets.NewCheckRow(c.Subject)
	r.SetRich(c.State, rich(c.Text), c.Detail)
	if c.Fix != FixNone && c.Button != "" {
		b := widgets.NewButton(c.Button, func() { s.page.fix(c) }).Small()
		if c.State == widgets.Blocked && *first && c.Fix != FixAgain {
			b.Primary()
			*first = false
		}
		switch c.Fix {
		case FixBase, FixTrainer, FixMeasure:
			b.SetEnabled(!s.page.task.box.Visible(), oneTask)
		}
		r.SetAction(b)
	}
	return r
}

// rich turns **strong** into spans.
func rich(text string) []widgets.Span {
	var out []widgets.Span
	for i, part := range strings.Split(text, "**") {
		style := widgets.Body
		if i%2 == 1 {
			style = widgets.Strong
		}
		if part != "" {
			out = append(out, widgets.Span{Text: part, Style: style})
		}
	}
	return out
}
