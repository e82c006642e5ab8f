package recipescreen

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// dataStep is the second step: the mix, one pass of it, and a row as the model
// sees it.
type dataStep struct {
	page    *page
	box     *fyne.Container
	bar     *widgets.StackBar
	sources *fyne.Container
	rows    []*sourceRow
	empty   *fyne.Container
	passes  *widgets.Text
	totals  *fyne.Container
	failure *fyne.Container
	seen    seenCard
}

// seenCard is "What the model sees".
type seenCard struct {
	source         *widgets.Select
	slugs          []datasets.Slug
	about          *widgets.Text
	row            *fyne.Container
	why            *widgets.Wrapped
	install        *widgets.Button
	note           *widgets.Note
	previous, next *widgets.Button
	drawn          string
}

const (
	learnsAnswers = "The template is the base's own. The model learns only what is marked: answers and their end mark."
	learnsChoice  = "The template is the base's own. The model learns to say what is marked as chosen rather than what is marked as rejected."
)

func newDataStep(p *page) *dataStep {
	s := &dataStep{page: p, bar: widgets.NewStackBar(12, 2), sources: widgets.VBox(0), passes: widgets.NewText("", widgets.Caption), totals: widgets.VBox(0), failure: widgets.VBox(0)}
	add := widgets.NewButton("Add data", s.addData).Small().Icon(icons.Plus)
	s.empty = widgets.NewEmptyState(icons.Datanet, "No data yet", "Take a DataNet, or a file of your own: JSONL or CSV. You see each row as the model reads it.",
		widgets.Row(8, widgets.NewButton("Add data", s.addData).Primary(), widgets.NewButton("Import file…", s.pickFile)))
	mix := widgets.NewBareCard(
		widgets.Pad(12, 16, 12, 16, widgets.VBox(10,
			widgets.Row(8, widgets.NewText("Mix", widgets.SubTitle), widgets.Grow(widgets.NewText("share of the rows drawn in a pass", widgets.Caption).Elide()), add), s.bar)),
		s.sources, s.empty)
	pass := widgets.NewCard(6, widgets.Row(8, widgets.NewText("One pass", widgets.SubTitle), widgets.Spacer(), s.passes), s.failure, s.totals)
	s.box = widgets.NewPair(0.458, 900, widgets.VBox(theme.CardGap, mix, pass), s.newSeen())
	return s
}

func (s *dataStep) newSeen() fyne.CanvasObject {
	c := &s.seen
	c.source = widgets.NewSelect([]string{"no data"}, func(i int) {
		if i < len(c.slugs) {
			s.page.model.Show(c.slugs[i])
			s.page.refresh()
			s.page.work()
		}
	})
	c.previous = widgets.NewIconButton(icons.ChevronLeft, "Previous row, Left", func() { s.walk(-1) }).Small()
	c.next = widgets.NewIconButton(icons.ChevronRight, "Next row, Right", func() { s.walk(1) }).Small()
	c.about = widgets.NewText("", widgets.Caption)
	c.row = widgets.VBox(4)
	c.why = widgets.NewWrapped("", widgets.Label)
	c.install = widgets.NewButton("Install trainer", s.page.installTrainer).Icon(icons.Download)
	c.note = widgets.NewNote(widgets.Neutral, icons.Check, learnsAnswers)
	return widgets.NewCard(10, widgets.Row(8, widgets.NewText("What the model sees", widgets.SubTitle), widgets.Spacer(), c.source, c.previous, c.next),
		c.about, c.row, c.why, widgets.Row(0, c.install, widgets.Spacer()), c.note)
}

func (s *dataStep) walk(by int) {
	s.page.model.Walk(by)
	s.page.refresh()
	s.page.work()
}

func (s *dataStep) refresh() {
	m := s.page.model
	lines := m.MixLines()
	s.refreshRows(lines)
	var parts []widgets.StackPart
	for i, l := range lines {
		parts = append(parts, widgets.StackPart{Value: float64(l.Weight), Color: theme.SourceColor(i)})
	}
	s.bar.Set(parts, Whole, -1)
	setVisible(s.bar, len(lines) > 0)
	setVisible(s.empty, len(lines) == 0 && !s.page.loading)
	totals, passes := m.Totals()
	s.passes.SetText(passes)
	s.totals.Objects = nil
	for _, t := range totals {
		s.totals.Add(widgets.NewFact(t.Label, t.Value))
	}
	if len(totals) == 0 {
		if m.CheckError() == nil {
			s.totals.Add(widgets.NewWrapped(m.WaitsFor(), widgets.Label))
		}
	}
	s.failure.Objects = nil
	if err := m.CheckError(); err != nil {
		s.failure.Objects = []fyne.CanvasObject{widgets.NewNote(widgets.Failed, icons.Error, notice.Line(err))}
	}
	s.refreshSeen()
}

