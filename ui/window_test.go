package ui

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// today is the day of the story that the design's pictures tell.
var today = time.Date(2026, 11, 21, 10, 30, 0, 0, time.Local)

// studio is the services of a test: a status to show, jobs that run.
type studio struct {
	status  Status
	running []string
	saveErr error
	saved   int
	locked  int
	notices []byte
}

func (s *studio) Status(context.Context) (Status, error) { return s.status, nil }
func (s *studio) Watch() (<-chan struct{}, func())       { return make(chan struct{}), func() {} }
func (s *studio) LockWallet()                            { s.locked++ }
func (s *studio) Running() []string                      { return s.running }
func (s *studio) SaveAndStop(context.Context) error      { s.saved++; return s.saveErr }
func (s *studio) Notices() ([]byte, error)               { return s.notices, nil }

func (s *studio) KeepNotices(_ context.Context, raw []byte) error {
	s.notices = raw
	return nil
}

// page is a screen of a test that writes down what it is told.
type page struct {
	name    string
	frame   nav.Frame
	object  fyne.CanvasObject
	log     []string
	pressed []nav.KeyID
	layer   bool
	taken   []string
	actions []fyne.CanvasObject
}

func (p *page) Object() fyne.CanvasObject { return p.object }
func (p *page) Heading() nav.Heading {
	h := nav.Heading{Title: p.name, Actions: p.actions}
	if p.name == "Run 14 · Bike helper 3" {
		h.Path = []nav.Crumb{{Text: "Runs", Route: nav.Route{Page: nav.PageRuns}}}
	}
	return h
}
func (p *page) Shown(arg string) { p.log = append(p.log, "shown "+arg) }
func (p *page) Hidden()          { p.log = append(p.log, "hidden") }
func (p *page) Press(id nav.KeyID) bool {
	p.pressed = append(p.pressed, id)
	return id != nav.KeyImport
}
func (p *page) Escape() bool { was := p.layer; p.layer = false; return was }
func (p *page) Dropped(paths []string) bool {
	if p.name != "DataNets" {
		return false
	}
	p.taken = append(p.taken, paths...)
	return true
}

type fixture struct {
	w     *Window
	svc   *studio
	pages map[string]*page
	run   *task.Inline
	trace []nav.Route
}

// build makes a window with pages that are not the real screens; the real ones
// test themselves.
func build(t *testing.T, tray bool) *fixture {
	t.Helper()
	f := &fixture{svc: &studio{}, pages: map[string]*page{}, run: task.NewInline()}
	t.Cleanup(task.SetCurrent(f.run))
	app := test.NewTempApp(t)
	var screens []nav.Screen
	for _, s := range []struct{ id, title, section string }{
		{nav.PageHome, "Home", ""},
		{nav.PageDataNets, "DataNets", ""},
		{nav.PageRuns, "Runs", ""},
		{nav.PageRun, "Run 14 · Bike helper 3", nav.PageRuns},
		{nav.PageNewRun, "New run", nav.PageRuns},
		{nav.PageModels, "Models", ""},
		{nav.PageLineage, "Lineage", ""},
		{nav.PageWallet, "Wallet", ""},
		{nav.PageSettings, "Settings", ""},
	} {
		p := &page{name: s.title, object: widgets.NewPage(widgets.VBox(0, widgets.NewCard(8, widgets.NewText(s.title, widgets.SubTitle), widgets.NewEntry(s.title))))}
		f.pages[s.id] = p
		screens = append(screens, nav.Screen{Page: s.id, Section: s.section, New: func(fr nav.Frame) nav.Page { p.frame = fr; return p }})
	}
	f.w = New(Config{App: app, Version: "0.1.0", Screens: screens, Services: f.svc, HasTray: tray, Now: func() time.Time { return today }, Trace: func(r nav.Route) { f.trace = append(f.trace, r) }})
	f.w.win.Resize(fyne.NewSize(1280, 800))
	t.Cleanup(f.w.Close)
	return f
}

func (f *fixture) open(page, arg string) { f.w.Go(nav.Route{Page: page, Arg: arg}) }

