//go:build smoke

package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/cmd/internal/verbs"
	"github.com/modelfactory/modelfactory/ui"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// The smoke test runs this test binary again as the window program, as it is or with one thing added: a reader of
// commands, which goes to routes, presses what a person can press and says what a person can read. It runs it as mf too.

const (
	childAs    = "MODELFACTORY_SMOKE_CHILD"
	asWindow   = "window"
	asScripted = "scripted window"
	asMF       = "mf"
)

func TestMain(m *testing.M) {
	switch os.Getenv(childAs) {
	case asWindow:
		os.Exit(run())
	case asScripted:
		s := &script{}
		opened = func(w *ui.Window) { s.start(w.Window(), w) }
		refused = func(w fyne.Window) { s.start(w, nil) }
		arrived = func(r nav.Route) { s.route.Store(r) }
		os.Exit(run())
	case asMF:
		os.Exit(verbs.Main(context.Background(), verbs.Env{
			Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Dir: os.TempDir(), Getenv: os.Getenv,
		}))
	}
	code := m.Run()
	_ = os.RemoveAll(tiny.dir)
	os.Exit(code)
}

// child is this test binary as one of these.
func child(t *testing.T, as string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), childAs+"="+as)
	return cmd
}

// command is one line on the child's standard input.
type command struct {
	Do    string  `json:"do"` // go, look, tap, type, read, size, stall, quit
	Page  string  `json:"page,omitempty"`
	Arg   string  `json:"arg,omitempty"`
	Text  string  `json:"text,omitempty"`
	Where string  `json:"where,omitempty"`
	W     float32 `json:"w,omitempty"`
	H     float32 `json:"h,omitempty"`
	// Percent is the text size of look; 0 leaves it.
	Percent int `json:"percent,omitempty"`
}

// said is one line of its answer.
type said struct {
	OK      bool     `json:"ok"`
	Why     string   `json:"why,omitempty"`
	Page    string   `json:"page,omitempty"`
	Arg     string   `json:"arg,omitempty"`
	Texts   []string `json:"texts,omitempty"`
	StallMS float64  `json:"stall_ms,omitempty"` // longest wait for the UI goroutine
	BusyMS  float64  `json:"busy_ms,omitempty"`  // the same without its waits for the display to be painted
}

type script struct {
	win   fyne.Window
	w     *ui.Window // nil when the start failed
	route atomic.Value
	stall atomic.Int64 // longest wait for the UI goroutine, ns
	busy  atomic.Int64 // the same without its waits for the display
}

func (s *script) start(win fyne.Window, w *ui.Window) {
	s.win, s.w = win, w
	go s.watchStalls()
	go func() {
		out := json.NewEncoder(os.Stdout)
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			var c command
			if err := json.Unmarshal(in.Bytes(), &c); err != nil {
				_ = out.Encode(said{Why: err.Error()})
				continue
			}
			if c.Do == "quit" {
				_ = out.Encode(said{OK: true})
				fyne.Do(func() { fyne.CurrentApp().Quit() })
				return
			}
			_ = out.Encode(s.do(c))
		}
	}()
}

