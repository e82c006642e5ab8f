package ui

import "github.com/modelfactory/modelfactory/ui/nav"

// history is the line of routes the person went along.
type history struct {
	routes []nav.Route
	at     int
}

// maxHistory bounds the line; the oldest are forgotten.
const maxHistory = 100

func (h *history) current() nav.Route {
	if len(h.routes) == 0 {
		return nav.Route{}
	}
	return h.routes[h.at]
}

// push goes to a new route and forgets what was ahead. It reports false when
// the person is there already.
func (h *history) push(r nav.Route) bool {
	if len(h.routes) > 0 && h.current() == r {
		return false
	}
	if len(h.routes) > 0 {
		h.routes = h.routes[:h.at+1]
	}
	h.routes = append(h.routes, r)
	if extra := len(h.routes) - maxHistory; extra > 0 {
		h.routes = append([]nav.Route(nil), h.routes[extra:]...)
	}
	h.at = len(h.routes) - 1
	return true
}

// replace changes the present route.
func (h *history) replace(r nav.Route) {
	if len(h.routes) == 0 {
		h.push(r)
		return
	}
	h.routes[h.at] = r
}

// step moves by d and reports whether it could.
func (h *history) step(d int) bool {
	if !h.can(d) {
		return false
	}
	h.at += d
	return true
}

func (h *history) can(d int) bool { return h.at+d >= 0 && h.at+d < len(h.routes) }