func (f *fixture) texts() string {
	var b strings.Builder
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() {
			return
		}
		switch o := o.(type) {
		case *widgets.Text:
			b.WriteString(o.Text() + "\n")
		case *widgets.Wrapped:
			b.WriteString(o.Text() + "\n")
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	for _, o := range append([]fyne.CanvasObject{f.w.win.Content()}, f.w.win.Canvas().Overlays().List()...) {
		walk(o)
	}
	return b.String()
}

func (f *fixture) button(t *testing.T, text string) *widgets.Button {
	t.Helper()
	var found *widgets.Button
	var walk func(o fyne.CanvasObject)
	walk = func(o fyne.CanvasObject) {
		if !o.Visible() || found != nil {
			return
		}
		if b, ok := o.(*widgets.Button); ok && b.Text() == text {
			found = b
			return
		}
		switch o := o.(type) {
		case *fyne.Container:
			for _, c := range o.Objects {
				walk(c)
			}
		case fyne.Widget:
			for _, c := range test.WidgetRenderer(o).Objects() {
				walk(c)
			}
		}
	}
	for _, o := range append([]fyne.CanvasObject{f.w.win.Content()}, f.w.win.Canvas().Overlays().List()...) {
		walk(o)
	}
	if found == nil {
		t.Fatalf("no button %q on:\n%s", text, f.texts())
	}
	return found
}

func TestRoutesAndHistory(t *testing.T) {
	f := build(t, false)
	f.open(nav.PageRuns, "")
	f.open(nav.PageRun, "14")
	f.open(nav.PageRun, "14") // no second entry
	f.open(nav.PageWallet, "")
	f.w.Back()
	if got := f.w.Current(); got != (nav.Route{Page: nav.PageRun, Arg: "14"}) {
		t.Fatalf("after back the page is %v", got)
	}
	f.w.Forward()
	if got := f.w.Current().Page; got != nav.PageWallet {
		t.Fatalf("after forward the page is %s", got)
	}
	f.w.Back()
	f.w.Replace(nav.Route{Page: nav.PageRun, Arg: "15"})
	f.w.Back()
	f.w.Back()
	f.w.Back()
	f.w.Back()
	if got := f.w.Current().Page; got != nav.PageHome {
		t.Fatalf("back from the first page leads to %s, want home", got)
	}
	if told := strings.Join(f.pages[nav.PageRun].log, ","); told != "shown 14,hidden,shown 14,hidden,shown 14,hidden,shown 15,hidden" {
		t.Errorf("the run page was told %s", told)
	}
	f.open("serve", "")
	if got := f.w.Current().Page; got != nav.PageHome {
		t.Errorf("a page that is not built was opened: %s", got)
	}
}

func TestEveryRouteIsTraced(t *testing.T) {
	f := build(t, false)
	f.trace = nil
	for _, p := range []string{nav.PageDataNets, nav.PageHelp, nav.PageSettings} {
		f.open(p, "")
	}
	if len(f.trace) != 3 || f.trace[1].Page != nav.PageHelp {
		t.Errorf("trace is %v", f.trace)
	}
}

func TestShortcuts(t *testing.T) {
	f := build(t, false)
	c := &f.w.keys
	key := func(id nav.KeyID) {
		k, ok := nav.Find(id)
		if !ok {
			t.Fatalf("no key %s", id)
		}
		if s := k.Shortcut(); s != nil {
			c.TypedShortcut(s)
		} else {
			f.w.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k.Name})
		}
	}
	for _, tc := range []struct {
		id   nav.KeyID
		page string
	}{
		{nav.KeyDataNets, nav.PageDataNets},
		{nav.KeyRuns, nav.PageRuns},
		{nav.KeyModels, nav.PageModels},
		{nav.KeyLineage, nav.PageLineage},
		{nav.KeyWallet, nav.PageWallet},
		{nav.KeySettings, nav.PageSettings},
		{nav.KeyHelp, nav.PageHelp},
		{nav.KeyHome, nav.PageHome},
		{nav.KeyNewRun, nav.PageNewRun},
		{nav.KeyBack, nav.PageHome},
		{nav.KeyForward, nav.PageNewRun},
	} {
		key(tc.id)
		if got := f.w.Current().Page; got != tc.page {
			t.Errorf("%s leads to %s, want %s", tc.id, got, tc.page)
		}
	}
	key(nav.KeyLock)
	if f.svc.locked != 1 || f.w.toasts.Text() == "" {
		t.Errorf("lock: %d times, toast %q", f.svc.locked, f.w.toasts.Text())
	}
	f.open(nav.PageRun, "14")
	for _, id := range []nav.KeyID{nav.KeyPause, nav.KeyEnter, nav.KeyTable, nav.KeyCopyAll, nav.KeyFind} {
		key(id)
	}
	if got := f.pages[nav.PageRun].pressed; !slices.Equal(got, []nav.KeyID{nav.KeyPause, nav.KeyEnter, nav.KeyTable, nav.KeyCopyAll, nav.KeyFind}) {
		t.Errorf("the page was given %v", got)
	}
}

