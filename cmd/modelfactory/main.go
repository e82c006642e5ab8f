package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"

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
	if *home == "" {
		dir, err := studio.DefaultHome()
		if err != nil {
			return fail(err)
		}
		*home = dir
	}
	dir, err := filepath.Abs(*home)
	if err != nil {
		return fail(err)
	}
	lock, err := studio.Acquire(dir)
	var held *studio.HeldError
	if errors.As(err, &held) {
		return raiseOther(dir)
	}
	if err != nil {
		return fail(err)
	}
	logFile := openLog(dir)
	defer func() { _ = logFile.Close() }()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	st, err := studio.Open(ctx, studio.Options{Home: dir, Lock: lock, Log: logFile})
	if err != nil {
		_ = lock.Release()
		return fail(err)
	}
	a := app.NewWithID(appID)
	a.SetIcon(fyne.NewStaticResource("modelfactory.png", assets.Icon))
	w := window(a, st)
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
		return fail(err)
	}
	return 0
}

// opened and arrived are hooks of the smoke test, which runs this program with itself inside.
var (
	opened  func(*ui.Window)
	arrived func(nav.Route)
)

func window(a fyne.App, st *studio.Studio) *ui.Window {
	wallets := newWalletServices(st)
	return ui.New(ui.Config{
		App: a, Version: studio.Version, Screens: screens(st, wallets), Services: newFrameServices(st, wallets), HasTray: ui.HasTray(), Trace: arrived,
		About: ui.About{LogFolder: filepath.Join(st.Home, "logs"), Licences: licences()},
	})
}

// raiseOther brings the window of the program that holds the folder to the front.
func raiseOther(dir string) int {
	return verbs.Main(context.Background(), verbs.Env{
		Args: []string{"--home", dir, "window", "raise"}, Stdout: io.Discard, Stderr: os.Stderr, Dir: dir, Getenv: func(string) string { return "" },
	})
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

// fail tells why the window cannot open. There may be no terminal: the desktop then shows nothing, so the words also go
// to a window where one can be made.
func fail(err error) int {
	fmt.Fprintln(os.Stderr, "modelfactory:", err)
	var a interface{ Advice() string }
	if errors.As(err, &a) && a.Advice() != "" {
		fmt.Fprintln(os.Stderr, "   ", a.Advice())
	}
	return 1
}
