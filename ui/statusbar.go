package ui

import (
	"fmt"
	"reflect"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

const footHeight float32 = 28

// statusbar is the line at the foot of the window. Every part is a button.
type statusbar struct {
	object  *fyne.Container
	open    func(nav.Route)
	status  Status
	network statusNetwork
	wallet  statusWallet
	job     statusJob
	memory  *widgets.Text
	unread  *widgets.Text
	badge   *fyne.Container
	parts   []*fyne.Container // those that can be hidden: wallet, job, memory
	row     *fyne.Container
	width   float32
	shown   bool // status was set at least once
}

type statusNetwork struct {
	dot  *widgets.Fill
	text *widgets.Text
	tap  *widgets.Tappable
}

type statusWallet struct {
	icon      *widgets.Icon
	name, sum *widgets.Text
	address   *widgets.Text
	tap       *widgets.Tappable
	row       *fyne.Container
}

type statusJob struct {
	text, left *widgets.Text
	bar        *widgets.Bar
	barBox     *fyne.Container
	dot        fyne.CanvasObject
	tap        *widgets.Tappable
}

func newStatusbar(open func(nav.Route), notices func()) *statusbar {
	s := &statusbar{open: open}
	small := widgets.Small

	s.network.dot = widgets.NewFill(theme.Border, 4)
	s.network.text = widgets.NewText("Starting", widgets.Caption)
	s.network.tap = s.part(widgets.Row(6, widgets.Fixed(8, 8, s.network.dot), s.network.text), func() { open(nav.Route{Page: nav.PageSettings, Arg: "networks"}) })

	s.wallet.icon = widgets.NewIcon(icons.Wallet, widgets.IconRow, theme.Text2)
	s.wallet.name = widgets.NewText("No wallet yet", widgets.Caption)
	s.wallet.address = widgets.NewText("", widgets.CodeQuiet)
	s.wallet.sum = widgets.NewText("", small.Semi())
	s.wallet.row = widgets.Row(6, s.wallet.icon, s.wallet.name, s.wallet.address, s.wallet.sum)
	s.wallet.tap = s.part(s.wallet.row, func() { open(nav.Route{Page: nav.PageWallet}) })

	s.job.dot = widgets.NewDot(theme.Primary, 8)
	s.job.text, s.job.left = widgets.NewText("", small), widgets.NewText("", small)
	s.job.bar = widgets.NewBar(theme.Primary)
	s.job.barBox = widgets.Fixed(72, 6, s.job.bar)
	s.job.tap = s.part(widgets.Row(6, s.job.dot, s.job.text, s.job.barBox, s.job.left), s.openJob)

	s.memory = widgets.NewText("", widgets.Caption)
	memory := s.part(widgets.Row(6, widgets.NewIcon(icons.Chip, widgets.IconRow, theme.Text2), s.memory), func() { open(nav.Route{Page: nav.PageRuns}) }).Tip("Memory in use, of what there is")

	s.unread = widgets.NewText("", widgets.Style{Size: theme.SizeTick, Bold: true, Color: theme.OnPrimary, Align: fyne.TextAlignCenter})
	s.badge = widgets.Fixed(17, 15, widgets.Layers(widgets.NewFill(theme.Primary, 7.5), s.unread))
	s.badge.Hide()
	bell := s.part(widgets.Row(6, widgets.NewIcon(icons.Bell, widgets.IconRow, theme.Text2), s.badge), notices).Tip("Notices")

	rule := func() fyne.CanvasObject {
		return widgets.Pad(0, 6, 0, 6, widgets.Fixed(1, 16, widgets.NewRule()))
	}
	s.parts = []*fyne.Container{
		widgets.Row(0, rule(), s.wallet.tap),
		widgets.Row(0, s.job.tap, rule()),
		widgets.Row(0, memory, rule()),
	}
	s.parts[1].Hide()
	s.parts[2].Hide()
	s.row = widgets.Row(0, s.network.tap, s.parts[0], widgets.Spacer(), s.parts[1], s.parts[2], bell)
	s.object = widgets.Layers(widgets.NewFill(theme.Side, 0), widgets.VBox(0, widgets.NewRule(),
		widgets.Grow(widgets.Pad(1, 18, 0, 18, s.row))))
	return s
}

// part makes a part of the bar that can be clicked.
func (s *statusbar) part(body fyne.CanvasObject, tapped func()) *widgets.Tappable {
	return widgets.NewTappable(widgets.Pad(1, 6, 1, 6, body), tapped).Hovered(theme.Track).Rounded(4)
}

func (s *statusbar) openJob() {
	switch len(s.status.Jobs) {
	case 0:
	case 1:
		s.open(s.status.Jobs[0].Route)
	default:
		items := make([]widgets.MenuItem, 0, len(s.status.Jobs))
		for _, j := range s.status.Jobs {
			items = append(items, widgets.MenuItem{Text: j.Title + " · " + j.Detail, Do: func() { s.open(j.Route) }})
		}
		widgets.OpenMenu(s.job.tap, items)
	}
}

// set shows a snapshot.
func (s *statusbar) set(st Status) {
	st.News = nil
	if s.shown && reflect.DeepEqual(s.status, st) {
		return // every refresh paints the whole window
	}
	s.status, s.shown = st, true
	s.setNetwork(st.Network)
	s.setWallet(st.Wallet)
	s.setJobs(st.Jobs)
	s.memory.SetText(st.Memory)
	s.fit(s.width)
	s.object.Refresh()
}

// fit leaves out what matters least until the rest has room: the address, the
// time left, the memory, the balance. The tooltips still say all of it.
func (s *statusbar) fit(width float32) {
	s.width = width
	w := s.status.Wallet
	left := s.job.left.Text() != ""
	can := []struct {
		o      fyne.CanvasObject
		wanted bool
	}{
		{s.wallet.address, w.Exists}, {s.job.left, left}, {s.parts[2], s.status.Memory != ""}, {s.wallet.sum, w.Exists && w.Balance != ""},
	}
	for _, c := range can {
		visible(c.o, c.wanted)
	}
	for _, c := range can {
		if width == 0 || s.row.MinSize().Width+36 <= width {
			return
		}
		visible(c.o, false)
	}
}

func (s *statusbar) setNetwork(n Network) {
	dot := map[Reach]fyne.ThemeColorName{Unreached: theme.Border, Reached: theme.Ok, Development: theme.Series2}[n.Reach]
	s.network.dot.SetColor(dot)
	text := n.Name
	if n.Detail != "" {
		text += " · " + n.Detail
	}
	s.network.text.SetText(text)
	s.network.tap.Tip(n.Tip)
}

func (s *statusbar) setWallet(w Wallet) {
	if !w.Exists {
		s.wallet.icon.Set(icons.Wallet, theme.Text2)
		s.wallet.name.SetText("No wallet yet")
		s.wallet.address.SetText("")
		s.wallet.sum.SetText("")
		s.wallet.tap.Tip("Create a wallet or import words")
	} else {
		icon, state := icons.Lock, "locked"
		if w.Open {
			icon, state = icons.Unlock, "open"
		}
		s.wallet.icon.Set(icon, theme.Text2)
		s.wallet.name.SetText(w.Account)
		s.wallet.address.SetText(widgets.Short(w.Address))
		s.wallet.sum.SetText(w.Balance)
		s.wallet.tap.Tip("Wallet, " + state + "\n" + w.Address + "\n" + w.Balance)
	}
	s.wallet.row.Refresh()
}

func (s *statusbar) setJobs(jobs []Job) {
	visible(s.parts[1], len(jobs) > 0)
	if len(jobs) == 0 {
		return
	}
	j := jobs[0]
	text := j.Title
	if j.Detail != "" {
		text += " · " + j.Detail
	}
	tip := text
	left := j.Left
	if len(jobs) > 1 {
		text, left = fmt.Sprintf("%d tasks", len(jobs)), ""
	}
	s.job.text.SetText(text)
	s.job.left.SetText(left)
	s.job.bar.SetValue(j.Share)
	visible(s.job.barBox, j.Share >= 0 && len(jobs) == 1)
	if j.Left != "" {
		tip += "\n" + j.Left
	}
	s.job.tap.Tip(tip)
}

// setUnread shows how many notices were not read.
func (s *statusbar) setUnread(n int) {
	text := fmt.Sprint(n)
	if n > 99 {
		text = "99"
	}
	s.unread.SetText(text)
	visible(s.badge, n > 0)
	s.fit(s.width)
	s.object.Refresh()
}

func visible(o fyne.CanvasObject, on bool) {
	if on && !o.Visible() {
		o.Show()
	} else if !on && o.Visible() {
		o.Hide()
	}
}
