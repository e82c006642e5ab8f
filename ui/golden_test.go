package ui

import (
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// TestGoldens compares the frame with the pictures of the design.
func TestGoldens(t *testing.T) {
	for _, mode := range []string{"light", "dark"} {
		f := build(t, false)
		f.w.SetLook(mode, 100)
		f.svc.status = Status{
			Network: Network{Reach: Reached, Name: "OpenLedger", Detail: "1612"},
			Wallet:  Wallet{Exists: true, Open: true, Account: "Main", Address: "0x7A3f11c2a9D65e32B1E0f7C6a4D2c3B4e5F691Ce", Balance: "148.302 OPEN"},
			Jobs:    []Job{{Title: "Run 14", Detail: "step 182 of 264", Share: 0.69, Left: "about 3 min left"}},
			Memory:  "GPU 4.7 / 8.0 GB",
		}
		f.w.Follow()
		f.run.Tick()
		f.w.foot.setUnread(2)
		run := f.pages[nav.PageRun]
		run.actions = []fyne.CanvasObject{widgets.NewPill("training", widgets.Info), widgets.NewButton("Pause", nil).Icon(icons.Pause).Key("Ctrl+P"), widgets.NewButton("Stop and save", nil).Icon(icons.Stop)}
		f.open(nav.PageRun, "14")
		golden(t, f, "frame-"+mode)
		f.w.win.Resize(fyne.NewSize(960, 640))
		golden(t, f, "frame-narrow-"+mode)
		f.w.win.Resize(fyne.NewSize(1280, 800))
		f.svc.running = []string{"Run 14 · Bike helper 3"}
		f.w.Quit()
		golden(t, f, "quit-"+mode)
		f.w.escape()
		f.open(nav.PageHelp, "")
		golden(t, f, "help-"+mode)
		f.w.Notify(notice.Notice{Key: "a", Level: notice.Failure, Title: "Run 13 stopped: the graphics card ran out of memory", Text: "Qwen3-4B at step 3 · a setting that fits is ready", At: today.Add(-10 * time.Minute)})
		f.w.toasts.SayUndo("Run 12 deleted", func() {})
		golden(t, f, "toast-"+mode)
		f.run.Advance(notice.UndoTime)
		f.w.Notify(notice.Notice{Key: "b", Level: notice.Success, Title: "Licence for Bicycle Workshop v4 is final", Text: "12 OPEN", At: today.Add(-30 * time.Hour)})
		f.w.openNotices()
		golden(t, f, "notices-"+mode)
		f.w.escape()
		f.w.SetLook(mode, 160)
		f.w.win.Resize(fyne.NewSize(1920, 1080))
		f.open(nav.PageRun, "14")
		golden(t, f, "frame-large-text-"+mode)
	}
}

func golden(t *testing.T, f *fixture, name string) {
	t.Helper()
	test.AssertImageMatches(t, name+".png", f.w.win.Canvas().Capture())
}
