package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// Bar is a thin bar that is filled from the left.
type Bar struct {
	widget.BaseWidget
	color fyne.ThemeColorName
	value float64
	thick float32
}

// NewBar makes an empty bar of 6 px; 8 for the one of a running job.
func NewBar(c fyne.ThemeColorName) *Bar {
	b := &Bar{color: c, thick: 6}
	b.ExtendBaseWidget(b)
	return b
}

// Thick sets another thickness. It returns b.
func (b *Bar) Thick(px float32) *Bar { b.thick = px; return b }

// SetValue fills it to a share between 0 and 1.
func (b *Bar) SetValue(share float64) {
	share = min(max(share, 0), 1)
	if b.value != share {
		b.value = share
		b.Refresh()
	}
}

// SetColor changes the colour.
func (b *Bar) SetColor(c fyne.ThemeColorName) {
	if b.color != c {
		b.color = c
		b.Refresh()
	}
}

func (b *Bar) grows() bool { return true }

// CreateRenderer implements fyne.Widget.
func (b *Bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{b: b, track: canvas.NewRectangle(nil), fill: canvas.NewRectangle(nil)}
	r.objects = []fyne.CanvasObject{r.track, r.fill}
	r.apply()
	return r
}

type barRenderer struct {
	b           *Bar
	track, fill *canvas.Rectangle
	objects     []fyne.CanvasObject
}

func (r *barRenderer) apply() {
	r.track.FillColor = fynetheme.ColorForWidget(theme.Track, r.b)
	r.fill.FillColor = fynetheme.ColorForWidget(r.b.color, r.b)
	r.track.CornerRadius, r.fill.CornerRadius = theme.RadiusBar, theme.RadiusBar
	// a rounded rectangle of no width still leaves a coloured mark
	show(r.fill, r.b.value > 0)
}

func (r *barRenderer) Layout(size fyne.Size) {
	y := floor((size.Height - r.b.thick) / 2)
	put(r.track, 0, y, size.Width, r.b.thick)
	w := floor(size.Width * float32(r.b.value))
	put(r.fill, 0, y, max(w, min(r.b.thick, size.Width)), r.b.thick)
}

func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(24, r.b.thick) }
func (r *barRenderer) Refresh() {
	r.apply()
	r.Layout(r.b.Size())
	canvas.Refresh(r.b)
}
func (r *barRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *barRenderer) Destroy()                     {}

// ProgressRow shows work that runs: phase, share, amounts, time left, and
// Cancel. It never shows 100 % before Done.
type ProgressRow struct {
	widget.BaseWidget
	phase, share, detail *Text
	bar                  *Bar
	cancel               *Button
	body                 *fyne.Container
}

// NewProgressRow makes a row; cancel nil leaves the button out.
func NewProgressRow(cancel func()) *ProgressRow {
	p := &ProgressRow{phase: NewText("", Strong), share: NewText("", Strong.Right()), detail: NewText("", Caption).Elide(), bar: NewBar(theme.Primary)}
	head := []fyne.CanvasObject{p.phase, Spacer(), p.share}
	if cancel != nil {
		p.cancel = NewButton("Cancel", nil).Small()
		p.cancel.tapped = func() {
			p.cancel.SetEnabled(false, "stopping")
			cancel()
		}
		head = append(head, p.cancel)
	}
	p.body = VBox(6, Row(12, head...), p.bar, p.detail)
	p.ExtendBaseWidget(p)
	return p
}

// Set shows phase ("downloading"), share (0 to 1; negative when not known) and
// detail ("1.2 of 2.7 GB · 9 MB/s · about 3 min left").
func (p *ProgressRow) Set(phase string, share float64, detail string) {
	p.phase.SetText(phase)
	p.detail.SetText(detail)
	if share < 0 {
		p.share.SetText("")
		p.bar.SetValue(0)
	} else {
		p.share.SetText(Percent(min(share, 0.99)))
		p.bar.SetValue(min(share, 0.99))
	}
	p.body.Refresh()
}

// CreateRenderer implements fyne.Widget.
func (p *ProgressRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(p.body) }