func (s *dataStep) refreshRows(lines []MixLine) {
	// Rows are made anew when the sources change, else only brought up to date:
	// a slider keeps the pointer and a field the keyboard.
	key := ""
	for _, l := range lines {
		key += l.Title + l.Version + "|"
	}
	if len(s.rows) != len(lines) || s.seenKey() != key {
		s.rows, s.sources.Objects = nil, nil
		for i := range lines {
			r := newSourceRow(s.page, i)
			s.rows = append(s.rows, r)
			s.sources.Add(r.box)
		}
	}
	for i, l := range lines {
		s.rows[i].key = l.Title + l.Version + "|"
		s.rows[i].set(l)
	}
}

func (s *dataStep) seenKey() string {
	key := ""
	for _, r := range s.rows {
		key += r.key
	}
	return key
}

func (s *dataStep) refreshSeen() {
	m, c := s.page.model, &s.seen
	var names []string
	c.slugs = nil
	selected := 0
	for i, src := range m.Draft.Mix {
		c.slugs = append(c.slugs, src.Ref.Net)
		names = append(names, m.title(src.Ref.Net))
		if src.Ref.Net == m.Shown() {
			selected = i
		}
	}
	setVisible(c.source, len(names) > 0)
	if len(names) > 0 {
		c.source.SetOptions(names)
		c.source.SetSelected(selected)
	}
	texts, about, ok, why := m.Seen()
	c.about.SetText(about)
	setVisible(c.about, ok)
	c.why.SetText(why)
	setVisible(c.why, !ok)
	setVisible(c.install, !m.TrainerReady() && m.known.report && len(names) > 0)
	c.install.SetEnabled(!s.page.task.box.Visible(), "It is being installed.")
	c.install.SetText("Install trainer, " + widgets.Bytes(m.report.Install.Download))
	setVisible(c.note, ok)
	c.previous.SetEnabled(ok && m.preview.at > 0, "This is the first row.")
	c.next.SetEnabled(ok, "")
	if key := fmt.Sprint(ok, texts); key != c.drawn {
		c.drawn = key
		c.row.Objects = nil
		note := learnsAnswers
		for _, t := range texts {
			if t.Title != "" {
				c.row.Add(widgets.NewText(t.Title, widgets.Strong))
				note = learnsChoice
			}
			c.row.Add(widgets.NewSeenRow(t.Parts))
		}
		c.note.Set(widgets.Neutral, icons.Check, note)
	}
}

// sourceRow is a source of the mix.
type sourceRow struct {
	page           *page
	index          int
	key            string
	box            *fyne.Container
	title, version *widgets.Text
	pill           *widgets.Pill
	lock           *widgets.Button
	slider         *widgets.MixSlider
	entry          *widgets.Entry
	rows, drawn    *widgets.Text
	wrong          *widgets.Wrapped
	setting        bool
}

func newSourceRow(p *page, i int) *sourceRow {
	color := theme.SourceColor(i)
	r := &sourceRow{
		page: p, index: i, title: widgets.NewText("", widgets.Strong), version: widgets.NewText("", widgets.Caption), pill: widgets.NewPill("", widgets.Neutral),
		entry: widgets.NewEntry("").Width(64), rows: widgets.NewText("", widgets.Caption), drawn: widgets.NewText("", widgets.Caption.Right()), wrong: widgets.NewWrapped("", widgets.Caption.In(theme.Warn)),
	}
	r.slider = widgets.NewMixSlider(color, func(share float64) {
		p.model.Draft.Mix.Set(i, int(math.Round(share*Whole)))
		p.changed()
	})
	r.entry.OnChanged = r.typed
	r.lock = widgets.NewIconButton(icons.Unlock, "Keep this share while others move", func() {
		p.model.Draft.Mix[i].Locked = !p.model.Draft.Mix[i].Locked
		p.changed()
	}).Small().Ghost()
	remove := widgets.NewIconButton(icons.Close, "Take it out of the mix", func() { p.model.Draft.Mix = p.model.Draft.Mix.Remove(i); p.changed() }).Small().Ghost()
	head := widgets.Row(8, widgets.NewSwatch(color), r.title, r.version, r.pill, widgets.Spacer(), r.lock, remove)
	r.box = widgets.VBox(0, widgets.NewRule(), widgets.Pad(8, 16, 10, 16, widgets.VBox(2, head,
		widgets.Row(12, widgets.Grow(r.slider), r.entry), widgets.Row(8, r.rows, widgets.Spacer(), r.drawn), r.wrong)))
	return r
}

