package settingscreen

import (
	"context"
	"errors"
	"slices"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Screen is the settings page for the frame. runner is task.Live in the
// program. The route's Arg may name a part: "general", "storage", "trainer",
// "networks", "wallet".
func Screen(svc Services, runner task.Runner) nav.Screen {
	return nav.Screen{Page: nav.PageSettings, New: func(f nav.Frame) nav.Page { return newPage(f, svc, runner) }}
}

// parts are the tabs, in order.
var parts = []string{"general", "storage", "trainer", "networks", "wallet"}

// The tabs.
const (
	partGeneral = iota
	partStorage
	partTrainer
	partNetworks
	partWallet
)

// width of the settings: longer lines are hard to read across.
const width = 960

// page is the settings. Each part is built anew when it is chosen or when what
// it shows changed; nothing here changes often.
type page struct {
	frame  nav.Frame
	svc    Services
	runner task.Runner
	model  *Model
	part   int
	stop   func()
	cancel func() // of the installation

	root    *fyne.Container
	problem *fyne.Container
	tabs    *widgets.Tabs
	body    *fyne.Container
	meter   *widgets.ProgressRow
	looks   func() // shows the looks as they are
}

var (
	_ nav.Page    = (*page)(nil)
	_ nav.Presser = (*page)(nil)
	_ nav.Styled  = (*page)(nil)
)

func newPage(f nav.Frame, svc Services, runner task.Runner) *page {
	p := &page{frame: f, svc: svc, runner: runner, model: &Model{}, problem: widgets.VBox(0), body: widgets.VBox(theme.CardGap)}
	p.meter = widgets.NewProgressRow(func() {
		if p.cancel != nil {
			p.cancel()
		}
	})
	p.tabs = widgets.NewTabs([]string{"General", "Storage", "Trainer", "Networks", "Wallet"}, p.choose)
	p.problem.Hide()
	p.root = widgets.NewPage(widgets.AtMost(width, widgets.VBox(theme.CardGap, p.tabs, p.problem, p.body)))
	return p
}

// Object implements nav.Page.
func (p *page) Object() fyne.CanvasObject { return p.root }

// Heading implements nav.Page.
func (p *page) Heading() nav.Heading { return nav.Heading{Title: "Settings"} }

// Shown implements nav.Page.
func (p *page) Shown(arg string) {
	p.Hidden()
	if i := slices.Index(parts, arg); i >= 0 {
		p.part = i
		p.tabs.SetSelected(i)
	}
	p.stop = task.Follow(p.runner, task.Source{Every: 10 * time.Second}, func(ctx context.Context) (State, error) { return Read(ctx, p.svc) }, func(s State, err error) {
		if err != nil {
			p.setProblem(err, "Nothing was changed.")
			return
		}
		// What is drawn anew loses the keyboard: only when something changed.
		if p.model.Apply(s) && (p.part == partNetworks || p.part == partWallet) {
			p.draw()
		}
	})
	p.draw()
	p.measure()
}

// Hidden implements nav.Page.
func (p *page) Hidden() {
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
}

// Press implements nav.Presser.
func (p *page) Press(id nav.KeyID) bool {
	if id != nav.KeyAgain {
		return false
	}
	p.measure()
	return true
}

func (p *page) choose(i int) {
	p.part = i
	p.setProblem(nil, "")
	p.draw()
	p.measure()
}

// measure reads what takes longer, for the part that is shown.
func (p *page) measure() {
	m := p.model
	switch p.part {
	case partStorage:
		task.Run(p.runner, p.svc.Storage, func(s Storage, err error) {
			if err != nil {
				p.setProblem(err, "Nothing was changed.")
				return
			}
			m.ApplyStorage(s)
			p.draw()
		})
	case partTrainer:
		task.Run(p.runner, func(ctx context.Context) (local.Report, error) { return p.svc.Doctor(ctx), nil }, func(r local.Report, err error) {
			if err == nil {
				m.ApplyReport(r)
				p.draw()
			}
		})
	case partNetworks:
		task.Run(p.runner, p.svc.ChainStatus, func(s chain.Status, err error) {
			m.ApplyStatus(s, err)
			p.draw()
		})
	}
}

func (p *page) setProblem(err error, kept string) {
	p.problem.Objects = nil
	if err != nil {
		p.problem.Objects = []fyne.CanvasObject{widgets.NewErrorCard(notice.Explain(err, kept))}
	}
	setVisible(p.problem, err != nil)
	p.root.Refresh()
}

// draw builds the part that is chosen.
func (p *page) draw() {
	switch p.part {
	case partGeneral:
		p.body.Objects = p.general()
	case partStorage:
		p.body.Objects = p.storage()
	case partTrainer:
		p.body.Objects = p.trainer()
	case partNetworks:
		p.body.Objects = p.networks()
	case partWallet:
		p.body.Objects = p.wallet()
	}
	p.root.Refresh()
}

// setting is a row of a card: what, help below, and its control at the right.
func setting(title, help string, control fyne.CanvasObject) fyne.CanvasObject {
	words := widgets.VBox(0, widgets.NewText(title, widgets.Body))
	if help != "" {
		words.Add(widgets.NewWrapped(help, widgets.Caption))
	}
	return widgets.CardRow(widgets.Grow(words), control)
}

func (p *page) general() []fyne.CanvasObject {
	look, ok := p.frame.(nav.Appearance)
	if !ok {
		return nil
	}
	modes := []string{"system", "light", "dark"}
	theme3 := widgets.NewSegmented([]string{"As the system", "Light", "Dark"}, func(i int) {
		_, percent := look.Look()
		look.SetLook(modes[i], percent)
	})
	var sizes []string
	for _, s := range TextSizes {
		sizes = append(sizes, widgets.Percent(float64(s)/100))
	}
	size := widgets.NewSelect(sizes, func(i int) {
		mode, _ := look.Look()
		look.SetLook(mode, TextSizes[i])
	})
	p.looks = func() {
		mode, percent := look.Look()
		theme3.SetSelected(max(slices.Index(modes, mode), 0))
		size.SetSelected(TextSize(percent))
	}
	p.looks()
	return []fyne.CanvasObject{widgets.NewBareCard(
		widgets.CardHead("Looks"), widgets.NewRule(),
		setting("Theme", "", theme3), widgets.NewRule(),
		setting("Text size", "Everything grows with it. "+nav.Hint(nav.KeyBigger)+" and "+nav.Hint(nav.KeySmaller)+" change it too.", widgets.Fixed(110, 0, size)))}
}

// Restyled implements nav.Styled: a key changed the looks.
func (p *page) Restyled() {
	if p.looks != nil {
		p.looks()
	}
}

func (p *page) storage() []fyne.CanvasObject {
	m := p.model
	folders := m.Folders()
	t := widgets.NewDataTable(
		widgets.Column{ID: "what", Title: "What", Width: 150, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: folders[i].Title, Style: widgets.Strong} }},
		widgets.Column{ID: "where", Title: "Where", Cell: func(i int) widgets.Cell { return widgets.Cell{Text: folders[i].Path, Style: widgets.CodeQuiet} }},
		widgets.Column{ID: "size", Title: "Size", Width: 90, Align: fyne.TextAlignTrailing, Cell: func(i int) widgets.Cell { return widgets.Cell{Text: widgets.Bytes(folders[i].Bytes)} }},
		widgets.Column{
			ID: "open", Title: "", Width: 40, New: func() fyne.CanvasObject {
				return widgets.NewIconButton(icons.External, "Show the folder", nil).Small().Ghost()
			},
			Update: func(i int, o fyne.CanvasObject) {
				o.(*widgets.Button).SetTapped(func() { p.openFolder(folders[i].Path) })
			},
		},
	).Plain()
	t.SetCount(len(folders))
	t.OnOpen = func(i int) { p.openFolder(folders[i].Path) }
	return []fyne.CanvasObject{
		widgets.NewBareCard(widgets.CardHead("Storage", widgets.Spacer(), widgets.NewText(m.StorageText(), widgets.Caption)), t),
		widgets.NewNote(widgets.Neutral, icons.Folder, "To move everything to another place, quit, move the folder, and start with --home and its new place."),
	}
}

