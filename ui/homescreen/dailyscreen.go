package homescreen

import (
	"fmt"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// daily is the page of a person who has trained before.
type daily struct {
	page *page
	root *fyne.Container

	job    *jobCard
	idle   *fyne.Container
	needs  *fyne.Container
	models *fyne.Container
	table  *widgets.DataTable
	all    *widgets.Link
	lines  []ModelLine
	today  *fyne.Container
	drawn  map[string]string
}

func newDaily(p *page) *daily {
	d := &daily{page: p, drawn: map[string]string{}}
	d.job = newJobCard(p)
	d.idle = widgets.NewCard(0, widgets.Row(12, widgets.Grow(widgets.VBox(0, widgets.NewText("No run is on", widgets.SubTitle),
		widgets.NewWrapped("Train a base on your data, or try another DataNet.", widgets.Caption))),
		widgets.NewButton("New run", p.newRun).Icon(icons.Plus),
		widgets.NewButton("Browse DataNets", func() { p.frame.Go(nav.Route{Page: nav.PageDataNets}) }).Icon(icons.Datanet)))
	d.needs = widgets.VBox(0)
	d.all = widgets.NewLink("All", func() { p.frame.Go(nav.Route{Page: nav.PageModels}) })
	line := func(i int) ModelLine { return d.lines[i] }
	d.table = widgets.NewDataTable(
		widgets.Column{ID: "name", Title: "Name", Min: 130, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Name, Style: widgets.Strong} }},
		widgets.Column{ID: "base", Title: "Base", Width: 164, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Base} }},
		widgets.Column{ID: "loss", Title: "Eval loss", Width: 70, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Loss} }},
		widgets.Column{ID: "finished", Title: "Finished", Width: 96, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: line(i).Finished} }},
		widgets.Column{ID: "state", Title: "State", Width: 130, New: func() fyne.CanvasObject { return widgets.NewPill("", widgets.Neutral) }, Update: func(i int, o fyne.CanvasObject) {
			pill := o.(*widgets.Pill).Set(line(i).State, line(i).Tone)
			if line(i).Tone == widgets.Good {
				pill.Icon(icons.Check)
			}
		}},
	).Rows(theme.SizeRowDense).Plain()
	d.table.OnOpen = func(i int) { p.open(OfModel, string(line(i).Digest)) }
	d.table.FindText = func(i int) string { return line(i).Name }
	d.models = widgets.NewBareCard(widgets.CardHead("Models", widgets.Spacer(), d.all), d.table)
	d.today = widgets.VBox(0)
	main := widgets.VBox(theme.CardGap, d.job.box, d.idle, d.needs, d.models)
	d.root = widgets.NewPage(widgets.ColumnsFrom(660, 344, main, d.today))
	return d
}

func (d *daily) changed(part string, from ...any) bool {
	key := fmt.Sprint(from...)
	if old, ok := d.drawn[part]; ok && old == key {
		return false
	}
	d.drawn[part] = key
	return true
}

func (d *daily) refresh() {
	m := d.page.model
	layout := false
	job, on := m.Job()
	if on {
		d.job.show(job)
	}
	if d.changed("job", on) {
		setVisible(d.job.box, on)
		setVisible(d.idle, !on)
		layout = true
	}
	if needs := m.Needs(); d.changed("needs", needs) {
		d.needs.Objects = nil
		if len(needs) > 0 {
			d.needs.Objects = []fyne.CanvasObject{needsCard(d.page, needs)}
		}
		setVisible(d.needs, len(needs) > 0)
		layout = true
	}
	lines, all := m.Models()
	if d.changed("models", lines, all) {
		d.lines = lines
		d.table.SetCount(len(lines))
		d.all.SetText("All " + widgets.Count(int64(all)))
		layout = true
	}
	if today := m.Today(); d.changed("today", today) {
		d.today.Objects = nil
		if len(today) > 0 {
			d.today.Objects = []fyne.CanvasObject{d.todayCard(today)}
		}
		setVisible(d.today, len(today) > 0)
		layout = true
	}
	if layout {
		d.root.Refresh()
	}
}

