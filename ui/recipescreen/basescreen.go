package recipescreen

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// baseStep is the first step: the table of bases, the need of the chosen one,
// presets and all settings.
type baseStep struct {
	page     *page
	box      *fyne.Container
	search   *widgets.Entry
	families *widgets.Select
	known    []string
	only     *widgets.Check
	table    *widgets.DataTable
	lines    []BaseLine
	none     *fyne.Container
	add      *widgets.Button

	name, about  *widgets.Text
	revision     *widgets.HashChip
	revisionRow  *fyne.Container
	need, range_ *widgets.Text
	free         *widgets.Text
	bar          *widgets.StackBar
	parts        *fyne.Container
	note         *widgets.Note
	fetch        *widgets.Button

	presets *widgets.RadioGroup
	fold    *widgets.Button
	count   *widgets.Text
	form    *fyne.Container
	fields  []*fieldRow
}

func newBaseStep(p *page) *baseStep {
	s := &baseStep{page: p}
	s.search = widgets.NewSearch("Find a base").Width(176)
	s.search.OnChanged = func(text string) { f := p.model.Filter(); f.Text = text; s.filter(f) }
	s.families = widgets.NewSelect([]string{"All families"}, func(i int) {
		f := p.model.Filter()
		f.Family = ""
		if i > 0 {
			f.Family = s.known[i-1]
		}
		s.filter(f)
	})
	s.only = widgets.NewCheck("Only what fits", func(on bool) { f := p.model.Filter(); f.OnlyFits = on; s.filter(f) })
	s.add = widgets.NewButton("Add from folder or hub…", s.askBase).Icon(icons.Plus)
	tools := widgets.Row(8, s.search, s.families, s.only, widgets.Spacer(), s.add)
	s.table = s.newTable()
	s.none = widgets.Pad(12, 0, 0, 0, widgets.NewEmptyState(icons.Model, "No base matches", "Clear the search and the filters to see all of them.",
		widgets.NewButton("Clear the filters", s.clear)))
	main := widgets.VBox(theme.CardGap, tools, widgets.Grow(widgets.Layers(s.table, s.none)))
	side := widgets.VBox(theme.CardGap, s.newNeed(), s.newSettings())
	s.box = widgets.ColumnsFrom(640, 336, main, side)
	return s
}

func (s *baseStep) filter(f BaseFilter) {
	s.page.model.SetFilter(f)
	s.page.refresh()
}

func (s *baseStep) clear() {
	s.search.SetText("")
	s.families.SetSelected(0)
	s.only.SetChecked(false)
	s.filter(BaseFilter{})
}

func (s *baseStep) newTable() *widgets.DataTable {
	t := widgets.NewDataTable(
		widgets.Column{ID: "base", Title: "Base", Min: 200, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: s.lines[i].Base.Name, Sub: s.lines[i].About, Style: widgets.Strong}
		}},
		widgets.Column{ID: "download", Title: "Download", Width: 76, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell {
			c := widgets.Cell{Text: s.lines[i].Download}
			if s.lines[i].Installed {
				c.Style = widgets.Body.In(theme.Ok)
			}
			return c
		}},
		widgets.Column{ID: "need", Title: "Needs", Width: 66, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: s.lines[i].Need} }},
		widgets.Column{ID: "fit", Title: "Fits", Width: 240, New: func() fyne.CanvasObject {
			return widgets.Grow(widgets.Row(8, widgets.NewFitBar(96), widgets.NewText("", widgets.Body)))
		}, Update: func(i int, o fyne.CanvasObject) {
			row := o.(*fyne.Container).Objects[0].(*fyne.Container)
			l := s.lines[i]
			row.Objects[0].(*widgets.FitBar).Set(l.Bar, l.Mark, fyne.ThemeColorName(l.BarColor))
			row.Objects[1].(*widgets.Text).Set(l.Share, widgets.Body.In(fyne.ThemeColorName(l.Ink)))
			row.Refresh()
		}},
	).Rows(theme.SizeRowTwo).Scrolls(8)
	t.OnSelect = func(i int) { s.page.model.Choose(s.lines[i].Base.Name); s.page.changed() }
	t.OnOpen = func(int) { s.page.next() }
	t.FindText = func(i int) string { return s.lines[i].Base.Name }
	return t
}

func (s *baseStep) newNeed() fyne.CanvasObject {
	s.name, s.about = widgets.NewText("", widgets.SubTitle).Elide(), widgets.NewText("", widgets.Caption).Elide()
	s.revision = widgets.NewHashChip("")
	s.revisionRow = widgets.Row(4, widgets.NewText("revision", widgets.Caption), s.revision)
	s.need, s.range_, s.free = widgets.NewText("", widgets.Strong), widgets.NewText("", widgets.Caption), widgets.NewText("", widgets.Caption)
	s.bar = widgets.NewStackBar(14, 0)
	s.parts = widgets.VBox(4)
	s.note = widgets.NewNote(widgets.Neutral, icons.Info, "")
	s.fetch = widgets.NewButton("Download", s.page.fetchBase).Icon(icons.Download)
	return widgets.NewCard(8, widgets.VBox(0, s.name, s.about, s.revisionRow),
		widgets.Row(6, widgets.NewText("Needs", widgets.Body), s.need, s.range_, widgets.Spacer(), s.free), s.bar, s.parts, s.note, s.fetch)
}

