package ui

import (
	"fyne.io/fyne/v2"
	filedialog "fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"
)

// pickSize is the size of the file dialogs, which are Fyne's own.
var pickSize = fyne.NewSize(820, 560)

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
	d.Show()
	d.Resize(pickSize) // only a dialog that is shown can be sized
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
	d.Show()
	d.Resize(pickSize) // only a dialog that is shown can be sized
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
	d.Show()
	d.Resize(pickSize) // only a dialog that is shown can be sized
}
