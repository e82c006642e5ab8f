package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// dialog is a layer over the dimmed page. It is an overlay of the canvas, so Tab
// stays inside and nothing below takes the pointer.
type dialog struct {
	widget.BaseWidget
	w      *Window
	spec   nav.Dialog
	before fyne.Focusable
	scroll *widgets.Scroll
	tips   *widgets.TipLayer
	detach func()
	corner bool // at the lower right, as the notice centre
}

// Open lays a dialog over the page.
func (w *Window) Open(d nav.Dialog) (shut func()) { return w.open(&dialog{w: w, spec: d}) }

func (w *Window) open(d *dialog) (shut func()) {
	c := w.win.Canvas()
	d.before = c.Focused()
	d.scroll = widgets.NewScroll(d.spec.Content)
	d.tips = widgets.NewTipLayer()
	d.ExtendBaseWidget(d)
	w.dialogs = append(w.dialogs, d)
	c.Overlays().Add(d)
	d.detach = d.tips.Attach(c)
	if d.spec.First != nil {
		c.Focus(d.spec.First)
	}
	return d.close
}

// escape is what the Esc key does.
func (d *dialog) escape() {
	if !d.spec.Stay {
		d.close()
	}
}

// close takes the dialog, and those over it, away; a second call does nothing.
func (d *dialog) close() {
	w := d.w
	for i, o := range w.dialogs {
		if o != d {
			continue
		}
		gone := w.dialogs[i:]
		w.dialogs = w.dialogs[:i:i]
		c := w.win.Canvas()
		c.Overlays().Remove(d)
		for _, g := range gone {
			g.detach()
		}
		if d.before != nil {
			c.Focus(d.before)
		}
		for j := len(gone) - 1; j >= 0; j-- {
			if gone[j].spec.Closed != nil {
				gone[j].spec.Closed()
			}
		}
		return
	}
}

// Tapped implements fyne.Tappable: a click beside the dialog closes only what
// holds nothing that could be lost.
func (d *dialog) Tapped(*fyne.PointEvent) {
	if d.corner {
		d.close()
	}
}

// MouseIn implements desktop.Hoverable, so that nothing below is hovered.
func (d *dialog) MouseIn(*desktop.MouseEvent) {}

// MouseMoved implements desktop.Hoverable.
func (d *dialog) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (d *dialog) MouseOut() {}

// CreateRenderer implements fyne.Widget.
func (d *dialog) CreateRenderer() fyne.WidgetRenderer {
	r := &dialogRenderer{d: d, shade: canvas.NewRectangle(theme.None), box: newBlocker(widgets.Layers(widgets.NewFrame(theme.Surface, theme.Line, theme.RadiusDialog), d.scroll))}
	r.scrim = widgets.NewFill(theme.Scrim, 0)
	if d.corner {
		r.scrim.SetColor(theme.Clear)
	}
	r.objects = []fyne.CanvasObject{r.scrim, r.shade, r.box, d.tips}
	r.apply()
	return r
}

type dialogRenderer struct {
	d       *dialog
	scrim   *widgets.Fill
	shade   *canvas.Rectangle
	box     *blocker
	objects []fyne.CanvasObject
}

func (r *dialogRenderer) apply() {
	r.shade.FillColor = fynetheme.ColorForWidget(theme.Surface, r.d)
	r.shade.CornerRadius = theme.RadiusDialog
	r.shade.Shadow = canvas.Shadow{Color: fynetheme.ColorForWidget(fynetheme.ColorNameShadow, r.d), BlurRadius: 24, Offset: fyne.NewPos(0, 8)}
}

// margin is the least room around a dialog.
const margin float32 = 24

func (r *dialogRenderer) Layout(size fyne.Size) {
	put(r.scrim, 0, 0, size.Width, size.Height)
	put(r.d.tips, 0, 0, size.Width, size.Height)
	w := r.d.spec.Width
	if w == 0 {
		w = r.d.spec.Content.MinSize().Width
	}
	w = min(w, size.Width-2*margin)
	h := min(widgets.HeightFor(r.d.spec.Content, w), size.Height-2*margin)
	x, y := whole((size.Width-w)/2), whole((size.Height-h)/2-size.Height/20)
	if y < margin {
		y = whole((size.Height - h) / 2)
	}
	if r.d.corner {
		x, y = size.Width-w-12, size.Height-footHeight-h-8
	}
	put(r.shade, x, y, w, h)
	put(r.box, x, y, w, h)
}

func whole(v float32) float32 { return float32(int(v)) }

// MinSize is nothing: a dialog never makes the window larger.
func (r *dialogRenderer) MinSize() fyne.Size { return fyne.Size{} }

func (r *dialogRenderer) Refresh() {
	r.apply()
	r.Layout(r.d.Size())
	canvas.Refresh(r.d)
}
func (r *dialogRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *dialogRenderer) Destroy()                     {}

// blocker keeps clicks inside the box from reaching the scrim.
type blocker struct {
	widget.BaseWidget
	o fyne.CanvasObject
}

func newBlocker(o fyne.CanvasObject) *blocker {
	b := &blocker{o: o}
	b.ExtendBaseWidget(b)
	return b
}

func (b *blocker) Tapped(*fyne.PointEvent)             {}
func (b *blocker) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.o) }
