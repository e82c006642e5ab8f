package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"

	"github.com/modelfactory/modelfactory/assets"
	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/cmd/internal/verbs"
	"github.com/modelfactory/modelfactory/ui"
	"github.com/modelfactory/modelfactory/ui/nav"
)

const appID = "org.modelfactory.studio"

func main() { os.Exit(run()) }

func run() int {
	studio.IgnoreFileLimit()
	home := flag.String("home", os.Getenv("MODELFACTORY_HOME"), "the data folder")
	flag.Parse()
	if !displayed() {
		return tell(&studio.Error{
			Kind: "failed", Message: "there is no display to open a window on",
			Next: "Start it from a desktop, or do the work in the terminal: mf help.",
		})
	}
	if *home == "" {
		dir, err := studio.DefaultHome()
		if err != nil {
			return startFailed(err, "")
		}
		*home = dir
	}
	dir, err := filepath.Abs(*home)
	if err != nil {
		return startFailed(err, "")
	}
	lock, err := studio.Acquire(dir)
	if _, held := errors.AsType[*studio.HeldError](err); held {
		if err = raiseOther(dir); err == nil {
			return 0
		}
	}
	if err != nil {
		return startFailed(err, dir)
	}
	logFile := openLog(dir)
	defer func() { _ = logFile.Close() }()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := studio.Open(ctx, studio.Options{Home: dir, Lock: lock, Log: logFile})
	if err != nil {
		_ = lock.Release()
		fmt.Fprintln(logFile, "the start failed:", err)
		return startFailed(err, dir)
	}
	w := window(newApp(), st)
	st.OnRaise(func() { fyne.Do(w.Raise) })
	stop := verbs.Serve(ctx, st)
	st.Runs.ServeQueue()
	if opened != nil {
		opened(w)
	}
	w.Run()
	cancel()
	stop()
	if err := st.Close(context.Background()); err != nil {
		return tell(err)
	}
	return 0
}

// opened, refused and arrived are hooks of the smoke test, which runs this program with itself inside.
var (
	opened  func(*ui.Window)
	refused func(fyne.Window)
	arrived func(nav.Route)
)

func newApp() fyne.App {
	a := app.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("modelfactory.png", assets.Icon))
	return a
}

func window(a fyne.App, st *studio.Studio) *ui.Window {
	wallets := newWalletServices(st)
	return ui.New(ui.Config{
		App: a, Version: studio.Version, Screens: screens(st, wallets), Services: newFrameServices(st, wallets), HasTray: ui.HasTray(), Trace: arrived,
		About: ui.About{LogFolder: filepath.Join(st.Home, "logs"), Licences: licences()},
	})
}

// raiseOther brings the window of the program that holds the folder to the front, or says why it has none.
func raiseOther(dir string) error {
	var out bytes.Buffer
	code := verbs.Main(context.Background(), verbs.Env{
		Args: []string{"--home", dir, "--json", "window", "raise"}, Stdout: &out, Stderr: io.Discard, Dir: dir, Getenv: func(string) string { return "" },
	})
	if code == verbs.ExitDone {
		return nil
	}
	var doc struct {
		Error struct{ Code, Message, Advice string }
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		return fmt.Errorf("the program that holds the data folder does not answer: %w", err)
	}
	return &studio.Error{Kind: doc.Error.Code, Message: doc.Error.Message, Next: doc.Error.Advice}
}

// openLog opens the program's log; a crash of the Go runtime goes there too.
func openLog(dir string) io.WriteCloser {
	logs := filepath.Join(dir, "logs")
	if err := os.MkdirAll(logs, 0o700); err != nil {
		return os.Stderr
	}
	f, err := os.OpenFile(filepath.Join(logs, "modelfactory.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return os.Stderr
	}
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		fmt.Fprintln(f, "no crash log:", err)
	}
	return f
}

// displayed reports whether a window can be opened. Only on Linux can a program be without a display, or be told of one
// that is not there any more, as in a terminal that outlived its desktop; the window library would end in a panic.
func displayed() bool {
	return runtime.GOOS != "linux" || os.Getenv("WAYLAND_DISPLAY") != "" || answers(os.Getenv("DISPLAY"))
}

// answers reports whether an X server listens at a display, [host]:number[.screen] as in X(7).
func answers(display string) bool {
	colon := strings.LastIndex(display, ":")
	if colon < 0 {
		return false
	}
	number, _, _ := strings.Cut(display[colon+1:], ".")
	n, err := strconv.Atoi(number)
	if err != nil {
		return false
	}
	socket := fmt.Sprintf("/tmp/.X11-unix/X%d", n)
	places := [][2]string{{"unix", "@" + socket}, {"unix", socket}}
	if host := display[:colon]; host != "" && host != "unix" {
		places = [][2]string{{"tcp", net.JoinHostPort(host, strconv.Itoa(6000+n))}}
	}
	for _, p := range places {
		if c, err := net.DialTimeout(p[0], p[1], 5*time.Second); err == nil {
			return c.Close() == nil
		}
	}
	return false
}

// startFailed tells why the studio cannot open in a small window: who started it from the desktop sees no terminal.
func startFailed(err error, folder string) int {
	code := tell(err)
	w := ui.NewStartFailed(newApp(), err, folder)
	if refused != nil {
		refused(w)
	}
	w.ShowAndRun()
	return code
}

// tell writes an error and its advice to the terminal, and gives the exit code.
func tell(err error) int {
	fmt.Fprintln(os.Stderr, "modelfactory:", err)
	var a interface{ Advice() string }
	if errors.As(err, &a) && a.Advice() != "" {
		fmt.Fprintln(os.Stderr, "   ", a.Advice())
	}
	return 1
}