// TestNumbersOfScreensNotBuiltStayFree holds that 6, 8 and 9 do nothing yet.
func TestNumbersOfScreensNotBuiltStayFree(t *testing.T) {
	seen := map[string]nav.KeyID{}
	for _, k := range nav.Keys {
		combo := string(k.Name) + "+" + string(rune('0'+k.Mod))
		if other, ok := seen[combo]; ok {
			t.Errorf("%s and %s share a key", k.ID, other)
		}
		seen[combo] = k.ID
		if k.Mod == fyne.KeyModifierShortcutDefault && (k.Name == fyne.Key6 || k.Name == fyne.Key8 || k.Name == fyne.Key9) {
			t.Errorf("%s takes the number of a screen that is not built", k.ID)
		}
	}
}

func TestEscapeClosesTheTopLayer(t *testing.T) {
	f := build(t, false)
	esc := func() { f.w.win.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape}) }
	var closed []string
	open := func(name string, stay bool) func() {
		return f.w.Open(nav.Dialog{Content: widgets.NewText(name, widgets.Body), Stay: stay, Closed: func() { closed = append(closed, name) }})
	}
	home := f.pages[nav.PageHome]
	home.layer = true
	open("one", false)
	shut := open("two", true)
	esc()
	if len(closed) != 0 {
		t.Fatalf("Esc closed %v, though the dialog stays", closed)
	}
	shut()
	shut()
	esc()
	if !slices.Equal(closed, []string{"two", "one"}) {
		t.Errorf("closed %v, want two, one", closed)
	}
	if !home.layer {
		t.Error("Esc went to the page while a dialog was open")
	}
	esc()
	if home.layer {
		t.Error("Esc did not reach the page")
	}
	f.w.keys.TypedShortcut(mustKey(t, nav.KeyRuns))
	open("three", false)
	f.w.keys.TypedShortcut(mustKey(t, nav.KeyWallet))
	if got := f.w.Current().Page; got != nav.PageRuns {
		t.Errorf("a shortcut changed the page to %s under a dialog", got)
	}
}

func mustKey(t *testing.T, id nav.KeyID) fyne.Shortcut {
	t.Helper()
	k, ok := nav.Find(id)
	if !ok {
		t.Fatalf("no key %s", id)
	}
	return k.Shortcut()
}

func TestEscapeAndShortcutsLeaveAnEntry(t *testing.T) {
	f := build(t, false)
	e := widgets.NewEntry("")
	f.w.Open(nav.Dialog{Content: e, Width: 300, First: e})
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if len(f.w.dialogs) != 0 {
		t.Error("Esc in an entry did not close its dialog")
	}
	box := f.pages[nav.PageHome]
	in := widgets.NewEntry("")
	box.object.(*fyne.Container).Add(in)
	f.w.win.Canvas().Focus(in)
	in.TypedShortcut(mustKey(t, nav.KeyRuns))
	if got := f.w.Current().Page; got != nav.PageRuns {
		t.Errorf("a shortcut typed in an entry left the page at %s", got)
	}
}

func TestDroppedFiles(t *testing.T) {
	f := build(t, false)
	uris := []fyne.URI{storage.NewFileURI("/data/rows.jsonl")}
	f.open(nav.PageDataNets, "")
	f.w.dropped(fyne.Position{}, uris)
	if got := f.pages[nav.PageDataNets].taken; !slices.Equal(got, []string{"/data/rows.jsonl"}) {
		t.Errorf("the page took %v", got)
	}
	f.open(nav.PageWallet, "")
	f.w.dropped(fyne.Position{}, uris)
	if got := f.w.Current(); got != (nav.Route{Page: nav.PageNewRun, Arg: "file=/data/rows.jsonl"}) {
		t.Errorf("a dropped file led to %v", got)
	}
}

