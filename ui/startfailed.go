package ui

import (
	"net/url"
	"path/filepath"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// NewStartFailed is the small window of a start that cannot go on: what happened, what to do, the data folder. There may
// be no terminal to tell it on. ShowAndRun shows it; closing it ends the program.
func NewStartFailed(app fyne.App, err error, folder string) fyne.Window {
	look := prefs{app.Preferences()}.theme()
	app.Settings().SetTheme(look)
	w := app.NewWindow("ModelFactory cannot start")
	w.SetPadded(false)
	f := notice.Explain(err, "")
	if folder != "" {
		f.What = "Data folder: " + folder
	}
	quit := widgets.NewButton("Close", app.Quit).Primary()
	open := widgets.NewButton("Open the data folder", func() {
		if err := app.OpenURL(&url.URL{Scheme: "file", Path: filepath.ToSlash(folder)}); err != nil {
			fyne.LogError("the folder cannot be opened", err)
		}
	})
	if folder == "" {
		open.Hide()
	}
	card := widgets.NewErrorCard(f, quit, open)
	body := widgets.Layers(widgets.NewFill(theme.Bg, 0), widgets.Pad(24, 24, 24, 24, card))
	width := 560 * float32(look.Percent()) / 100 // letters grow with the text size
	w.SetContent(body)
	w.Resize(fyne.NewSize(width, widgets.HeightFor(body, width)))
	w.CenterOnScreen()
	return w
}
