//go:build smoke

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// display starts a virtual X display of this size and gives its name.
func display(t *testing.T, size string) string {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatalf("no virtual display: %v (make setup-dev installs xvfb)", err)
	}
	_ = w.Close()
	t.Cleanup(func() { _ = x.Process.Kill(); _ = x.Wait() })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("the virtual display did not start:", err)
	}
	return ":" + strings.TrimSpace(line)
}

// runtimeDir is the installed trainer that `make` uses.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MODELFACTORY_RUNTIME")
	if dir == "" {
		dir = filepath.Join("..", "..", ".runtime")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// tinyRuntime is a runtime folder with the real trainer, whose embedded base is replaced by a tiny random one.
func tinyRuntime(t *testing.T) string {
	t.Helper()
	from, dir := runtimeDir(t), t.TempDir()
	for _, name := range []string{"python", "uv", "environment.json"} {
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	base := filepath.Join(dir, "bases", "tiny")
	source, err := filepath.Abs(filepath.Join("..", "..", "training", "trainer"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(from, "python", "bin", "python"), "-P", "-m", "modelfactory_trainer.tiny", base)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+source, "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("tiny base: %v\n%s", err, out)
	}
	path := filepath.Join(base, "base.json")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var record map[string]any
	if err := json.Unmarshal(b, &record); err != nil {
		t.Fatal(err)
	}
	record["name"] = "SmolLM2-135M-Instruct"
	if b, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(base, filepath.Join(dir, "bases", fmt.Sprintf("SmolLM2-135M-Instruct@%s", record["revision"]))); err != nil {
		t.Fatal(err)
	}
	return dir
}

// program is the window program in a process of its own.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	display string
	errs    *syncBuffer
	once    sync.Once
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func start(t *testing.T, display, home, runtime string) *program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, display: display, errs: &syncBuffer{}}
	p.cmd = exec.Command(self, "--home", home)
	p.cmd.Env = append(os.Environ(), asWindow+"=1", "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_SCALE=1",
		"HOME="+filepath.Dir(home), "XDG_CONFIG_HOME="+filepath.Join(filepath.Dir(home), "config"), "MODELFACTORY_RUNTIME="+runtime)
	p.cmd.Stderr = p.errs
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	p.out.Buffer(nil, 8<<20)
	t.Cleanup(p.quit)
	return p
}

func (p *program) quit() {
	p.once.Do(func() {
		_ = json.NewEncoder(p.in).Encode(command{Do: "quit"})
		done := make(chan error, 1)
		go func() { done <- p.cmd.Wait() }()
		select {
		case err := <-done:
			if err != nil {
				p.t.Errorf("the window program ended with %v\n%s", err, p.errs)
			}
		case <-time.After(60 * time.Second):
			_ = p.cmd.Process.Kill()
			p.t.Error("the window program did not quit within 60 s")
		}
		if s := p.errs.String(); strings.Contains(s, "fyne.Do") || strings.Contains(s, "should have been called in") {
			p.t.Errorf("a widget was touched off the UI goroutine:\n%s", s)
		}
	})
}

func (p *program) say(c command) said {
	p.t.Helper()
	if err := json.NewEncoder(p.in).Encode(c); err != nil {
		p.t.Fatalf("the window program is gone: %v\n%s", err, p.errs)
	}
	for p.out.Scan() {
		var a said
		if json.Unmarshal(p.out.Bytes(), &a) == nil {
			return a
		}
	}
	p.t.Fatalf("the window program ended\n%s", p.errs)
	return said{}
}

// must does it or fails with what stands in the window.
func (p *program) must(c command) said {
	p.t.Helper()
	a := p.say(c)
	if !a.OK {
		p.grab("failed-" + p.t.Name())
		p.t.Fatalf("%+v: %s\n%s", c, a.Why, strings.Join(p.say(command{Do: "read"}).Texts, "\n"))
	}
	return a
}

// until waits for a condition on what the window says.
func (p *program) until(what string, limit time.Duration, ok func(said) bool) said {
	p.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		a := p.say(command{Do: "read"})
		if ok(a) {
			return a
		}
		if time.Now().After(deadline) {
			p.grab("failed-" + p.t.Name())
			p.t.Fatalf("no %s within %s; the window says (%s %s):\n%s", what, limit, a.Page, a.Arg, strings.Join(a.Texts, "\n"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func says(text string) func(said) bool {
	return func(a said) bool {
		return slices.ContainsFunc(a.Texts, func(s string) bool { return strings.HasPrefix(s, text) })
	}
}

// tapWhen presses a text as soon as it can be pressed.
func (p *program) tapWhen(text string, limit time.Duration) {
	p.t.Helper()
	deadline := time.Now().Add(limit)
	for {
		a := p.say(command{Do: "tap", Text: text})
		if a.OK {
			return
		}
		if time.Now().After(deadline) {
			p.grab("failed-" + p.t.Name())
			p.t.Fatalf("%s; the window says:\n%s", a.Why, strings.Join(p.say(command{Do: "read"}).Texts, "\n"))
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// pictures is where grabs are kept, to be looked at.
func pictures(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("MODELFACTORY_PICTURES")
	if dir == "" {
		dir = filepath.Join(runtimeDir(t), "smoke")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// screen reads the X screen.
func screen(t *testing.T, display, file string) image.Image {
	t.Helper()
	cmd := exec.Command("import", "-window", "root", file)
	cmd.Env = append(os.Environ(), "DISPLAY="+display)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("screen grab: %v\n%s", err, out)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func (p *program) grab(name string) image.Image {
	p.t.Helper()
	return screen(p.t, p.display, filepath.Join(pictures(p.t), strings.ReplaceAll(name, "/", "-")+".png"))
}

// settled grabs until two pictures in a row are the same, so that nothing half drawn is judged.
func (p *program) settled(name string) image.Image {
	p.t.Helper()
	last := p.grab(name)
	for range 20 {
		time.Sleep(150 * time.Millisecond)
		next := p.grab(name)
		if differing(last, next) == 0 {
			return next
		}
		last = next
	}
	return last // something moves: a chart, a clock
}

// differing counts pixels that are not the same.
func differing(a, b image.Image) int {
	if a.Bounds() != b.Bounds() {
		return a.Bounds().Dx() * a.Bounds().Dy()
	}
	n := 0
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				n++
			}
		}
	}
	return n
}