func TestCloseHidesToTheTrayAndSaysSoOnce(t *testing.T) {
	f := build(t, true)
	f.w.win.Show()
	f.w.closeWindow()
	if !f.w.prefs.store.Bool(keyTraySaid) || len(f.w.dialogs) != 0 {
		t.Errorf("closing to the tray asked, or said nothing (said %v, dialogs %d)", f.w.prefs.store.Bool(keyTraySaid), len(f.w.dialogs))
	}
	f.w.Quit()
	if len(f.w.dialogs) != 1 {
		t.Error("quitting did not ask")
	}
}

func TestCloseWithoutTrayAsks(t *testing.T) {
	f := build(t, false)
	f.w.closeWindow()
	if len(f.w.dialogs) != 1 || !strings.Contains(f.texts(), "Nothing is running") {
		t.Fatalf("closing did not ask:\n%s", f.texts())
	}
	f.w.escape()
	if f.w.leaving {
		t.Error("after Esc the window still believes it is leaving")
	}
}

func TestQuitSavesWhatRuns(t *testing.T) {
	f := build(t, false)
	f.svc.running = []string{"Run 14 · Bike helper 3"}
	f.svc.saveErr = errors.New("the disk is full")
	f.w.Quit()
	if f.w.win.Canvas().Focused() != fyne.Focusable(f.button(t, "Cancel")) {
		t.Error("Cancel does not have the keyboard: Enter would quit")
	}
	test.Tap(f.button(t, "Save and quit"))
	if f.svc.saved != 1 || !strings.Contains(f.texts(), "the disk is full") {
		t.Fatalf("saved %d times; the window says:\n%s", f.svc.saved, f.texts())
	}
	if len(f.w.dialogs) != 1 {
		t.Fatal("the window left though nothing was saved")
	}
	test.Tap(f.button(t, "Cancel"))
	if f.w.leaving {
		t.Error("Cancel did not cancel")
	}
}

func TestSmallestWindowFoldsTheSidebar(t *testing.T) {
	f := build(t, false)
	if m := f.w.win.Content().MinSize(); m != fyne.NewSize(960, 640) {
		t.Errorf("the smallest window is %v", m)
	}
	if !strings.Contains(f.texts(), "DataNets\n") {
		t.Error("a wide window has no words in the sidebar")
	}
	f.w.win.Resize(fyne.NewSize(980, 640))
	if f.w.side.narrow != true || strings.Count(f.texts(), "Lineage\n") != 0 {
		t.Error("a narrow window still has words in the sidebar")
	}
	f.w.win.Resize(fyne.NewSize(1280, 800))
	if f.w.side.narrow {
		t.Error("the sidebar stays folded in a wide window")
	}
}

// In a small window the name of a run stays whole; its first actions are in a menu, the main one stays.
func TestSmallWindowKeepsTheTitleWhole(t *testing.T) {
	f := build(t, false)
	pressed := ""
	button := func(text string) *widgets.Button {
		return widgets.NewButton(text, func() { pressed = text })
	}
	closed := button("Compare…")
	closed.SetEnabled(false, "there is no other run")
	run := f.pages[nav.PageRun]
	run.actions = []fyne.CanvasObject{widgets.NewPill("finished", widgets.Good), button("Show recipe"), button("Delete"), closed, button("Run again…"), button("Chat with it").Primary()}
	f.open(nav.PageRun, "14")
	if f.w.head.more.Visible() || !strings.Contains(f.texts(), "Show recipe") {
		t.Error("a wide window hides actions")
	}
	f.w.win.Resize(fyne.NewSize(960, 640))
	title := f.w.head.title
	if have, whole := title.Size().Width, f.w.head.natural.MinSize().Width; have < whole {
		t.Errorf("the title has %.0f of the %.0f it needs", have, whole)
	}
	said := f.texts()
	if strings.Contains(said, "Show recipe") || !strings.Contains(said, "Chat with it") || !strings.Contains(said, "finished") {
		t.Errorf("the wrong actions went into the menu:\n%s", said)
	}
	test.Tap(f.w.head.more)
	if f.w.win.Canvas().Overlays().Top() == nil {
		t.Error("no menu opens")
	}
	menu := f.w.head.folded()
	if len(menu) == 0 {
		t.Fatal("the menu is empty")
	}
	menu[0].Do()
	if pressed != "Show recipe" {
		t.Errorf("the menu pressed %q", pressed)
	}
	f.w.win.Resize(fyne.NewSize(1280, 800))
	if f.w.head.more.Visible() || !strings.Contains(f.texts(), "Show recipe") {
		t.Error("the actions do not come back")
	}
}

