package datanetscreen

import (
	"context"
	"errors"
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// The tabs of a DataNet.
const (
	tabOverview = iota
	tabRows
	tabPeople
	tabVersions
)

// detailPage is one DataNet.
type detailPage struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	detail *Detail
	ref    datasets.Ref
	from   int
	tab    int
	stop   func() // of the follower
	cancel func() // of the verification

	root    *fyne.Container
	problem *fyne.Container
	verdict *fyne.Container
	meter   *widgets.ProgressRow
	main    *fyne.Container
	side    *fyne.Container
	tabs    *widgets.Tabs
}

var (
	_ nav.Page    = (*detailPage)(nil)
	_ nav.Presser = (*detailPage)(nil)
)

func newDetailPage(f nav.Frame, svc Services, runner task.Runner, now func() time.Time) *detailPage {
	p := &detailPage{frame: f, svc: svc, runner: runner, detail: NewDetail(now), problem: widgets.VBox(0), verdict: widgets.VBox(0)}
	p.meter = widgets.NewProgressRow(func() {
		if p.cancel != nil {
			p.cancel()
		}
	})
	p.tabs = widgets.NewTabs(p.detail.Tabs(), func(i int) { p.tab = i; p.draw() })
	p.main = widgets.VBox(theme.CardGap)
	p.side = widgets.VBox(theme.CardGap)
	p.problem.Hide()
	p.root = widgets.NewPage(widgets.VBox(theme.CardGap, p.problem, widgets.ColumnsFrom(540, 348, widgets.VBox(theme.CardGap, p.verdict, p.main), p.side)))
	p.root.Hide()
	return p
}

// Object implements nav.Page.
func (p *detailPage) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *detailPage) Heading() nav.Heading {
	h := nav.Heading{Path: []nav.Crumb{{Text: "DataNets", Route: nav.Route{Page: nav.PageDataNets}}}, Title: string(p.ref.Net)}
	if !p.detail.Ready() {
		return h
	}
	n := p.detail.Reading().Net
	h.Title = Title(n)
	if n.Damaged != "" {
		return h
	}
	_, buying, _ := p.detail.Buy()
	verify := widgets.NewButton("Verify", p.verify).Icon(icons.Award).Key(nav.Hint(nav.KeyAgain)).Tip("Recomputes every row of this version and compares it with the chain")
	verify.SetEnabled(!p.detail.Working(), "It is under way.")
	use := widgets.NewButton("Use in a run", p.use).Icon(icons.Run)
	if !buying {
		use.Primary()
	}
	h.Actions = []fyne.CanvasObject{verify, use}
	return h
}

// Shown implements nav.Page. arg is slug or slug@version.
func (p *detailPage) Shown(arg string) {
	p.Hidden()
	ref, err := datasets.ParseRef(arg)
	if err != nil {
		p.ref = datasets.Ref{Net: datasets.Slug(arg)}
		p.show(Reading{}, err)
		return
	}
	if ref != p.ref {
		p.endVerify()
		p.ref, p.from, p.tab = ref, 0, tabOverview
		p.detail = NewDetail(p.detail.Now)
		p.tabs.SetSelected(tabOverview)
		p.root.Hide()
	}
	p.read()
}

// read follows the net: its licence may change while the page stands.
func (p *detailPage) read() {
	p.Hidden()
	p.stop = task.Follow(p.runner, task.Source{Every: 15 * time.Second}, NetReader(p.svc, p.ref, p.from), p.show)
}

// Hidden implements nav.Page.
func (p *detailPage) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// Press implements nav.Presser.
func (p *detailPage) Press(id nav.KeyID) bool {
	switch id {
	case nav.KeyAgain:
		p.verify()
	case nav.KeyLeft:
		p.turn(-1)
	case nav.KeyRight:
		p.turn(1)
	default:
		return false
	}
	return true
}

func (p *detailPage) show(r Reading, err error) {
	p.setProblem(err, "Nothing was changed.")
	p.root.Show()
	// What is drawn anew loses the keyboard: only when something changed. A net
	// with a damaged row is shown as far as it was read, so that it can be verified.
	if known := err == nil || r.Version.Number > 0; known && !p.detail.Apply(r) {
		p.root.Refresh()
		return
	}
	p.draw()
	p.frame.Changed(p)
}

func (p *detailPage) setProblem(err error, kept string) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept))}
	}
	setVisible(p.problem, err != nil)
}

// use starts a new run with this net.
func (p *detailPage) use() {
	p.frame.Go(nav.Route{Page: nav.PageNewRun, Arg: "net=" + string(p.ref.Net)})
}

