package homescreen

import (
	"fmt"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// firstRun is the page until there is a model.
type firstRun struct {
	page *page
	root *fyne.Container

	intro   *widgets.Text
	above   *fyne.Container // a run that is on, and what needs the person
	cards   *fyne.Container
	card    trainParts
	found   *fyne.Container
	checked *widgets.Text
	drawn   map[string]string
}

// trainParts are the card with the main button.
type trainParts struct {
	cost         *fyne.Container
	what, detail *widgets.Wrapped
	stopped      *widgets.Note
	ask          *widgets.Note   // before the processor is taken instead of a card
	action       *fyne.Container // the button with its reason, or the meter
	train        *widgets.Button
	reason       *widgets.Wrapped
	meter        *widgets.ProgressRow
}

func newFirstRun(p *page) *firstRun {
	f := &firstRun{page: p, drawn: map[string]string{}}
	f.intro = widgets.NewText("", widgets.Label)
	f.above = widgets.VBox(theme.CardGap)
	f.above.Hide()
	f.cards = widgets.VBox(0)
	f.card.what = widgets.NewWrapped("", widgets.Strong)
	f.card.detail = widgets.NewWrapped("", widgets.Caption)
	f.card.cost = widgets.TopRow(14, widgets.Pad(2, 0, 0, 0, widgets.NewIcon(icons.Download, widgets.IconNav, theme.Primary)), widgets.Grow(widgets.VBox(0, f.card.what, f.card.detail)))
	f.card.train = widgets.NewButton("Train", p.train).Primary().Big().Icon(icons.Play).Key(nav.Hint(nav.KeyEnter))
	f.card.reason = widgets.NewWrapped("", widgets.Caption)
	f.card.meter = widgets.NewProgressRow(p.stopInstall)
	f.card.stopped = widgets.NewNote(widgets.Neutral, icons.Info, "")
	f.card.stopped.Hide()
	f.card.ask = widgets.NewNote(widgets.Caution, icons.Warning, "")
	f.card.ask.Hide()
	f.card.action = widgets.VBox(0)
	links := widgets.Flow(16, 4,
		widgets.NewLink("Use my own file…", p.ownFile).Icon(icons.File),
		widgets.NewLink("Browse DataNets", func() { p.frame.Go(nav.Route{Page: nav.PageDataNets}) }).Icon(icons.Datanet),
		widgets.NewText("or drop a file on the window", widgets.Caption))
	main := widgets.VBox(0,
		f.above,
		widgets.Pad(4, 0, 0, 0, widgets.NewText("Teach a small model one thing", widgets.Figure)),
		widgets.Pad(6, 0, 18, 0, f.intro),
		widgets.Pad(0, 0, 8, 0, widgets.NewText("1. What should it learn?", widgets.Strong)),
		f.cards,
		widgets.Pad(18, 0, 8, 0, widgets.NewText("2. Train it here", widgets.Strong)),
		widgets.NewCard(14, f.card.cost, f.card.ask, f.card.stopped, f.card.action),
		widgets.Pad(14, 0, 0, 0, links))
	f.found = widgets.VBox(0)
	f.checked = widgets.NewText("", widgets.Caption)
	side := widgets.VBox(0, widgets.NewCard(8, widgets.Row(8, widgets.NewText("This computer", widgets.SubTitle), widgets.Spacer(), f.checked), f.found))
	f.root = widgets.NewPage(widgets.Columns(400, main, side))
	return f
}

// note says something quiet over the main button; empty takes it away.
func (f *firstRun) note(text string) {
	f.card.stopped.Set(widgets.Neutral, icons.Info, text)
	setVisible(f.card.stopped, text != "")
}

// changed says whether what a part is drawn from is new.
func (f *firstRun) changed(part string, from ...any) bool {
	key := fmt.Sprint(from...)
	if old, ok := f.drawn[part]; ok && old == key {
		return false
	}
	f.drawn[part] = key
	return true
}

func (f *firstRun) refresh() {
	m := f.page.model
	layout := false
	f.intro.SetText(m.Intro())
	if samples := m.Samples(); f.changed("samples", samples, m.Chosen, m.Work()) {
		f.cards.Objects = []fyne.CanvasObject{f.radios(samples)}
		layout = true
	}
	what, detail := m.Cost()
	f.card.what.SetText(what)
	f.card.detail.SetText(detail)
	setVisible(f.card.cost, what != "")
	ask := m.Ask()
	f.card.ask.Set(widgets.Caution, icons.Warning, ask)
	setVisible(f.card.ask, ask != "")
	why := m.Blocked()
	if f.changed("action", what, detail, ask, why, m.MainText(), m.Work(), f.card.stopped.Visible(), f.card.stopped.Text()) {
		f.card.train.SetText(m.MainText())
		f.card.train.SetEnabled(why == "", why)
		f.card.reason.SetText(why)
		if m.Work() == Idle {
			f.card.action.Objects = []fyne.CanvasObject{widgets.Row(12, f.card.train, widgets.Grow(f.card.reason))}
		} else {
			f.card.action.Objects = []fyne.CanvasObject{f.card.meter}
		}
		layout = true
	}
	f.refreshProgress()
	if found := m.Computer(); f.changed("found", found, m.Checked()) {
		f.drawFound(found)
		layout = true
	}
	job, on := m.Job()
	if needs := m.Needs(); f.changed("above", on, job.Title, needs) {
		f.above.Objects = nil
		if on {
			f.above.Objects = append(f.above.Objects, widgets.NewCard(0, widgets.Row(12,
				widgets.NewText(job.Title, widgets.SubTitle), widgets.NewPill(job.Word, job.Tone), widgets.Spacer(),
				widgets.NewButton("Open", func() { f.page.open(OfRun, string(job.ID)) }).Small())))
		}
		if len(needs) > 0 {
			f.above.Objects = append(f.above.Objects, needsCard(f.page, needs))
		}
		f.above.Objects = append(f.above.Objects, widgets.Fixed(0, 8, widgets.Spacer()))
		setVisible(f.above, on || len(needs) > 0)
		layout = true
	}
	if layout {
		f.root.Refresh()
	}
}

// refreshProgress shows how far the installation is; it is called often.
func (f *firstRun) refreshProgress() {
	if f.page.model.Work() != Idle {
		f.card.meter.Set(f.page.model.Progress())
	}
}

func (f *firstRun) radios(samples []Sample) fyne.CanvasObject {
	m := f.page.model
	if len(samples) == 0 {
		return widgets.NewNote(widgets.Caution, icons.Warning, "There is no sample DataNet on this computer.")
	}
	cards := make([]widgets.RadioCard, len(samples))
	chosen := -1
	for i, s := range samples {
		cards[i] = widgets.RadioCard{
			Title: s.Title, Detail: s.Detail, Example: s.Example,
			More: widgets.NewLink("Look inside", func() { f.page.frame.Go(nav.Route{Page: nav.PageDataNet, Arg: string(s.Slug)}) }).Small(),
		}
		if s.Slug == m.Chosen {
			chosen = i
		}
	}
	return widgets.NewRadioCards(cards, chosen, func(i int) { f.choose(samples[i].Slug) })
}

// choose keeps the choice; the cards have marked it themselves.
func (f *firstRun) choose(s datasets.Slug) {
	m := f.page.model
	m.Chosen = s
	f.drawn["samples"] = fmt.Sprint(m.Samples(), m.Chosen, m.Work())
}

func (f *firstRun) drawFound(found []Found) {
	m := f.page.model
	f.found.Objects = nil
	for _, x := range found {
		row := widgets.NewStateRow(x.Subject)
		icon, ink := x.State.Mark()
		if x.Icon != "" {
			icon, ink = x.Icon, theme.Primary
		}
		row.Set(icon, ink, x.Value, x.Detail)
		if x.Mono {
			row.SetMono()
		}
		f.found.Objects = append(f.found.Objects, widgets.NewRule(), row)
	}
	f.checked.SetText("looking…")
	if m.Checked() {
		f.checked.SetText("checked " + m.checked.In(m.Now().Location()).Format("15:04"))
	}
}
