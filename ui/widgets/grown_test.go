package widgets_test

import (
	"testing"

	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// At large text a column beside another one takes its room, or stands below it, and a table's columns grow.
func TestWidthsFollowTheTextSize(t *testing.T) {
	app := test.NewTempApp(t)
	app.Settings().SetTheme(theme.New(theme.Light, 100))
	if got := widgets.Grown(300); got != 300 {
		t.Errorf("at 100 %%: %v", got)
	}
	main, side := widgets.NewText("main", widgets.Body), widgets.NewText("side", widgets.Body)
	c := widgets.Columns(300, main, side)
	c.Resize(c.MinSize().AddWidthHeight(1000, 600))
	if side.Size().Width != 300 || side.Position().Y != 0 {
		t.Errorf("at 100 %% the side is %v at %v", side.Size(), side.Position())
	}
	app.Settings().SetTheme(theme.New(theme.Light, 160))
	if got := widgets.Grown(300); got < 450 {
		t.Errorf("at 160 %%: %v", got)
	}
	c.Resize(c.Size().AddWidthHeight(1, 0))
	if side.Position().Y == 0 {
		t.Errorf("at 160 %% the side stays beside, %v wide", side.Size().Width)
	}
	app.Settings().SetTheme(theme.New(theme.Light, 80))
	if got := widgets.Grown(300); got != 300 {
		t.Errorf("at 80 %%: %v", got)
	}
}
