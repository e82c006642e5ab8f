//go:build smoke

package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
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

// display is a virtual X display whose screen lies in a file.
type display struct {
	name string // as in DISPLAY
	file string // an XWD picture that the server paints in
	stop func()
}

// newDisplay starts a display of this size; it ends with the test, or by stop.
func newDisplay(t *testing.T, size string) display {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "-nocursor", "-nolisten", "tcp", "-fbdir", dir)
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		t.Fatalf("no virtual display: %v (make setup-dev installs xvfb)", err)
	}
	_ = w.Close()
	stop := sync.OnceFunc(func() { _ = x.Process.Kill(); _ = x.Wait() })
	t.Cleanup(stop)
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("the virtual display did not start:", err)
	}
	return display{name: ":" + strings.TrimSpace(line), file: filepath.Join(dir, "Xvfb_screen0"), stop: stop}
}

// screen is one look at a display: its pixels as the server keeps them, four bytes each (blue, green, red, unused).
type screen struct {
	w, h   int
	pixels []byte
}

// look reads the display's file: a header of big-endian words, a colour table, the rows.
func (d display) look() (screen, error) {
	b, err := os.ReadFile(d.file)
	if err != nil {
		return screen{}, err
	}
	const headerSize, width, height, bitsPerPixel, bytesPerLine, colours, colourSize = 0, 4, 5, 11, 12, 19, 12
	if len(b) < 100 {
		return screen{}, fmt.Errorf("%s is no picture yet", d.file)
	}
	word := func(i int) int { return int(binary.BigEndian.Uint32(b[4*i:])) }
	s := screen{w: word(width), h: word(height)}
	from := word(headerSize) + word(colours)*colourSize
	if word(bitsPerPixel) != 32 || word(bytesPerLine) != 4*s.w || len(b) < from+4*s.w*s.h {
		return screen{}, fmt.Errorf("%s is %d×%d with %d bits, which this test cannot read", d.file, s.w, s.h, word(bitsPerPixel))
	}
	s.pixels = b[from : from+4*s.w*s.h]
	return s, nil
}

// corner is the upper left part of the screen: the window, when the display has no window manager and is larger.
func (s screen) corner(w, h int) screen {
	w, h = min(w, s.w), min(h, s.h)
	out := screen{w: w, h: h}
	for y := range h {
		out.pixels = append(out.pixels, s.pixels[4*y*s.w:4*(y*s.w+w)]...)
	}
	return out
}

// save writes the screen as a PNG, to be looked at.
func (s screen) save(file string) error {
	img := image.NewRGBA(image.Rect(0, 0, s.w, s.h))
	for i := 0; i < len(s.pixels); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = s.pixels[i+2], s.pixels[i+1], s.pixels[i], 255
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	return errors.Join(encoder.Encode(f, img), f.Close())
}

// differing counts the pixels that are not the same.
func differing(a, b screen) int {
	if a.w != b.w || a.h != b.h {
		return a.w * a.h
	}
	n := 0
	for i := 0; i < len(a.pixels); i += 4 {
		if !bytes.Equal(a.pixels[i:i+3], b.pixels[i:i+3]) {
			n++
		}
	}
	return n
}

// blank reports whether all pixels are alike: nothing was drawn yet.
func (s screen) blank() bool {
	for i := 4; i < len(s.pixels); i += 4 {
		if !bytes.Equal(s.pixels[i:i+3], s.pixels[:3]) {
			return false
		}
	}
	return true
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

var tiny struct {
	sync.Once
	dir string
	err error
}

// tinyRuntime is a runtime folder with the real trainer, whose embedded base is replaced by a tiny random one. All tests
// share it.
func tinyRuntime(t *testing.T) string {
	t.Helper()
	from := runtimeDir(t)
	tiny.Do(func() {
		if tiny.dir, tiny.err = os.MkdirTemp("", "modelfactory-smoke-*"); tiny.err == nil {
			tiny.err = makeTiny(from, tiny.dir)
		}
	})
	if tiny.err != nil {
		t.Fatal("the runtime of the tests cannot be made: ", tiny.err)
	}
	return tiny.dir
}

func makeTiny(from, dir string) error {
	for _, name := range []string{"python", "uv", "environment.json"} {
		if err := os.Symlink(filepath.Join(from, name), filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	base := filepath.Join(dir, "bases", "tiny")
	source, err := filepath.Abs(filepath.Join("..", "..", "training", "trainer"))
	if err != nil {
		return err
	}
	cmd := exec.Command(filepath.Join(from, "python", "bin", "python"), "-P", "-m", "modelfactory_trainer.tiny", base)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+source, "PYTHONDONTWRITEBYTECODE=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("tiny base: %w\n%s", err, out)
	}
	path := filepath.Join(base, "base.json")
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var record map[string]any
	if err := json.Unmarshal(b, &record); err != nil {
		return err
	}
	record["name"] = "SmolLM2-135M-Instruct"
	if b, err = json.Marshal(record); err != nil {
		return err
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return err
	}
	return os.Rename(base, filepath.Join(dir, "bases", fmt.Sprintf("SmolLM2-135M-Instruct@%s", record["revision"])))
}

// program is the window program in a process of its own.
type program struct {
	t       *testing.T
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	display display
	errs    *syncBuffer
	exit    int // the exit code that it must end with
	w, h    int // size that was asked for; 0: the whole display is kept in pictures
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

func start(t *testing.T, display display, home, runtime string) *program {
	t.Helper()
	p := &program{t: t, cmd: child(t, asScripted, "--home", home), display: display, errs: &syncBuffer{}}
	p.cmd.Env = append(p.cmd.Env, "DISPLAY="+display.name, "LIBGL_ALWAYS_SOFTWARE=1", "FYNE_SCALE=1",
		"HOME="+filepath.Dir(home), "XDG_CONFIG_HOME="+filepath.Join(filepath.Dir(home), "config"), "MODELFACTORY_RUNTIME="+runtime)
	p.cmd.Stderr = p.errs
	var err error
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
			if code := p.cmd.ProcessState.ExitCode(); code != p.exit {
				p.t.Errorf("the window program ended with exit code %d (%v), want %d\n%s", code, err, p.exit, p.errs)
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
	if c.Do == "size" {
		p.w, p.h = int(c.W), int(c.H)
	}
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

// grab looks at the screen and keeps the picture.
func (p *program) grab(name string) screen {
	p.t.Helper()
	s, err := p.display.look()
	if err != nil {
		p.t.Fatal(err)
	}
	p.keep(name, s)
	return s
}

func (p *program) keep(name string, s screen) {
	p.t.Helper()
	if p.w > 0 {
		s = s.corner(p.w, p.h)
	}
	if err := s.save(filepath.Join(pictures(p.t), strings.ReplaceAll(name, "/", "-")+".png")); err != nil {
		p.t.Fatal(err)
	}
}

// settled waits until the screen of before is gone and what came in its place stays as it is for 0.3 s, so that nothing
// half drawn is judged, and keeps that picture. What moves by itself, a chart or a clock, is waited for 3 s.
func (p *program) settled(name string, before screen) screen {
	p.t.Helper()
	var last screen
	for still, start := 0, time.Now(); still < 3 && time.Since(start) < 3*time.Second; {
		next, err := p.display.look()
		if err != nil {
			p.t.Fatal(err)
		}
		if bytes.Equal(last.pixels, next.pixels) && !bytes.Equal(next.pixels, before.pixels) {
			still++
		} else {
			still = 0
		}
		last = next
		time.Sleep(100 * time.Millisecond)
	}
	p.keep(name, last)
	return last
}