func TestLookIsKept(t *testing.T) {
	f := build(t, false)
	f.w.SetLook("dark", 120)
	f.w.press(nav.KeyBigger)
	again := New(Config{App: f.w.cfg.App, Services: f.svc, Now: f.w.cfg.Now})
	defer again.Close()
	if mode, percent := again.Look(); mode != "dark" || percent != 130 {
		t.Errorf("the next window looks %s, %d %%", mode, percent)
	}
	f.w.SetLook("dark", 1000)
	if _, percent := f.w.Look(); percent != theme.MaxPercent {
		t.Errorf("text size %d %% was taken", percent)
	}
}

func TestNoticesAreToldOnceAndKept(t *testing.T) {
	f := build(t, false)
	done := notice.Notice{Key: "run-14-finished", Level: notice.Success, Title: "Run 14 finished", Text: "eval loss 1.47", At: today, Page: nav.PageRun, Arg: "14"}
	f.svc.status.News = []notice.Notice{done}
	f.w.Follow()
	f.run.Tick()
	f.run.Tick()
	if got := f.w.notices.Unread(); got != 1 {
		t.Fatalf("%d unread, want 1", got)
	}
	again := New(Config{App: f.w.cfg.App, Services: f.svc, Now: f.w.cfg.Now})
	defer again.Close()
	if got := again.notices.Unread(); got != 1 {
		t.Errorf("the next start has %d unread, want 1", got)
	}
	elsewhere := New(Config{App: f.w.cfg.App, Services: &studio{}, Now: f.w.cfg.Now})
	defer elsewhere.Close()
	if got := elsewhere.notices.Unread(); got != 0 {
		t.Errorf("another data folder has %d unread, want none", got)
	}
	f.run.Hold = true // two changes while the first is being written: the last one is what is kept
	f.w.Notify(notice.Notice{Key: "a", Level: notice.Failure, Title: "Run 15 failed", At: today})
	f.w.Notify(notice.Notice{Key: "b", Level: notice.Failure, Title: "Run 16 failed", At: today})
	f.run.Release()
	if !strings.Contains(string(f.svc.notices), "Run 16 failed") {
		t.Errorf("kept: %s", f.svc.notices)
	}
	f.w.openNotices()
	if got := f.w.notices.Unread(); got != 0 || !strings.Contains(f.texts(), "Run 14 finished") {
		t.Errorf("after opening %d are unread:\n%s", got, f.texts())
	}
}

func TestTooltips(t *testing.T) {
	f := build(t, false)
	b := widgets.NewButton("New run", nil).Tip("Starts a new run")
	f.pages[nav.PageHome].actions = []fyne.CanvasObject{b}
	f.w.Changed(f.pages[nav.PageHome])
	test.MoveMouse(f.w.win.Canvas(), fyne.NewPos(1240, 28))
	if got := f.w.tips.Showing(); got != "" {
		t.Fatalf("the tooltip shows %q at once", got)
	}
	f.run.Advance(time.Second)
	if got := f.w.tips.Showing(); got != "Starts a new run" {
		t.Errorf("the tooltip shows %q", got)
	}
	test.MoveMouse(f.w.win.Canvas(), fyne.NewPos(600, 600))
	if got := f.w.tips.Showing(); got != "" {
		t.Errorf("the tooltip stays: %q", got)
	}
}

func TestImportAsksForAFile(t *testing.T) {
	f := build(t, false)
	f.w.press(nav.KeyImport)
	if f.w.win.Canvas().Overlays().Top() == nil {
		t.Fatal("nothing asks for a file")
	}
	answers := 0
	f.w.PickFolder("Verify a folder", func(path string) {
		if path == "" {
			answers++
		}
	})
	f.w.PickSave("Export", "model.zip", func(string) { answers++ })
	if n := len(f.w.win.Canvas().Overlays().List()); n < 3 {
		t.Errorf("%d of 3 file dialogs are shown", n)
	}
	for range 3 {
		f.w.escape()
	}
	if f.w.covered() || answers != 2 {
		t.Errorf("after Esc the page is covered: %v; %d of 2 were told nothing was chosen", f.w.covered(), answers)
	}
}
