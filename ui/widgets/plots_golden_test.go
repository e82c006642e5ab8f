package widgets

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/theme"
)

// assertBothThemes compares a widget's picture with testdata/<name>-light.png
// and -dark.png. A picture that differs lands in testdata/failed; once it has
// been looked at, it is copied over the old one.
func assertBothThemes(t *testing.T, name string, size fyne.Size, build func() fyne.CanvasObject, act func(c fyne.Canvas, o fyne.CanvasObject)) {
	t.Helper()
	for _, mode := range []theme.Mode{theme.Light, theme.Dark} {
		app := test.NewTempApp(t)
		app.Settings().SetTheme(theme.New(mode, 100))
		o := build()
		w := test.NewTempWindow(t, Layers(NewFill(theme.Bg, 0), Pad(8, 8, 8, 8, o)))
		w.SetPadded(false)
		w.Resize(size.AddWidthHeight(16, 16))
		if act != nil {
			act(w.Canvas(), o)
		}
		test.AssertImageMatches(t, name+"-"+string(mode)+".png", w.Canvas().Capture())
	}
}