func (p *page) openFolder(path string) {
	if err := p.frame.OpenPath(path); err != nil {
		p.setProblem(err, "")
	}
}

func (p *page) trainer() []fyne.CanvasObject {
	m := p.model
	mark := func(l Line) fyne.CanvasObject {
		icon, ink := l.State.Mark()
		row := widgets.NewStateRow(l.Subject)
		row.Set(icon, ink, l.Value, l.Detail)
		return row
	}
	card := widgets.VBox(0, widgets.Pad(0, 0, 8, 0, widgets.NewText("Trainer", widgets.SubTitle)), widgets.NewRule(), mark(m.Trainer()))
	for _, d := range m.Devices() {
		card.Add(widgets.NewRule())
		card.Add(mark(d))
	}
	if l := m.Packages(); l.Value != "" {
		card.Add(widgets.NewRule())
		card.Add(mark(l))
	}
	switch text := m.InstallButton(); {
	case m.Working():
		p.meter.Set(m.Progress())
		card.Add(widgets.Pad(12, 0, 0, 0, p.meter))
	case text != "":
		// What is ready is read anew; what is not is made anew anyway.
		b := widgets.NewButton(text, func() { p.install(local.InstallOptions{Check: !m.RepairNeeded()}) }).Icon(icons.Download)
		b.SetPrimary(m.RepairNeeded())
		folder := widgets.NewButton("From a folder of wheels…", p.installWheels).Icon(icons.Folder)
		help := "Reads every file of the trainer, fetches what is missing, and tests it on this computer. The old one stays until the new one has passed."
		card.Add(widgets.Pad(12, 0, 0, 0, widgets.Flow(12, 8, b, folder)))
		card.Add(widgets.Pad(6, 0, 0, 0, widgets.NewWrapped(help, widgets.Caption)))
	}
	out := []fyne.CanvasObject{}
	if ask := m.Ask(); ask != "" {
		out = append(out, widgets.NewCard(10, widgets.NewNote(widgets.Caution, icons.Warning, ask), widgets.Row(0, widgets.NewButton("Use the processor", p.useProcessor).Small(), widgets.Spacer())))
	}
	out = append(out, widgets.NewCard(0, card))
	if others := m.OtherSets(); len(others) > 0 && !m.Working() {
		rows := []fyne.CanvasObject{widgets.CardHead("Other packages")}
		for _, o := range others {
			rows = append(rows, widgets.NewRule(), setting(o.Name, o.Text, widgets.NewButton("Install", func() { p.install(local.InstallOptions{Set: o.Name}) }).Small()))
		}
		out = append(out, widgets.NewBareCard(rows...))
	}
	if findings := m.Findings(); len(findings) > 0 {
		rows := []fyne.CanvasObject{widgets.CardHead("What was found", widgets.Spacer(), widgets.NewLink("Look again", p.measure).Small())}
		for _, f := range findings {
			icon, ink := f.State.Mark()
			words := widgets.VBox(0, widgets.NewWrapped(f.Value, widgets.Body))
			if f.Detail != "" {
				words.Add(widgets.NewWrapped(f.Detail, widgets.Caption))
			}
			rows = append(rows, widgets.NewRule(), widgets.Pad(10, theme.CardPadding, 10, theme.CardPadding,
				widgets.TopRow(12, widgets.Pad(3, 0, 0, 0, widgets.NewIcon(icon, widgets.IconRow, ink)), widgets.Grow(words))))
		}
		out = append(out, widgets.NewBareCard(rows...))
	}
	return out
}

