package ui

import (
	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/nav"
)

// router knows the screens, makes each page at its first visit, and keeps the
// history.
type router struct {
	frame   nav.Frame
	screens map[string]nav.Screen
	made    map[string]nav.Page
	front   nav.Page
	history history
	actions map[nav.Page][]fyne.CanvasObject // of each page, as last shown
}

func newRouter(screens []nav.Screen, w *Window) router {
	r := router{frame: w, screens: map[string]nav.Screen{}, made: map[string]nav.Page{}, actions: map[nav.Page][]fyne.CanvasObject{}}
	r.screens[nav.PageHelp] = nav.Screen{Page: nav.PageHelp, New: func(nav.Frame) nav.Page { return newHelpPage(w) }}
	for _, s := range screens {
		r.screens[s.Page] = s
	}
	return r
}

func (r *router) has(page string) bool {
	_, ok := r.screens[page]
	return ok
}

func (r *router) page(name string) nav.Page {
	if p, ok := r.made[name]; ok {
		return p
	}
	p := r.screens[name].New(r.frame)
	r.made[name] = p
	return p
}

// section is the line of the sidebar a page belongs to.
func (r *router) section(page string) string {
	if s := r.screens[page]; s.Section != "" {
		return s.Section
	}
	return page
}

// rest tells the page in front that it no longer is.
func (r *router) rest() {
	if r.front != nil {
		r.front.Hidden()
		r.front = nil
	}
}
