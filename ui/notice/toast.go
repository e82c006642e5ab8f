package notice

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// How long a toast stays.
const (
	ToastTime = 4 * time.Second
	UndoTime  = 10 * time.Second
)

// toastFoot is the room under a toast: status bar, the footer that some pages
// have, and a gap.
const toastFoot = 28 + 57 + 8

// Toasts is the layer a window shows its toasts on: put it over the content,
// and below dialogs. One toast at a time; a new one takes the place of the old.
type Toasts struct {
	widget.BaseWidget
	runner task.Runner
	box    *fyne.Container
	text   *widgets.Wrapped
	undo   *widgets.Link
	act    func()
	cancel func()
}

// NewToasts makes the layer.
func NewToasts(r task.Runner) *Toasts {
	t := &Toasts{runner: r, text: widgets.NewWrapped("", widgets.Body)}
	t.undo = widgets.NewLink("Undo", t.takeBack)
	t.box = widgets.Layers(
		widgets.NewFrame(theme.Surface, theme.Border, theme.RadiusCard),
		widgets.Pad(10, 14, 10, 14, widgets.Row(10, widgets.NewIcon(icons.Check, widgets.IconButton, theme.Ok), widgets.Grow(t.text), t.undo)),
	)
	t.box.Hide()
	t.ExtendBaseWidget(t)
	return t
}

// Say shows a success or a triviality for ToastTime.
func (t *Toasts) Say(text string) { t.open(text, nil, ToastTime) }

// SayUndo shows what was done for UndoTime, with Undo.
func (t *Toasts) SayUndo(text string, undo func()) { t.open(text, undo, UndoTime) }

// Text is what is shown now, or "".
func (t *Toasts) Text() string {
	if !t.box.Visible() {
		return ""
	}
	return t.text.Text()
}

func (t *Toasts) open(text string, undo func(), stay time.Duration) {
	if t.cancel != nil {
		t.cancel()
	}
	t.act = undo
	t.text.SetText(text)
	if undo == nil {
		t.undo.Hide()
	} else {
		t.undo.Show()
	}
	t.box.Show()
	t.Refresh()
	t.cancel = task.After(t.runner, stay, t.shut)
}

func (t *Toasts) shut() {
	t.act = nil
	t.box.Hide()
	t.Refresh()
}

func (t *Toasts) takeBack() {
	act := t.act
	if t.cancel != nil {
		t.cancel()
	}
	t.shut()
	if act != nil {
		act()
	}
}

// MinSize implements fyne.CanvasObject: the layer asks for no room.
func (t *Toasts) MinSize() fyne.Size { return fyne.Size{} }

// CreateRenderer implements fyne.Widget.
func (t *Toasts) CreateRenderer() fyne.WidgetRenderer { return &toastRenderer{t} }

type toastRenderer struct{ t *Toasts }

// Layout puts the toast at the foot of the page, over the status bar.
func (r *toastRenderer) Layout(size fyne.Size) {
	if !r.t.box.Visible() {
		return
	}
	natural := widgets.NewText(r.t.text.Text(), widgets.Body).MinSize().Width + 56
	if r.t.act != nil {
		natural += r.t.undo.MinSize().Width + 10
	}
	w := min(natural, 480, size.Width-32)
	h := widgets.HeightFor(r.t.box, w)
	r.t.box.Resize(fyne.NewSize(w, h))
	x := float32(int((size.Width - w) / 2))
	r.t.box.Move(fyne.NewPos(x, size.Height-h-toastFoot))
}

func (r *toastRenderer) MinSize() fyne.Size           { return fyne.Size{} }
func (r *toastRenderer) Refresh()                     { r.Layout(r.t.Size()); r.t.box.Refresh() }
func (r *toastRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.t.box} }
func (r *toastRenderer) Destroy()                     {}