// turn shows the rows before or after.
func (p *detailPage) turn(by int) {
	if _, before, after := p.detail.Page(); p.tab != tabRows || by < 0 && !before || by > 0 && !after {
		return
	}
	p.from = max(p.from+by*pageRows, 0)
	p.read()
}

// verify recomputes the version.
func (p *detailPage) verify() {
	d := p.detail
	if !d.Ready() || d.Working() || d.Reading().Net.Damaged != "" {
		return
	}
	d.Begin()
	ref := d.Ref()
	text := fmt.Sprintf("Recomputing the rows of version %d", ref.Version)
	p.meter.Set(text, -1, "")
	report := task.Progress(p.runner, func(done, total int64) {
		share := -1.0
		if total > 0 {
			share = min(float64(done)/float64(total), 0.99)
		}
		p.meter.Set(text, share, "")
	})
	p.cancel = task.Run(p.runner, func(ctx context.Context) (Report, error) { return p.svc.Verify(ctx, ref, report) }, func(r Report, err error) {
		if d != p.detail {
			return // another net is shown
		}
		p.cancel = nil
		if err != nil {
			d.End(nil)
			if !errors.Is(err, context.Canceled) {
				p.setProblem(err, "The files are as they were.")
			}
		} else {
			p.setProblem(nil, "")
			d.End(&r)
		}
		p.draw()
		p.frame.Changed(p)
	})
	p.draw()
	p.frame.Changed(p)
}

func (p *detailPage) endVerify() {
	if p.cancel != nil {
		p.cancel()
		p.cancel = nil
	}
}

// draw builds the page anew from the detail; it changes only when something
// was read or chosen.
func (p *detailPage) draw() {
	d := p.detail
	p.main.Objects, p.side.Objects, p.verdict.Objects = nil, nil, nil
	if d.Ready() {
		n := d.Reading().Net
		if n.Damaged != "" {
			p.main.Objects = []fyne.CanvasObject{widgets.NewErrorCard(widgets.Failure{
				Title: Title(n) + " cannot be read.", What: sentence(n.Damaged), Next: "Fetch it again, or bring its folder back from a copy.",
			})}
		} else {
			p.drawVerdict()
			p.drawMain()
			p.side.Objects = []fyne.CanvasObject{p.licenceCard(), p.versionsCard(), p.originNote()}
		}
	}
	setVisible(p.verdict, len(p.verdict.Objects) > 0)
	setVisible(p.side, len(p.side.Objects) > 0)
	p.root.Refresh()
}

func (p *detailPage) drawVerdict() {
	d := p.detail
	if d.Working() {
		p.verdict.Objects = []fyne.CanvasObject{widgets.NewCard(0, p.meter)}
		return
	}
	tone, text := d.Verdict()
	if text == "" {
		return
	}
	p.verdict.Objects = []fyne.CanvasObject{widgets.NewNote(tone, "", text)}
	if diffs := d.Report().Differences; len(diffs) > 0 {
		digest := func(of func(datasets.Difference) string) func(int) widgets.Cell {
			return func(i int) widgets.Cell { return widgets.Cell{Text: shortDigest(of(diffs[i])), Style: widgets.Code} }
		}
		t := widgets.NewDataTable(
			widgets.Column{ID: "file", Title: "What differs", Min: 180, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: diffs[i].File, Style: widgets.Strong} }},
			widgets.Column{ID: "want", Title: "Published", Width: 200, Cell: digest(func(x datasets.Difference) string { return x.Want })},
			widgets.Column{ID: "got", Title: "On this computer", Width: 200, Cell: digest(func(x datasets.Difference) string { return x.Got })},
		).Rows(theme.SizeRowDense)
		if len(diffs) > 8 {
			t.Scrolls(8)
		}
		t.SetCount(len(diffs))
		p.verdict.Objects = append(p.verdict.Objects, widgets.Fixed(0, theme.CardGap, widgets.Spacer()), t)
	}
}

// shortDigest shortens what is a digest and leaves words alone.
func shortDigest(s string) string {
	if len(s) == 64 {
		return s[:10] + "…" + s[54:]
	}
	return s
}

func (p *detailPage) drawMain() {
	d := p.detail
	facts := widgets.Flow(36, 8)
	for _, f := range d.Facts() {
		s := widgets.NewStat(f.Label)
		s.Set(f.Value, "")
		facts.Add(s)
	}
	p.tabs.SetLabels(d.Tabs())
	p.main.Objects = []fyne.CanvasObject{facts, p.tabs}
	add := func(o ...fyne.CanvasObject) { p.main.Objects = append(p.main.Objects, o...) }
	r := d.Reading()
	switch p.tab {
	case tabOverview:
		if s := Summary(r.Net); s != "" {
			add(widgets.NewWrapped(s, widgets.Body))
		}
		for _, row := range r.Samples {
			add(rowCard(d, row))
		}
		add(p.peopleCard(6))
	case tabRows:
		p.drawRows(add)
	case tabPeople:
		add(p.peopleCard(0))
	case tabVersions:
		add(p.versionsTable())
	}
}

