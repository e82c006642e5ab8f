package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	filedialog "fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// pickSize is the size of the file dialogs, which are Fyne's own.
var pickSize = fyne.NewSize(820, 560)

// pick shows a file dialog. Where the desktop shows one of its own in its place
// (Flatpak), there is nothing to size or to dismiss.
func (w *Window) pick(d *filedialog.FileDialog) {
	overlays := w.win.Canvas().Overlays()
	before := overlays.Top()
	d.Show()
	if top := overlays.Top(); top != nil && top != before {
		d.Resize(pickSize) // only a dialog that is shown can be sized
		w.picking = append(w.picking, d)
		d.SetOnClosed(func() {
			w.picking = slices.DeleteFunc(w.picking, func(o *filedialog.FileDialog) bool { return o == d })
		})
	}
}

// PickFile asks for a file; done gets "" when the person cancelled.
func (w *Window) PickFile(title string, extensions []string, done func(path string)) {
	d := filedialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil || r == nil {
			done("")
			return
		}
		path := r.URI().Path()
		_ = r.Close() // only the path is wanted
		done(path)
	}, w.win)
	if len(extensions) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(extensions))
	}
	d.SetTitleText(title)
	w.pick(d)
}

// PickFolder asks for a folder.
func (w *Window) PickFolder(title string, done func(path string)) {
	d := filedialog.NewFolderOpen(func(u fyne.ListableURI, err error) {
		if err != nil || u == nil {
			done("")
			return
		}
		done(u.Path())
	}, w.win)
	d.SetTitleText(title)
	w.pick(d)
}

// PickSave asks where to write a file.
func (w *Window) PickSave(title, name string, done func(path string)) {
	d := filedialog.NewFileSave(func(u fyne.URIWriteCloser, err error) {
		if err != nil || u == nil {
			done("")
			return
		}
		path := u.URI().Path()
		_ = u.Close() // the caller writes it itself, in one piece
		done(path)
	}, w.win)
	d.SetFileName(name)
	d.SetTitleText(title)
	w.pick(d)
}
