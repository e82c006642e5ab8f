package uitest

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/widgets"
)

// walk visits every visible object of the window, parents first.
func walk(o fyne.CanvasObject, visit func(fyne.CanvasObject)) {
	if o == nil || !o.Visible() {
		return
	}
	visit(o)
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			walk(c, visit)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			walk(c, visit)
		}
	}
}

// Text is everything a person reads in the window, a line for each text.
func (f *Frame) Text() string {
	var lines []string
	walk(f.window.Content(), func(o fyne.CanvasObject) {
		if t, ok := o.(*canvas.Text); ok && strings.TrimSpace(t.Text) != "" {
			lines = append(lines, t.Text)
		}
	})
	return strings.Join(lines, "\n")
}

// Says fails unless all texts can be read in the window. Line breaks of wrapped
// texts do not matter.
func (f *Frame) Says(texts ...string) {
	f.t.Helper()
	all := squash(f.Text())
	for _, s := range texts {
		if !strings.Contains(all, squash(s)) {
			f.t.Errorf("the window does not say %q; it says:\n%s", s, f.Text())
		}
	}
}

// Hides fails when one of the texts can be read.
func (f *Frame) Hides(texts ...string) {
	f.t.Helper()
	all := squash(f.Text())
	for _, s := range texts {
		if strings.Contains(all, squash(s)) {
			f.t.Errorf("the window says %q", s)
		}
	}
}

func squash(s string) string { return strings.Join(strings.Fields(s), " ") }

// labelled are the widgets that are pressed by their words.
type labelled interface {
	fyne.Tappable
	Text() string
}

// Find is the visible button or link with these words, or nil. A non-breaking
// space counts as a space.
func (f *Frame) Find(text string) fyne.Tappable {
	var found fyne.Tappable
	walk(f.window.Content(), func(o fyne.CanvasObject) {
		if b, ok := o.(labelled); ok && squash(b.Text()) == squash(text) {
			found = b
		}
	})
	return found
}

// Tap presses the button or link with these words; it fails when there is none
// or it is disabled.
func (f *Frame) Tap(text string) {
	f.t.Helper()
	b := f.Find(text)
	if b == nil {
		f.t.Fatalf("there is no button %q; the window says:\n%s", text, f.Text())
	}
	if d, ok := b.(interface{ Disabled() bool }); ok && d.Disabled() {
		f.t.Fatalf("the button %q is disabled", text)
	}
	test.Tap(b)
}

// Disabled reports whether the button with these words cannot be pressed, and
// why.
func (f *Frame) Disabled(text string) (bool, string) {
	f.t.Helper()
	switch b := f.Find(text).(type) {
	case nil:
		f.t.Fatalf("there is no button %q; the window says:\n%s", text, f.Text())
	case *widgets.Button:
		return b.Disabled(), b.Why()
	case interface{ Disabled() bool }:
		return b.Disabled(), ""
	}
	return false, ""
}

// Each calls visit for every visible object of a type.
func Each[T fyne.CanvasObject](f *Frame, visit func(T)) {
	walk(f.window.Content(), func(o fyne.CanvasObject) {
		if x, ok := o.(T); ok {
			visit(x)
		}
	})
}

// First is the first visible object of a type; it fails when there is none.
func First[T fyne.CanvasObject](f *Frame) T {
	f.t.Helper()
	var found T
	ok := false
	Each(f, func(x T) {
		if !ok {
			found, ok = x, true
		}
	})
	if !ok {
		f.t.Fatalf("the window shows no %T", found)
	}
	return found
}

// Hover moves the pointer to a place in an object.
func (f *Frame) Hover(o fyne.CanvasObject, at fyne.Position) {
	if h, ok := o.(desktop.Hoverable); ok {
		h.MouseMoved(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: at}})
	}
}