func (p *detailPage) drawRows(add func(...fyne.CanvasObject)) {
	d := p.detail
	r := d.Reading()
	if note := d.RowsNote(); note != "" {
		add(widgets.NewNote(widgets.Neutral, icons.Lock, note))
		for _, row := range r.Samples {
			add(rowCard(d, row))
		}
		return
	}
	text, before, after := d.Page()
	earlier := widgets.NewButton("Earlier", func() { p.turn(-1) }).Small().Icon(icons.ChevronLeft)
	later := widgets.NewButton("Later", func() { p.turn(1) }).Small().Icon(icons.ChevronRight)
	earlier.SetEnabled(before, "These are the first rows.")
	later.SetEnabled(after, "These are the last rows.")
	add(widgets.Row(8, widgets.NewText(text, widgets.Caption), widgets.Spacer(), earlier, later))
	for _, row := range r.Rows {
		add(rowCard(d, row))
	}
}

// peopleCard lists the contributors, at most most of them (0: all).
func (p *detailPage) peopleCard(most int) fyne.CanvasObject {
	people := p.detail.People()
	rest := 0
	if most > 0 && len(people) > most {
		rest = len(people) - most
		people = people[:most]
	}
	t := widgets.NewDataTable(
		widgets.Column{ID: "who", Title: "Contributor", Min: 160, New: func() fyne.CanvasObject {
			return widgets.Row(6, widgets.NewHashChip("").Bare(), widgets.NewText("", widgets.Body))
		}, Update: func(i int, o fyne.CanvasObject) {
			c := o.(*fyne.Container)
			name := people[i].Name
			if name != "" {
				name = "· " + name
			}
			chip := c.Objects[0].(*widgets.HashChip)
			chip.SetValue(string(people[i].Address))
			if people[i].Address == datasets.ZeroAddress { // own rows that no account has taken
				chip.Hide()
				name = "you"
			} else {
				chip.Show()
			}
			c.Objects[1].(*widgets.Text).SetText(name)
			c.Refresh()
		}},
		widgets.Column{ID: "rows", Title: "Rows", Width: 70, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: widgets.Count(int64(people[i].Rows))} }},
		widgets.Column{ID: "share", Title: "Share of rows", Width: 100, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: widgets.Number(people[i].Share*100, 1) + "\u00a0%"}
		}},
		widgets.Column{
			ID: "bar", Title: "", Width: 170, New: func() fyne.CanvasObject { return widgets.NewBar(theme.Primary) },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.Bar).SetValue(people[i].Share) },
		},
	).Rows(theme.SizeRowDense).Plain()
	t.SetCount(len(people))
	head := widgets.CardHead("Contributors", widgets.Spacer(), widgets.NewText(fmt.Sprintf("rows of version %d", p.detail.Reading().Net.Newest().Number), widgets.Caption))
	parts := []fyne.CanvasObject{head, t}
	if rest > 0 {
		parts = append(parts, widgets.NewRule(), widgets.CardRow(widgets.NewLink(plural(rest, "more"), func() { p.tabs.SetSelected(tabPeople); p.tab = tabPeople; p.draw() })))
	}
	return widgets.NewBareCard(parts...)
}

func (p *detailPage) licenceCard() fyne.CanvasObject {
	d := p.detail
	r := d.Reading()
	pill := widgets.NewPill("", widgets.Neutral)
	showYours(pill, r.Net, d.Now())
	body := widgets.VBox(8, widgets.Row(8, widgets.NewText(d.LicenceTitle(), widgets.SubTitle), widgets.Spacer(), pill))
	if figure, beside := d.Price(); figure != "" {
		body.Add(widgets.Row(8, widgets.NewText(figure, widgets.Figure), widgets.Grow(widgets.NewWrapped(beside, widgets.Label))))
	} else if beside != "" {
		body.Add(widgets.NewWrapped(beside, widgets.Label))
	}
	terms := widgets.VBox(4)
	for _, t := range d.Terms() {
		terms.Add(widgets.NewMarkLine(t.Tone, t.Icon, t.Text))
	}
	body.Add(terms)
	if text := d.Revenue(); text != "" {
		body.Add(widgets.NewNote(widgets.Neutral, icons.People, text))
	}
	if text, main, why := d.Buy(); text != "" {
		b := widgets.NewButton(text, p.buy).Icon(icons.Key)
		b.SetPrimary(main)
		b.SetEnabled(why == "", why)
		body.Add(widgets.Pad(4, 0, 0, 0, widgets.Row(8, b, widgets.Spacer())))
		if why != "" {
			var line fyne.CanvasObject = widgets.NewWrapped(why, widgets.Caption)
			if !r.Wallet {
				line = widgets.Flow(6, 2, widgets.NewText(why, widgets.Caption), widgets.NewLink("Make a wallet", func() { p.frame.Go(nav.Route{Page: nav.PageWallet}) }).Small())
			}
			body.Add(line)
		}
	}
	return widgets.NewCard(0, body)
}

