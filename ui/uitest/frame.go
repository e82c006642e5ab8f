package uitest

import (
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Frame is a window with one page in it. It implements nav.Frame and keeps what
// was asked of it.
type Frame struct {
	Mode    theme.Mode
	Clock   *task.Inline // runner of the page and of widgets' timers
	Routes  []nav.Route  // Go and Replace
	Toasts  []string
	Undo    func() // of the last ToastUndo
	Copied  string
	Opened  []string // paths given to OpenPath
	Dialogs []nav.Dialog
	Pick    string          // what the file dialogs answer
	Missing map[string]bool // pages that are not built
	page    nav.Page        // in front
	header  *fyne.Container // drawn like the real one
	body    *fyne.Container // holds the page
	layers  *fyne.Container // dialogs
	window  fyne.Window     //
	t       testing.TB      //
}

var _ nav.Frame = (*Frame)(nil)

// Both runs a test once in the light and once in the dark theme.
func Both(t *testing.T, size fyne.Size, f func(t *testing.T, frame *Frame)) {
	t.Helper()
	for _, mode := range []theme.Mode{theme.Light, theme.Dark} {
		t.Run(string(mode), func(t *testing.T) { f(t, Open(t, mode, size)) })
	}
}

// Open makes a frame whose window has a size; zero is 1280 x 800.
func Open(t testing.TB, mode theme.Mode, size fyne.Size) *Frame {
	t.Helper()
	if size.Width == 0 {
		size = fyne.NewSize(1280, 800)
	}
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(mode, 100))
	f := &Frame{Mode: mode, Clock: task.NewInline(), Missing: map[string]bool{}, t: t, header: widgets.Row(8), body: widgets.Layers(), layers: widgets.Layers()}
	t.Cleanup(task.SetCurrent(f.Clock))
	head := widgets.VBox(0, widgets.Fixed(0, 55, widgets.Pad(0, 24, 0, 24, f.header)), widgets.NewRule())
	side := widgets.Fixed(184, 0, widgets.NewFill(theme.Side, 0))
	status := widgets.Fixed(0, 28, widgets.NewFill(theme.Side, 0))
	page := widgets.VBox(0, head, widgets.Grow(f.body))
	f.window = test.NewTempWindow(t, widgets.Layers(widgets.NewFill(theme.Bg, 0),
		widgets.VBox(0, widgets.Grow(widgets.StretchRow(0, side, widgets.Grow(page))), status), f.layers))
	f.window.SetPadded(false)
	f.window.Resize(size)
	return f
}

// Show puts a page in front, as the real frame does.
func (f *Frame) Show(page nav.Page, arg string) {
	if f.page != nil {
		f.page.Hidden()
	}
	f.page = page
	f.body.Objects = []fyne.CanvasObject{page.Object()}
	f.body.Refresh()
	page.Shown(arg)
	f.Changed(page)
}

// Leave hides the page in front.
func (f *Frame) Leave() {
	f.page.Hidden()
	f.page = nil
}

// Press sends a shortcut to the page in front.
func (f *Frame) Press(id nav.KeyID) bool {
	p, ok := f.page.(nav.Presser)
	return ok && p.Press(id)
}

// Picture draws the window, writes it to MODELFACTORY_PICTURES when that is
// set, and fails when it is of one colour.
func (f *Frame) Picture(name string) image.Image {
	f.t.Helper()
	img := f.window.Canvas().Capture()
	if dir := os.Getenv("MODELFACTORY_PICTURES"); dir != "" {
		out, err := os.Create(filepath.Join(dir, name+"-"+string(f.Mode)+".png"))
		if err != nil {
			f.t.Fatal(err)
		}
		defer out.Close()
		if err := png.Encode(out, img); err != nil {
			f.t.Fatal(err)
		}
	}
	return img
}

// Changed implements nav.Frame: it draws the heading again.
func (f *Frame) Changed(p nav.Page) {
	if p != f.page {
		return
	}
	h := p.Heading()
	f.header.Objects = nil
	for _, c := range h.Path {
		f.header.Add(widgets.NewLink(c.Text, func() { f.Go(c.Route) }))
		f.header.Add(widgets.NewText("›", widgets.Label))
	}
	f.header.Add(widgets.NewText(h.Title, widgets.Title))
	f.header.Add(widgets.Spacer())
	f.header.Objects = append(f.header.Objects, h.Actions...)
	f.header.Refresh()
}

// Go implements nav.Frame.
func (f *Frame) Go(r nav.Route) { f.Routes = append(f.Routes, r) }

// Replace implements nav.Frame.
func (f *Frame) Replace(r nav.Route) { f.Go(r) }

// Back implements nav.Frame.
func (f *Frame) Back() { f.Go(nav.Route{Page: nav.PageHome}) }

// Last is the route asked for last.
func (f *Frame) Last() nav.Route {
	if len(f.Routes) == 0 {
		return nav.Route{}
	}
	return f.Routes[len(f.Routes)-1]
}

// Has implements nav.Frame.
func (f *Frame) Has(page string) bool { return !f.Missing[page] }

// Open implements nav.Frame: the dialog is drawn over the page.
func (f *Frame) Open(d nav.Dialog) func() {
	f.Dialogs = append(f.Dialogs, d)
	width := d.Width
	if width == 0 {
		width = max(d.Content.MinSize().Width, 320)
	}
	card := widgets.Center(widgets.Fixed(width, 0, widgets.Layers(widgets.NewFrame(theme.Surface, theme.Line, theme.RadiusDialog), d.Content)))
	layer := widgets.Layers(widgets.NewFill(theme.Scrim, 0), card)
	f.layers.Add(layer)
	shut := false
	return func() {
		if shut {
			return
		}
		shut = true
		f.layers.Remove(layer)
		if d.Closed != nil {
			d.Closed()
		}
	}
}

// Toast implements nav.Frame.
func (f *Frame) Toast(text string) { f.Toasts = append(f.Toasts, text) }

// ToastUndo implements nav.Frame.
func (f *Frame) ToastUndo(text string, undo func()) { f.Toast(text); f.Undo = undo }

// Copy implements nav.Frame.
func (f *Frame) Copy(text string) { f.Copied = text }

// OpenPath implements nav.Frame.
func (f *Frame) OpenPath(path string) error { f.Opened = append(f.Opened, path); return nil }

// PickFile implements nav.Frame.
func (f *Frame) PickFile(_ string, _ []string, done func(string)) { done(f.Pick) }

// PickFolder implements nav.Frame.
func (f *Frame) PickFolder(_ string, done func(string)) { done(f.Pick) }

// PickSave implements nav.Frame.
func (f *Frame) PickSave(_, _ string, done func(string)) { done(f.Pick) }

// Focus implements nav.Frame.
func (f *Frame) Focus(o fyne.Focusable) { f.window.Canvas().Focus(o) }

// Window implements nav.Frame.
func (f *Frame) Window() fyne.Window { return f.window }
