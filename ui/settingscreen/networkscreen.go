package settingscreen

import (
	"context"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

func (p *page) networks() []fyne.CanvasObject {
	m := p.model
	rows := []fyne.CanvasObject{widgets.CardHead("Networks", widgets.Spacer(), widgets.NewButton("Add a network…", p.openAdd).Small().Icon(icons.Plus))}
	for _, n := range m.Networks() {
		words := widgets.VBox(0, widgets.NewText(n.Title, widgets.Strong), widgets.NewWrapped(n.Detail, widgets.Caption))
		var right fyne.CanvasObject
		if n.Chosen {
			state, text, detail := m.Reach()
			icon, ink := state.Mark()
			if detail != "" {
				words.Add(widgets.NewWrapped("Newest block "+detail, widgets.Caption))
				if state == widgets.Blocked {
					words.Objects[len(words.Objects)-1].(*widgets.Wrapped).SetText(detail)
				}
			}
			right = widgets.Row(6, widgets.NewIcon(icon, widgets.IconRow, ink), widgets.NewText(text, widgets.Caption), widgets.Fixed(4, 0, widgets.Spacer()), widgets.NewPill("in use", widgets.Info))
		} else {
			right = widgets.NewButton("Use", func() { p.useNetwork(n) }).Small()
		}
		rows = append(rows, widgets.NewRule(), widgets.CardRow(widgets.Grow(words), right))
	}
	return []fyne.CanvasObject{
		widgets.NewBareCard(rows...),
		widgets.NewNote(widgets.Neutral, icons.Info, "Licences and registered models belong to the network they were made on. Test and real money never share a screen."),
	}
}

func (p *page) useNetwork(n NetworkLine) {
	p.setProblem(nil, "")
	task.Run(p.runner, func(ctx context.Context) (State, error) {
		if err := p.svc.UseNetwork(ctx, n.Name); err != nil {
			return State{}, err
		}
		return Read(ctx, p.svc)
	}, func(s State, err error) {
		if err != nil {
			p.setProblem(err, "The network in use is as before.")
			return
		}
		p.model.Apply(s)
		p.model.asked = false
		p.draw()
		p.measure()
	})
}

// addDialog asks for a network, tries it, and keeps it.
type addDialog struct {
	page   *page
	fields map[string]*widgets.FormField
	input  map[string]*widgets.Entry
	found  *fyne.Container
	probe  *widgets.Button
	add    *widgets.Button
	cancel *widgets.Button
	tried  *chain.Profile // answered, and typed as it was then
	busy   bool
	shut   func()
}

func (p *page) openAdd() {
	d := &addDialog{page: p, fields: map[string]*widgets.FormField{}, input: map[string]*widgets.Entry{}, found: widgets.VBox(0)}
	field := func(id, label, placeholder, help string) fyne.CanvasObject {
		e := widgets.NewEntry(placeholder)
		e.OnChanged = func(string) { d.changed() }
		d.input[id] = e
		d.fields[id] = widgets.NewFormField(label, e, help)
		return d.fields[id]
	}
	d.probe = widgets.NewButton("Probe", d.try).Icon(icons.Refresh)
	d.add = widgets.NewButton("Add", d.keep).Primary().Icon(icons.Plus)
	d.cancel = widgets.NewButton("Cancel", func() { d.shut() })
	content := widgets.Pad(20, 24, 20, 24, widgets.VBox(12,
		widgets.NewText("Add a network", widgets.Title),
		widgets.Split(0.5, field("name", "Name", "my-chain", ""), field("coin", "Coin", "OPEN", "")),
		field("url", "RPC address", "https://…", "https, or http for a node on this computer."),
		field("chain", "Chain id", "1612", "As the network's operator names it. It is compared with what the node says, never taken from it."),
		widgets.NewText("Registry, where one is known", widgets.Strong),
		field("models", "Models", "0x…", ""), field("datanets", "DataNets", "0x…", ""), field("licences", "Licences", "0x…", ""),
		widgets.Fixed(0, 64, d.found),
		widgets.Row(8, d.probe, widgets.Spacer(), d.cancel, d.add)))
	d.changed()
	d.shut = p.frame.Open(nav.Dialog{Content: content, Width: 560, First: d.input["name"], Stay: true})
}

// typed is what the fields hold.
func (d *addDialog) typed() NewNetwork {
	in := func(id string) string { return d.input[id].Text }
	return NewNetwork{Name: in("name"), URL: in("url"), ChainID: in("chain"), Coin: in("coin"), Models: in("models"), DataNets: in("datanets"), Licences: in("licences")}
}

// changed forgets what a probe found: it was about another address.
func (d *addDialog) changed() {
	d.tried = nil
	for _, f := range d.fields {
		f.SetError("")
	}
	d.say(widgets.NewNote(widgets.Neutral, icons.Info, "Probe asks the node once: whether it is the chain you named, and how far it is."))
	d.add.SetEnabled(false, "Probe it first.")
}

func (d *addDialog) say(o fyne.CanvasObject) {
	d.found.Objects = []fyne.CanvasObject{o}
	d.found.Refresh()
}

func (d *addDialog) try() {
	if d.busy {
		return
	}
	p, wrong := d.typed().Profile()
	if wrong != nil {
		field := wrong.Field
		if field == "registry" {
			field = "licences"
		}
		d.fields[field].SetError(wrong.Text)
		return
	}
	d.busy = true
	d.say(widgets.NewNote(widgets.Neutral, icons.Clock, "Asking "+host(p.URL)+"…"))
	type answer struct {
		profile chain.Profile
		status  chain.Status
	}
	typed := d.typed()
	task.Run(d.page.runner, func(ctx context.Context) (answer, error) {
		profile, status, err := d.page.svc.Probe(ctx, p)
		return answer{profile, status}, err
	}, func(a answer, err error) {
		d.busy = false
		if typed != d.typed() {
			return // something else was typed meanwhile
		}
		if err != nil {
			d.say(widgets.NewNote(widgets.Failed, icons.Error, notice.Line(err)))
			return
		}
		d.tried = &a.profile
		d.add.SetEnabled(true, "")
		d.say(widgets.NewNote(widgets.Good, icons.Check, Found(a.profile, a.status)))
	})
}

func (d *addDialog) keep() {
	if d.tried == nil || d.busy {
		return
	}
	d.busy = true
	profile := *d.tried
	task.Run(d.page.runner, func(ctx context.Context) (State, error) {
		if err := d.page.svc.AddNetwork(ctx, profile); err != nil {
			return State{}, err
		}
		return Read(ctx, d.page.svc)
	}, func(s State, err error) {
		d.busy = false
		if err != nil {
			d.say(widgets.NewNote(widgets.Failed, icons.Error, notice.Line(err)))
			return
		}
		d.shut()
		d.page.model.Apply(s)
		d.page.draw()
		d.page.frame.Toast(profile.Title + " added")
	})
}