// typed takes a typed share over: "70", "70 %", "12.5%".
func (r *sourceRow) typed(text string) {
	if r.setting {
		return
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(strings.ReplaceAll(text, "\u00a0", " ")), "%")), 64)
	if err != nil || v <= 0 || v > 100 || math.IsNaN(v) {
		r.entry.SetBad(true)
		return
	}
	r.entry.SetBad(false)
	r.page.model.Draft.Mix.Set(r.index, int(math.Round(v*percent)))
	r.page.changed()
}

// short cuts a title that would push the pill out of its row.
func short(title string) string {
	const most = 30
	if runes := []rune(title); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return title
}

func (r *sourceRow) set(l MixLine) {
	r.title.SetText(short(l.Title))
	r.version.SetText(l.Version)
	r.pill.Set(l.Pill, l.Tone)
	if l.Private {
		r.pill.Icon(icons.Lock)
	}
	setVisible(r.pill, l.Pill != "")
	share := float64(l.Weight) / Whole
	r.slider.SetValue(share)
	text := strings.TrimSuffix(strconv.FormatFloat(share*100, 'f', 1, 64), ".0") + "\u00a0%"
	c := fyne.CurrentApp().Driver().CanvasForObject(r.entry)
	typing := c != nil && c.Focused() == fyne.Focusable(r.entry)
	if r.entry.Text != text && !typing {
		r.setting = true
		r.entry.SetText(text)
		r.entry.SetBad(false)
		r.setting = false
	}
	r.lock.SetIcon(icons.Unlock)
	if l.Locked {
		r.lock.SetIcon(icons.Lock)
	}
	setVisible(r.lock, l.CanMove || l.Locked)
	r.rows.SetText(l.Rows)
	r.drawn.SetText(l.Drawn)
	r.wrong.SetText(l.Error)
	setVisible(r.wrong, l.Error != "")
}

// addData lets the person take DataNets, or import a file.
func (s *dataStep) addData() {
	p := s.page
	nets := p.model.Addable()
	var shut func()
	table := widgets.NewDataTable(
		widgets.Column{ID: "name", Title: "Name", Min: 220, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: nets[i].Title, Sub: nets[i].Summary, Style: widgets.Strong}
		}},
		widgets.Column{ID: "rows", Title: "Rows", Width: 60, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: widgets.Count(int64(nets[i].Newest().Rows))}
		}},
		widgets.Column{
			ID: "yours", Title: "Yours", Width: 130, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.Pill).Set(p.model.StandingPill(nets[i])) },
		},
	).Rows(theme.SizeRowTwo).Scrolls(6)
	table.SetCount(len(nets))
	table.FindText = func(i int) string { return nets[i].Title }
	add := widgets.NewButton("Add", nil).Primary()
	take := func(i int) {
		if i < 0 || i >= len(nets) {
			return
		}
		shut()
		p.model.AddNet(nets[i].Slug)
		p.changed()
	}
	add.SetTapped(func() { take(table.Selected()) })
	add.SetEnabled(false, "Choose a DataNet.")
	table.OnSelect = func(int) { add.SetEnabled(true, "") }
	table.OnOpen = take
	cancel := widgets.NewButton("Cancel", func() { shut() })
	file := widgets.NewButton("Import file…", func() { shut(); s.pickFile() }).Icon(icons.Download)
	var body fyne.CanvasObject = table
	var first fyne.Focusable = table
	if len(nets) == 0 {
		body = widgets.NewWrapped("Every DataNet of this computer is in the mix already. Import a file to add your own rows.", widgets.Body)
		first = cancel
	}
	shut = p.frame.Open(nav.Dialog{Width: 640, First: first, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12, widgets.NewText("Add data", widgets.Title), body,
		widgets.Row(8, file, widgets.Spacer(), cancel, add)))})
}

func (s *dataStep) pickFile() {
	s.page.frame.PickFile("A file of rows", []string{".jsonl", ".json", ".csv", ".tsv", ".txt"}, func(path string) {
		if path != "" {
			s.page.importFile(path)
		}
	})
}