func (p *detailPage) buy() {
	p.frame.Go(nav.Route{Page: nav.PageReview, Arg: "licence=" + string(p.ref.Net)})
}

// versionsCard is the short list at the side.
func (p *detailPage) versionsCard() fyne.CanvasObject {
	head := widgets.CardHead("Versions", widgets.Spacer(), widgets.NewText("a version never changes", widgets.Caption))
	return widgets.NewBareCard(head, p.versions(false))
}

func (p *detailPage) versionsTable() fyne.CanvasObject { return p.versions(true) }

func (p *detailPage) versions(wide bool) *widgets.DataTable {
	d := p.detail
	all := d.Reading().Net.Versions
	at := func(i int) datasets.Version { return all[len(all)-1-i] } // newest first
	chip := func(id, title string, of func(datasets.Version) datasets.Digest) widgets.Column {
		return widgets.Column{
			ID: id, Title: title, Width: 86, Align: fyne.TextAlignTrailing, New: func() fyne.CanvasObject { return widgets.NewHashChip("").Quiet() },
			Update: func(i int, o fyne.CanvasObject) { o.(*widgets.HashChip).SetValue(string(of(at(i)))) },
		}
	}
	columns := []widgets.Column{
		{ID: "version", Title: "Version", Width: 46, Cell: func(i int) widgets.Cell {
			return widgets.Cell{Text: fmt.Sprintf("v%d", at(i).Number), Style: widgets.Strong}
		}},
		{ID: "published", Title: "Published", Min: 80, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell {
			if at(i).Published.IsZero() {
				return widgets.Cell{Text: "–"}
			}
			return widgets.Cell{Text: at(i).Published.In(d.Now().Location()).Format("2 Jan 2006")}
		}},
		{ID: "rows", Title: "Rows", Width: 44, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: widgets.Count(int64(at(i).Rows))} }},
	}
	if wide {
		columns = append(columns, widgets.Column{ID: "size", Title: "Size", Width: 80, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: widgets.Bytes(at(i).Bytes)} }})
	}
	columns = append(columns, chip("root", "Root", func(v datasets.Version) datasets.Digest { return v.Root }))
	if wide {
		columns = append(columns, chip("digest", "Digest", func(v datasets.Version) datasets.Digest { return v.Digest }))
	}
	t := widgets.NewDataTable(columns...).Rows(theme.SizeRowDense)
	if !wide {
		t.Plain()
	}
	t.SetCount(len(all))
	t.OnOpen = func(i int) {
		p.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: datasets.Ref{Net: p.ref.Net, Version: at(i).Number}.String()})
	}
	return t
}

// originNote says who owns the net and where it is registered.
func (p *detailPage) originNote() fyne.CanvasObject {
	n := p.detail.Reading().Net
	if n.Private {
		return widgets.NewNote(widgets.Neutral, icons.Lock, "Not registered on a chain. It is described in Croissant 1.1, as every version here.")
	}
	parts := []widgets.Span{{Text: "Owner ", Style: widgets.Quiet}, {Text: widgets.Short(string(n.Owner)), Style: widgets.CodeQuiet}}
	if c := n.Chain; c != nil {
		parts = append(parts, widgets.Span{Text: fmt.Sprintf(" · DataNet %d of chain %d, contract ", c.ID, c.ChainID), Style: widgets.Quiet}, widgets.Span{Text: widgets.Short(c.Contract), Style: widgets.CodeQuiet})
	} else {
		parts = append(parts, widgets.Span{Text: " · not registered on a chain", Style: widgets.Quiet})
	}
	parts = append(parts, widgets.Span{Text: " · Croissant 1.1 description", Style: widgets.Quiet})
	return widgets.NewNoteRich(widgets.Neutral, icons.Award, parts...)
}
