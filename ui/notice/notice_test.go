package notice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

type domainError struct{ message, next, kind string }

func (e domainError) Error() string  { return e.message }
func (e domainError) Advice() string { return e.next }
func (e domainError) Code() string   { return e.kind }

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		err         error
		title, next string
	}{
		{domainError{"no licence for Bike (bike)", "Get it.", "refused"}, "No licence for Bike (bike).", "Get it."},
		{fmt.Errorf("reading: %w", domainError{"the file is empty", "Choose another.", "usage"}), "Reading: the file is empty.", "Choose another."},
		{domainError{"run 3 is training", "", "busy"}, "Run 3 is training.", "Wait until the other task has ended, then try again."},
		{errors.New("disk full"), "Disk full.", "Try again. If it fails again, copy the diagnostics."},
		{fmt.Errorf("x: %w", context.Canceled), "Cancelled.", "Try again. If it fails again, copy the diagnostics."},
		{errors.New("photo.png is no text file"), "photo.png is no text file.", "Try again. If it fails again, copy the diagnostics."},
		{
			fmt.Errorf("Test net does not answer: %w", &url.Error{Op: "Post", URL: "http://127.0.0.1:8545", Err: &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}}),
			"Test net does not answer: nothing listens at its address.", "Try again. If it fails again, copy the diagnostics.",
		},
		{
			fmt.Errorf("the hub does not answer: %w", &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: "hub"}}),
			"The hub does not answer: its name was not found, or this computer is offline.", "Try again. If it fails again, copy the diagnostics.",
		},
		{&url.Error{Op: "Get", URL: "https://hub", Err: os.ErrDeadlineExceeded}, "It took too long.", "Try again. If it fails again, copy the diagnostics."},
		{errors.New(""), "Something failed without a reason.", "Try again. If it fails again, copy the diagnostics."},
	} {
		f := Explain(c.err, "kept")
		if f.Title != c.title || f.Next != c.next || f.Kept != "kept" {
			t.Errorf("Explain(%v) = %+v, want %q and %q", c.err, f, c.title, c.next)
		}
	}
}

func TestToasts(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	clock := task.NewInline()
	toasts := NewToasts(clock)
	w := test.NewTempWindow(t, widgets.Layers(widgets.NewFill(theme.Bg, 0), toasts))
	w.Resize(fyne.NewSize(600, 300))
	toasts.Say("Saved")
	clock.Advance(ToastTime / 2)
	undone := 0
	toasts.SayUndo("Run 14 deleted", func() { undone++ })
	clock.Advance(ToastTime) // the end of the first one does not take the second away
	if got := toasts.Text(); got != "Run 14 deleted" {
		t.Fatalf("shown %q", got)
	}
	if b := toasts.box; b.Position().Y+b.Size().Height > 300-28 || b.Size().Width < 100 {
		t.Errorf("toast at %v, %v: it covers the status bar or is squeezed", b.Position(), b.Size())
	}
	test.Tap(toasts.undo)
	if undone != 1 || toasts.Text() != "" {
		t.Errorf("undone %d times, still shown %q", undone, toasts.Text())
	}
	toasts.SayUndo("Again", func() { undone++ })
	clock.Advance(UndoTime)
	if toasts.Text() != "" || undone != 1 {
		t.Errorf("after its time: shown %q, undone %d", toasts.Text(), undone)
	}
}

func TestCentre(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := NewCentre(func() time.Time { return now })
	changes := 0
	c.Changed = func() { changes++ }
	c.Add(Notice{Key: "trivial", Level: Trivia, Title: "Copied"})
	c.Add(Notice{Key: "run-14", Level: Attention, Title: "Run 14 is paused", Page: "run", Arg: "id"})
	now = now.Add(time.Hour)
	c.Add(Notice{Key: "run-14", Level: Success, Title: "Run 14 finished"})
	c.Add(Notice{Key: "run-14", Level: Success, Title: "Run 14 finished"}) // told twice
	c.Add(Notice{Key: "run-15", Level: Failure, Title: "Run 15 failed"})
	if got := c.List(); len(got) != 2 || got[0].Title != "Run 15 failed" || got[1].Title != "Run 14 finished" {
		t.Fatalf("list %+v", got)
	}
	if c.Unread() != 2 || changes != 3 {
		t.Errorf("%d unread after %d changes, want 2 after 3", c.Unread(), changes)
	}
	raw, err := c.Save()
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(Keep - time.Minute)
	again := NewCentre(func() time.Time { return now })
	if err := again.Load(raw); err != nil || len(again.List()) != 2 {
		t.Fatalf("loaded %v, %v", again.List(), err)
	}
	again.ReadAll()
	if again.Unread() != 0 {
		t.Error("read notices count as unread")
	}
	now = now.Add(time.Hour)
	if err := again.Load(raw); err != nil || len(again.List()) != 0 {
		t.Errorf("kept for more than 90 days: %v", again.List())
	}
}