// watchStalls asks the UI goroutine for a word every 10 ms and keeps the longest waits: of all, and of those in which it
// was not drawing. While a wait lasts it looks where the goroutine stands: in the swap of the frame's buffers it waits for
// the display, which without a graphics card paints on the same processor that everything else needs.
func (s *script) watchStalls() {
	const look = 20 * time.Millisecond // each look stops the program for a moment
	buf := make([]byte, 1<<20)
	var report *os.File // what the UI goroutine did in long waits, for whoever looks for the cause
	if name := os.Getenv("MODELFACTORY_STALLS"); name != "" {
		report, _ = os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	for {
		asked, answered := time.Now(), make(chan struct{})
		go func() { fyne.DoAndWait(func() {}); close(answered) }()
		looks, drawing := 0, 0
		var seen []string
		for waiting := true; waiting; {
			select {
			case <-answered:
				waiting = false
			case <-time.After(look):
				stack := buf[:runtime.Stack(buf, true)]
				looks++
				if bytes.Contains(stack, []byte("glfwSwapBuffers")) || bytes.Contains(stack, []byte("SwapBuffers(")) {
					drawing++
				} else {
					seen = append(seen, uiStack(stack))
				}
			}
		}
		took := time.Since(asked)
		longer(&s.stall, took)
		if looks > 0 {
			took = took * time.Duration(looks-drawing) / time.Duration(looks)
		}
		longer(&s.busy, took)
		if report != nil && took > stallLimit/2*time.Millisecond {
			fmt.Fprintf(report, "busy for %s:\n%s\n", took, strings.Join(seen, "\n"))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// uiStack is the functions of the program's first goroutine, which draws, innermost first.
func uiStack(all []byte) string {
	var names []string
	_, first, _ := strings.Cut(string(all), "\ngoroutine 1 ")
	for line := range strings.Lines(first) {
		if line == "\n" {
			break // the next goroutine
		}
		if !strings.HasPrefix(line, "\t") {
			name, _, _ := strings.Cut(line[strings.LastIndex(line, "/")+1:], "(0x")
			names = append(names, strings.TrimSpace(name))
		}
	}
	return strings.Join(names, " < ")
}

func longer(max *atomic.Int64, d time.Duration) {
	for old := max.Load(); int64(d) > old && !max.CompareAndSwap(old, int64(d)); old = max.Load() {
	}
}

func (s *script) do(c command) (a said) {
	if c.Do == "stall" {
		return said{OK: true, StallMS: float64(s.stall.Swap(0)) / 1e6, BusyMS: float64(s.busy.Swap(0)) / 1e6}
	}
	fyne.DoAndWait(func() { a = s.onUI(c) })
	if r, ok := s.route.Load().(nav.Route); ok {
		a.Page, a.Arg = r.Page, r.Arg
	}
	return a
}

func (s *script) onUI(c command) said {
	switch c.Do {
	case "go":
		s.w.Go(nav.Route{Page: c.Page, Arg: c.Arg})
		return said{OK: true}
	case "look":
		_, percent := s.w.Look()
		s.w.SetLook(c.Text, cmp.Or(c.Percent, percent))
		return said{OK: true}
	case "size":
		s.win.Resize(fyne.NewSize(c.W, c.H))
		return said{OK: true}
	case "read":
		return said{OK: true, Texts: s.texts()}
	case "tap":
		return s.tap(c.Text)
	case "type":
		return s.enter(c.Where, c.Text)
	}
	return said{Why: "unknown command " + c.Do}
}

func (s *script) roots() []fyne.CanvasObject {
	c := s.win.Canvas()
	roots := []fyne.CanvasObject{c.Content()}
	return append(roots, c.Overlays().List()...)
}

// walk visits every visible object, parents first.
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

func textsOf(o fyne.CanvasObject) []string {
	var out []string
	walk(o, func(o fyne.CanvasObject) {
		if t, ok := o.(*canvas.Text); ok && strings.TrimSpace(t.Text) != "" {
			out = append(out, t.Text)
		}
	})
	return out
}

func (s *script) texts() []string {
	var out []string
	for _, r := range s.roots() {
		out = append(out, textsOf(r)...)
	}
	return out
}

// tap presses the innermost thing that shows the text. The last in drawing order wins: dialogs lie on top.
func (s *script) tap(text string) said {
	var best fyne.Tappable
	size := 0
	for _, r := range s.roots() {
		walk(r, func(o fyne.CanvasObject) {
			t, ok := o.(fyne.Tappable)
			if !ok {
				return
			}
			all := textsOf(o)
			for _, have := range all {
				if strings.EqualFold(strings.TrimSpace(have), text) || strings.HasPrefix(have, text) {
					if best == nil || len(all) <= size {
						best, size = t, len(all)
					}
				}
			}
		})
	}
	if best == nil {
		return said{Why: fmt.Sprintf("nothing to press shows %q", text), Texts: s.texts()}
	}
	if d, ok := best.(fyne.Disableable); ok && d.Disabled() {
		return said{Why: fmt.Sprintf("%q is disabled", text)}
	}
	best.Tapped(&fyne.PointEvent{})
	return said{OK: true}
}

// enter writes into the field with this placeholder.
func (s *script) enter(where, text string) said {
	var found *widgets.Entry
	var all []string
	for _, r := range s.roots() {
		walk(r, func(o fyne.CanvasObject) {
			e, ok := o.(*widgets.Entry)
			if !ok {
				return
			}
			all = append(all, e.PlaceHolder)
			if e.PlaceHolder == where {
				found = e
			}
		})
	}
	if found == nil {
		return said{Why: fmt.Sprintf("no field %q among %q", where, all)}
	}
	found.SetText(text)
	return said{OK: true}
}
