package ui

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

const (
	sideWide   float32 = 184
	sideNarrow float32 = 56
)

// place is one line of the sidebar.
type place struct {
	page string
	text string
	icon icons.Name
	key  nav.KeyID
	foot bool
}

// places are all lines there can be; those whose screen is not built are left
// out.
var places = []place{
	{nav.PageHome, "Home", icons.Home, nav.KeyHome, false},
	{nav.PageDataNets, "DataNets", icons.Datanet, nav.KeyDataNets, false},
	{nav.PageRuns, "Runs", icons.Run, nav.KeyRuns, false},
	{nav.PageModels, "Models", icons.Model, nav.KeyModels, false},
	{nav.PageLineage, "Lineage", icons.Lineage, nav.KeyLineage, false},
	{nav.PageWallet, "Wallet", icons.Wallet, nav.KeyWallet, false},
	{nav.PageSettings, "Settings", icons.Settings, nav.KeySettings, true},
	{nav.PageHelp, "Help", icons.Help, nav.KeyHelp, true},
}

// sidebar shows the places and marks where one is.
type sidebar struct {
	object *fyne.Container
	name   *widgets.Text
	items  map[string]*navItem
	narrow bool
}

type navItem struct {
	place place
	tap   *widgets.Tappable
	icon  *widgets.Icon
	text  *widgets.Text
}

func newSidebar(has func(page string) bool, open func(nav.Route)) *sidebar {
	s := &sidebar{items: map[string]*navItem{}, name: widgets.NewText("ModelFactory", widgets.SubTitle)}
	top, foot := widgets.VBox(2), widgets.VBox(2)
	for _, p := range places {
		if !has(p.page) {
			continue
		}
		it := &navItem{place: p, icon: widgets.NewIcon(p.icon, widgets.IconNav, theme.Text2), text: widgets.NewText(p.text, widgets.Label)}
		body := widgets.Tall(theme.SizeControl, widgets.Pad(0, 8, 0, 10, widgets.Row(10, it.icon, it.text)))
		it.tap = widgets.NewTappable(body, func() { open(nav.Route{Page: p.page}) }).Hovered(theme.SideHover).Rounded(theme.RadiusControl)
		s.items[p.page] = it
		if p.foot {
			foot.Objects = append(foot.Objects, it.tap)
		} else {
			top.Objects = append(top.Objects, it.tap)
		}
	}
	logo := widgets.Layers(widgets.NewIcon(icons.Logo, 24, theme.Primary), widgets.NewIcon(icons.LogoM, 24, theme.OnPrimary))
	s.object = widgets.Layers(widgets.NewFill(theme.Side, 0), widgets.Pad(0, 0, 12, 0,
		widgets.VBox(0,
			widgets.Fixed(0, 56, widgets.Pad(0, 0, 2, 15, widgets.Row(7, logo, s.name))),
			widgets.Pad(0, 8, 0, 8, top), widgets.Spacer(), widgets.Pad(0, 8, 0, 8, foot))))
	return s
}

// mark shows the section one is in.
func (s *sidebar) mark(page string) {
	for name, it := range s.items {
		ink, style, ground := theme.Text2, widgets.Label, theme.Clear
		if name == page {
			ink, style, ground = theme.Primary, widgets.Strong.In(theme.Primary), theme.Selection
		}
		it.icon.Set(it.place.icon, ink)
		it.text.SetStyle(style)
		it.tap.SetGround(ground)
	}
}

// setNarrow shows icons with tooltips only, or icons with words.
func (s *sidebar) setNarrow(on bool) {
	if s.narrow == on {
		return
	}
	s.narrow = on
	for _, it := range s.items {
		tip := ""
		if on {
			tip = it.place.text + "  " + nav.Hint(it.place.key)
			it.text.Hide()
		} else {
			it.text.Show()
		}
		it.tap.Tip(tip)
	}
	if on {
		s.name.Hide()
	} else {
		s.name.Show()
	}
}