// installWheels installs from a folder, without a network.
func (p *page) installWheels() {
	p.frame.PickFolder("The folder with the wheels", func(path string) {
		if path != "" {
			p.install(local.InstallOptions{Wheels: path, Check: !p.model.RepairNeeded()})
		}
	})
}

// useProcessor agrees to train on the processor although there is a card.
func (p *page) useProcessor() {
	task.Do(p.runner, p.svc.UseProcessor, func(err error) {
		p.setProblem(err, "Nothing was changed.")
		p.measure()
	})
}

// install makes the trainer whole. It goes on when another part or page is
// looked at.
func (p *page) install(opt local.InstallOptions) {
	m := p.model
	if m.Working() {
		return
	}
	m.SetWorking(true)
	p.setProblem(nil, "")
	report := task.Progress(p.runner, func(int64, int64) { p.meter.Set(m.Progress()) })
	p.cancel = task.Do(p.runner, func(ctx context.Context) error {
		return p.svc.Install(ctx, opt, func(ip local.InstallProgress) {
			m.Meter().Set(ip)
			report(ip.Done, ip.Total)
		})
	}, func(err error) {
		m.SetWorking(false)
		switch {
		case errors.Is(err, context.Canceled):
			p.frame.Toast("Stopped. What was fetched stays")
		case err != nil:
			p.setProblem(err, "What was fetched stays: the next try goes on from there.")
		default:
			p.frame.Toast("The trainer is ready")
		}
		p.draw()
		if p.part == partTrainer {
			p.measure()
		}
	})
	p.draw()
}

func (p *page) wallet() []fyne.CanvasObject {
	m := p.model
	if !m.Ready() {
		return nil
	}
	lock := widgets.NewSelect(LockWords, func(i int) {
		task.Do(p.runner, func(ctx context.Context) error { return p.svc.SetAutoLock(ctx, LockTimes[i]) }, func(err error) {
			if err != nil {
				p.setProblem(err, "The wallet locks as before.")
			}
		})
	})
	lock.SetSelected(m.Lock())
	help := "An unused wallet forgets its keys. " + nav.Hint(nav.KeyLock) + " locks it at once."
	card := widgets.NewBareCard(widgets.CardHead("Wallet"), widgets.NewRule(), setting("Locks itself", help, widgets.Fixed(230, 0, lock)))
	out := []fyne.CanvasObject{card}
	if !m.Wallet() {
		out = append(out, widgets.NewNote(widgets.Neutral, icons.Wallet, "There is no wallet yet. This holds from when there is one."))
	}
	if p.frame.Has(nav.PageWallet) {
		out = append(out, widgets.Row(0, widgets.NewLink("Open the wallet", func() { p.frame.Go(nav.Route{Page: nav.PageWallet}) }).Icon(icons.Wallet), widgets.Spacer()))
	}
	return out
}

func setVisible(o fyne.CanvasObject, on bool) {
	if o.Visible() == on {
		return
	}
	if on {
		o.Show()
	} else {
		o.Hide()
	}
}