func (s *baseStep) newSettings() fyne.CanvasObject {
	items, selected := s.page.model.Presets()
	s.presets = widgets.NewRadioGroup(items, selected, func(i int) {
		s.page.model.ChoosePreset(i)
		s.reset()
		s.page.changed()
	})
	s.count = widgets.NewText("", widgets.Caption)
	s.form = widgets.VBox(10)
	s.form.Hide()
	s.fold = widgets.NewButton(fmt.Sprintf("All %d settings", len(training.Fields())), func() {
		setVisible(s.form, !s.form.Visible())
		s.page.refresh()
	}).Small().Ghost().Icon(icons.ChevronRight)
	for _, l := range s.page.model.Fields() {
		row := newFieldRow(s.page, l.Field)
		s.fields = append(s.fields, row)
		s.form.Add(row.box)
	}
	return widgets.NewCard(10, widgets.NewText("How thorough", widgets.Strong), s.presets, widgets.NewRule(), widgets.Row(8, s.fold, widgets.Spacer(), s.count), s.form)
}

// reset brings the controls in line with a draft that was replaced.
func (s *baseStep) reset() {
	_, selected := s.page.model.Presets()
	s.presets.SetSelected(selected)
	for i, l := range s.page.model.Fields() {
		s.fields[i].set(l)
	}
}

func (s *baseStep) refresh() {
	m := s.page.model
	if families := m.Families(); strings.Join(families, "|") != strings.Join(s.known, "|") {
		s.known = families
		s.families.SetOptions(append([]string{"All families"}, families...))
	}
	s.lines = m.Lines()
	s.table.SetTitle("fit", m.FreeText())
	s.table.SetCount(len(s.lines))
	s.table.Select(-1)
	for i, l := range s.lines {
		if l.Base.Name == m.Draft.Base {
			s.table.Select(i)
		}
	}
	empty := len(s.lines) == 0 && !s.page.loading
	setVisible(s.table, !empty)
	setVisible(s.none, empty)
	s.refreshNeed()
	s.count.SetText(m.ChangedText())
	s.fold.SetIcon(icons.ChevronRight)
	if s.form.Visible() {
		s.fold.SetIcon(icons.ChevronDown)
		for i, l := range m.Fields() {
			s.fields[i].mark(l)
		}
	}
}

func (s *baseStep) refreshNeed() {
	m := s.page.model
	free := !s.page.task.box.Visible()
	s.add.SetEnabled(free, oneTask)
	s.fetch.SetEnabled(free, oneTask)
	b, ok := m.Base()
	if !ok {
		s.name.SetText("No base is chosen")
		return
	}
	e, parts := m.Need()
	s.name.SetText(b.Name)
	about := []string{b.Family, LicenceName(b.Licence)}
	if b.Config.Context > 0 {
		about = append(about, "reads "+widgets.Count(b.Config.Context)+" tokens")
	}
	s.about.SetText(strings.Join(about, " · "))
	s.revision.SetValue(b.Revision)
	setVisible(s.revisionRow, b.Revision != "")
	s.need.SetText(widgets.Bytes(e.Expected))
	s.range_.SetText("(" + figure(e.Low) + "–" + figure(e.High) + ")")
	d := m.Device()
	s.free.SetText("")
	if d.Free > 0 {
		s.free.SetText(figure(d.Free) + " of " + widgets.Bytes(d.Memory) + " free")
	}
	colors := []fyne.ThemeColorName{theme.Series1, theme.Series3, theme.Series2, theme.Series4, theme.Series6}
	var stack []widgets.StackPart
	s.parts.Objects = nil
	for i, part := range parts {
		c := colors[i%len(colors)]
		stack = append(stack, widgets.StackPart{Value: float64(part.Bytes), Color: c})
		s.parts.Add(widgets.Row(8, widgets.NewSwatch(c), widgets.NewText(part.Name, widgets.Body), widgets.Spacer(), widgets.NewText(part.Text, widgets.Body)))
	}
	mark := float64(d.Free)
	if d.Free <= 0 {
		mark = -1
	}
	s.bar.Set(stack, max(float64(d.Memory), float64(e.Expected)), mark)
	tone, text := m.NeedNote()
	if b.Note != "" {
		text = b.Note + " " + text
	}
	s.note.Set(tone, tone.Icon(), text)
	setVisible(s.fetch, !b.Installed && (b.Name != sampleBase || m.TrainerReady()))
	s.fetch.SetText("Download, " + widgets.Bytes(b.Download))
}

