package ui

import (
	"context"
	"net/url"
	"path/filepath"
	"time"

	"fyne.io/fyne/v2"
	filedialog "fyne.io/fyne/v2/dialog"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// statusEvery is the longest time between two looks at the status: the age of a
// block grows even when nothing changes.
const statusEvery = 5 * time.Second

// Window is the one window of the program. All methods run on the UI goroutine.
type Window struct {
	cfg   Config
	win   fyne.Window
	prefs prefs

	side  *sidebar
	head  *header
	foot  *statusbar
	pages *fyne.Container // the page in front and those behind, hidden
	wait  waiting         // over a page that has nothing to show yet
	attic *fyne.Container // header actions of pages behind, so that they follow a switch of the theme
	router
	layers
	notices            *notice.Centre
	keeping, keepAgain bool                 // the notices are being written; they changed since
	keys               fyne.ShortcutHandler // the same as the canvas has, for entries
	stop               func()               // ends following the status
	leaving            bool                 // the person said yes to quitting
}

// layers is what lies over the page, from the lowest to the topmost.
type layers struct {
	toasts  *notice.Toasts
	tips    *widgets.TipLayer
	dialogs []*dialog
	picking []*filedialog.FileDialog // Fyne's own dialogs, shown now
}

var (
	_ nav.Frame      = (*Window)(nil)
	_ nav.Appearance = (*Window)(nil)
)

// New builds the window and opens Home. Run shows it.
func New(cfg Config) *Window {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	w := &Window{cfg: cfg, prefs: prefs{cfg.App.Preferences()}}
	cfg.App.Settings().SetTheme(w.prefs.theme())
	w.win = cfg.App.NewWindow("ModelFactory")
	w.win.SetPadded(false)
	w.router = newRouter(cfg.Screens, w)
	w.side = newSidebar(w.Has, w.Go)
	w.head = newHeader(w.Go, w.Back, w.Forward)
	w.foot = newStatusbar(w.goIfBuilt, w.openNotices)
	w.toasts = notice.NewToasts(task.Current())
	w.notices = notice.NewCentre(cfg.Now)
	w.tips = widgets.NewTipLayer()
	w.win.SetContent(w.build())
	w.tips.Attach(w.win.Canvas())
	w.loadNotices()
	w.bindKeys()
	w.bindClosing()
	w.win.SetOnDropped(w.dropped)
	w.win.Resize(w.prefs.size())
	w.Go(nav.Route{Page: nav.PageHome})
	return w
}

// Run shows the window and returns when the program quits.
func (w *Window) Run() {
	w.Follow()
	defer w.Close()
	w.win.ShowAndRun()
}

// Follow starts to keep the status bar and the notices up to date.
func (w *Window) Follow() {
	w.stop = task.Follow(task.Current(), task.Source{Watch: w.cfg.Services.Watch, Every: statusEvery},
		w.cfg.Services.Status, w.showStatus)
}

// Close stops following and lets the page in front rest.
func (w *Window) Close() {
	if w.stop != nil {
		w.stop()
		w.stop = nil
	}
	w.rest()
}

func (w *Window) showStatus(s Status, err error) {
	if err != nil {
		// the bar keeps the last values; what failed is said where it is asked for
		fyne.LogError("status", err)
		return
	}
	w.foot.set(s)
	for _, n := range s.News {
		w.Notify(n)
	}
}

// Has reports whether a page is built.
func (w *Window) Has(page string) bool { return w.router.has(page) }

// Window is the window itself.
func (w *Window) Window() fyne.Window { return w.win }

// Current is the route in front.
func (w *Window) Current() nav.Route { return w.history.current() }

// Go opens a route.
func (w *Window) Go(r nav.Route) {
	if !w.Has(r.Page) {
		return
	}
	if w.history.push(r) {
		w.showPage()
	}
}

func (w *Window) goIfBuilt(r nav.Route) {
	if r.Page != "" {
		w.Go(r)
	}
}

// Replace opens a route in place of the present one.
func (w *Window) Replace(r nav.Route) {
	if !w.Has(r.Page) {
		return
	}
	w.history.replace(r)
	w.showPage()
}

// Back goes one step back, or home.
func (w *Window) Back() {
	if w.history.step(-1) {
		w.showPage()
		return
	}
	w.Go(nav.Route{Page: nav.PageHome})
}

// Forward goes one step forward, if there is one.
func (w *Window) Forward() {
	if w.history.step(1) {
		w.showPage()
	}
}

// Changed reads the heading of a page again.
func (w *Window) Changed(p nav.Page) {
	if p != nil && p == w.front {
		w.showHeading(p)
	}
}

// showHeading shows a page's heading and puts the actions of the others away.
func (w *Window) showHeading(p nav.Page) nav.Heading {
	h := p.Heading()
	w.actions[p] = h.Actions
	w.attic.Objects = w.attic.Objects[:0]
	for other, actions := range w.actions {
		if other != p {
			w.attic.Objects = append(w.attic.Objects, actions...)
		}
	}
	w.head.set(h)
	return h
}

// showPage brings the page of the present route to the front.
func (w *Window) showPage() {
	r := w.history.current()
	w.rest()
	page := w.page(r.Page)
	w.front = page
	object := page.Object()
	known := false
	for _, o := range w.pages.Objects {
		if o == object {
			known = true
			o.Show()
		} else {
			o.Hide()
		}
	}
	if !known {
		w.pages.Objects = append(w.pages.Objects, object)
	}
	w.pages.Refresh()
	w.side.mark(w.section(r.Page))
	page.Shown(r.Arg)
	w.wait.over(object)
	heading := w.showHeading(page)
	w.head.setSteps(w.history.can(-1), w.history.can(1))
	w.win.SetTitle(windowTitle(heading.Title))
	w.focusFirst(page)
	if w.cfg.Trace != nil {
		w.cfg.Trace(r)
	}
}

func windowTitle(page string) string {
	if page == "" || page == "Home" {
		return "ModelFactory"
	}
	return page + " · ModelFactory"
}

// quiet is a part that can hold the keyboard without its ring until a key is
// pressed: nobody who came with the mouse asked for it.
type quiet interface{ Quiet() }

func (w *Window) focusFirst(page nav.Page) {
	c := w.win.Canvas()
	if f, ok := page.(nav.Focuser); ok {
		if o := f.FirstFocus(); o != nil {
			c.Focus(o)
			if q, ok := o.(quiet); ok {
				q.Quiet()
			}
			return
		}
	}
	c.Unfocus()
}

// Focus moves the keyboard.
func (w *Window) Focus(o fyne.Focusable) { w.win.Canvas().Focus(o) }

// Copy puts text on the clipboard.
func (w *Window) Copy(text string) { w.cfg.App.Clipboard().SetContent(text) }

// Toast shows a success or a triviality.
func (w *Window) Toast(text string) { w.toasts.Say(text) }

// ToastUndo shows what was done, with Undo.
func (w *Window) ToastUndo(text string, undo func()) { w.toasts.SayUndo(text, undo) }

// OpenPath shows a file or folder in the desktop's file manager.
func (w *Window) OpenPath(path string) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	return w.cfg.App.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(full)})
}

// dropped hands files to the page in front, or opens a new run with the first.
func (w *Window) dropped(_ fyne.Position, uris []fyne.URI) {
	if w.covered() {
		return
	}
	var paths []string
	for _, u := range uris {
		if u.Scheme() == "file" {
			paths = append(paths, u.Path())
		}
	}
	if len(paths) == 0 {
		return
	}
	if d, ok := w.front.(nav.Dropper); ok && d.Dropped(paths) {
		return
	}
	w.Go(nav.Route{Page: nav.PageNewRun, Arg: "file=" + paths[0]})
}

// saveAndStop runs off the UI goroutine.
func (w *Window) saveAndStop(done func(error)) {
	task.Do(task.Current(), func(ctx context.Context) error { return w.cfg.Services.SaveAndStop(ctx) }, done)
}