func (d *daily) todayCard(events []Event) fyne.CanvasObject {
	rows := widgets.VBox(0)
	for _, e := range events {
		row := widgets.Pad(6, 0, 6, 0, widgets.TopRow(12, widgets.Fixed(40, 0, widgets.NewText(e.Clock, widgets.Caption)), widgets.Grow(widgets.NewWrapped(e.Text, widgets.Body))))
		rows.Objects = append(rows.Objects, widgets.NewRule(),
			widgets.NewTappable(row, func() { d.page.open(e.Subject, e.Arg) }).Hovered(theme.Hover).Rounded(theme.RadiusControl))
	}
	return widgets.NewCard(8, widgets.NewText("Today", widgets.SubTitle), rows)
}

// jobCard is the running run.
type jobCard struct {
	box          *fyne.Container
	title, share *widgets.Text
	pill         *widgets.Pill
	bar          *widgets.Bar
	facts        *fyne.Container
	pause        *widgets.Button
	job          Job
}

func newJobCard(p *page) *jobCard {
	c := &jobCard{
		title: widgets.NewText("", widgets.SubTitle), share: widgets.NewText("", widgets.Strong.Right()), pill: widgets.NewPill("", widgets.Info),
		bar: widgets.NewBar(theme.Primary).Thick(8), facts: widgets.Flow(24, 2),
	}
	c.pause = widgets.NewButton("Pause", func() { p.pause(c.job.ID) }).Icon(icons.Pause).Small().Tip("Saves a checkpoint and frees the memory, " + nav.Hint(nav.KeyPause))
	open := widgets.NewButton("Open", func() { p.open(OfRun, string(c.job.ID)) }).Small()
	c.box = widgets.NewCard(12,
		widgets.Row(8, c.title, c.pill, widgets.Spacer(), c.pause, open),
		widgets.Row(12, widgets.Grow(c.bar), widgets.Fixed(40, 0, c.share)), c.facts)
	return c
}

func (c *jobCard) show(j Job) {
	layout := c.job.Title != j.Title || c.job.Word != j.Word || len(c.facts.Objects) != len(j.Facts)
	c.job = j
	c.title.SetText(j.Title)
	c.pill.Set(j.Word, j.Tone)
	c.share.SetText(widgets.Percent(j.Share))
	c.bar.SetValue(j.Share)
	c.pause.SetEnabled(j.CanPause, "There is nothing to save before the first step.")
	for len(c.facts.Objects) < len(j.Facts) {
		c.facts.Add(widgets.NewText("", widgets.Caption))
	}
	c.facts.Objects = c.facts.Objects[:len(j.Facts)]
	for i, f := range j.Facts {
		c.facts.Objects[i].(*widgets.Text).SetText(f)
	}
	c.facts.Refresh()
	if layout {
		c.box.Refresh()
	}
}

// needInk is the colour of an item's icon.
var needInk = map[widgets.Tone]fyne.ThemeColorName{widgets.Failed: theme.Bad, widgets.Caution: theme.Warn, widgets.Info: theme.Primary, widgets.Neutral: theme.Text2, widgets.Good: theme.Ok}

// needsCard lists what waits for the person. The other mouse button or Delete
// puts an item off.
func needsCard(p *page, needs []Need) fyne.CanvasObject {
	head := widgets.CardHead("Needs you", widgets.NewText(widgets.Count(int64(len(needs))), widgets.Caption), widgets.Spacer())
	parts := []fyne.CanvasObject{head}
	for _, n := range needs {
		icon := n.Tone.Icon()
		if n.Subject == OfLicence {
			icon = icons.Clock
		}
		act := widgets.NewButton(n.Action, func() {
			if n.Resume {
				p.resume(training.RunID(n.Arg))
				return
			}
			p.open(n.Subject, n.Arg)
		}).Small()
		body := widgets.CardRow(widgets.NewIcon(icon, widgets.IconNav, needInk[n.Tone]),
			widgets.Grow(widgets.VBox(0, widgets.NewWrapped(n.Title, widgets.Strong), widgets.NewWrapped(n.Detail, widgets.Caption))), act)
		var row *widgets.Tappable
		row = widgets.NewTappable(body, func() { p.open(n.Subject, n.Arg) }).Hovered(theme.Hover).Other(func() {
			widgets.OpenMenu(row, []widgets.MenuItem{
				{Text: "Put off for a day", Icon: icons.Clock, Do: func() { p.putOff(n, p.model.Now().Add(24*time.Hour)) }},
				{Text: "Put off for good", Icon: icons.Close, Do: func() { p.putOff(n, Forever) }},
			})
		})
		parts = append(parts, widgets.NewRule(), row)
	}
	return widgets.NewBareCard(parts...)
}