// fieldRow is a setting in the form: its words, its control, and what is wrong.
type fieldRow struct {
	page   *page
	field  training.Field
	box    *fyne.Container
	entry  *widgets.Entry
	choice *widgets.Select
	reset  *widgets.Link
	wrong  *widgets.Wrapped
}

func newFieldRow(p *page, f training.Field) *fieldRow {
	r := &fieldRow{page: p, field: f, wrong: widgets.NewWrapped("", widgets.Caption.In(theme.Bad))}
	r.wrong.Hide()
	var control fyne.CanvasObject
	if f.Kind == training.FieldChoice {
		r.choice = widgets.NewSelect(f.Options, func(i int) { r.typed(f.Options[i]) }).Small()
		control = r.choice
	} else {
		r.entry = widgets.NewEntry(f.Default).Width(104)
		r.entry.OnChanged = r.typed
		control = r.entry
	}
	r.reset = widgets.NewLink("reset", func() {
		p.model.ResetField(f.Key)
		for _, l := range p.model.Fields() {
			if l.Field.Key == f.Key {
				r.set(l)
			}
		}
		p.changed()
	}).Small().Tip("Back to the preset's value")
	label := f.Label
	if f.Unit != "" {
		label += ", " + f.Unit
	}
	head := widgets.Row(8, widgets.Tip(widgets.NewText(label, widgets.Label), f.HelpText()), widgets.Spacer(), r.reset, control)
	r.box = widgets.VBox(2, head, r.wrong)
	return r
}

// typed takes what was typed over when it is allowed, else says what is.
func (r *fieldRow) typed(text string) {
	err := r.page.model.SetField(r.field.Key, text)
	if r.entry != nil {
		r.entry.SetBad(err != nil)
	}
	r.wrong.SetText("")
	if err != nil {
		r.wrong.SetText(notice.Line(err))
	}
	setVisible(r.wrong, err != nil)
	r.page.changed()
}

// set shows a value that did not come from typing.
func (r *fieldRow) set(l FieldLine) {
	if r.choice != nil {
		for i, o := range r.field.Options {
			if o == l.Value {
				r.choice.SetSelected(i)
			}
		}
	} else if r.entry.Text != l.Value {
		changed := r.entry.OnChanged
		r.entry.OnChanged = nil
		r.entry.SetText(l.Value)
		r.entry.SetBad(false)
		r.entry.OnChanged = changed
	}
	r.wrong.Hide()
	r.mark(l)
}

func (r *fieldRow) mark(l FieldLine) {
	setVisible(r.reset, l.Changed)
	for i, why := range l.Closed {
		r.choice.SetClosed(i, why)
	}
}

// askBase asks for a folder, a GGUF file or a hub name.
func (s *baseStep) askBase() {
	p := s.page
	path := widgets.NewEntry("Folder, GGUF file, or owner/model")
	name := widgets.NewEntry("As it is called there")
	licence := widgets.NewEntry("Apache-2.0")
	field := widgets.NewFormField("Where it is", path, "A folder with safetensors, a GGUF file, or a name on the hub. Licence, size and space are checked before a byte is fetched.")
	var shut func()
	cancel := widgets.NewButton("Cancel", func() { shut() })
	add := widgets.NewButton("Add base", func() {
		where := strings.TrimSpace(path.Text)
		if where == "" {
			field.SetError("Say where it is.")
			return
		}
		shut()
		b := NewBase{Name: strings.TrimSpace(name.Text), Licence: strings.TrimSpace(licence.Text)}
		if strings.Count(where, "/") == 1 && !strings.HasPrefix(where, "/") && !strings.HasPrefix(where, ".") && !strings.HasSuffix(where, ".gguf") {
			b.Repo = where
		} else {
			b.Path = where
		}
		p.addBase(b)
	}).Primary()
	folder := widgets.NewButton("Folder…", func() { p.frame.PickFolder("A base in safetensors", func(got string) { setText(path, got) }) }).Icon(icons.Folder)
	file := widgets.NewButton("GGUF…", func() { p.frame.PickFile("A base as GGUF", []string{".gguf"}, func(got string) { setText(path, got) }) }).Icon(icons.File)
	shut = p.frame.Open(nav.Dialog{Width: 520, First: path, Content: widgets.Pad(20, 20, 20, 20, widgets.VBox(12,
		widgets.NewText("Add a base", widgets.Title), field, widgets.Row(8, folder, file),
		widgets.NewFormField("Name", name, ""), widgets.NewFormField("Licence", licence, "As its author gives it; it is written into the model's card."),
		widgets.Row(8, widgets.Spacer(), cancel, add)))})
}

func setText(e *widgets.Entry, text string) {
	if text != "" {
		e.SetText(text)
	}
}
