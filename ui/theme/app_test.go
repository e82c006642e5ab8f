package theme

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

func newTestApp(t *testing.T) fyne.App {
	t.Helper()
	return test.NewTempApp(t)
}
