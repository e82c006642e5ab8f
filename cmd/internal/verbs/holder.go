package verbs

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
)

// The holder of a data folder serves studio.sock. A second program sends one request line and gets frames back, one JSON
// document a line; it may send a signal, or the answer to a question, while it waits. The socket's folder is the
// person's own (0700) and the socket is 0600: whoever can open it can open the folder.
type request struct {
	Args []string          `json:"args"`
	Dir  string            `json:"dir"`
	Env  map[string]string `json:"env"` // MODELFACTORY_* of the caller
	TTY  bool              `json:"tty"` // somebody can answer questions
}

type frame struct {
	Out    []byte  `json:"out,omitempty"`
	Err    []byte  `json:"err,omitempty"`
	Ask    *string `json:"ask,omitempty"`
	Secret bool    `json:"secret,omitempty"`
	Exit   *int    `json:"exit,omitempty"`
	Hello  bool    `json:"hello,omitempty"`
}

type reply struct {
	Signal string  `json:"signal,omitempty"`
	Answer *string `json:"answer,omitempty"`
}

// errCallerLeft is the cause of a context whose caller is gone; unlike an interrupt it pauses nothing.
var errCallerLeft = errors.New("the calling program left")

// helloWithin is how long a holder may take to answer before a second program calls it busy.
const helloWithin = 5 * time.Second

// Serve answers other programs. stop waits until the lines of others that this program carries out are done, and answers
// new ones meanwhile: a short verb that happens to hold the folder must not cut off a run that was started through it.
// When ctx ends, those lines are interrupted and nothing new is taken.
func Serve(ctx context.Context, st *studio.Studio) (stop func()) {
	ln, err := st.Listen()
	if err != nil {
		fmt.Fprintln(st.Log, "no other program can use this folder while it is open:", err)
		return func() {}
	}
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		active int
		closed bool
		left   = make(chan struct{}, 1)
	)
	leave := func() {
		mu.Lock()
		active--
		mu.Unlock()
		select {
		case left <- struct{}{}:
		default:
		}
	}
	wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			if closed {
				mu.Unlock()
				_ = conn.Close()
				continue
			}
			active++
			mu.Unlock()
			wg.Go(func() {
				defer leave()
				serveOne(ctx, conn, st)
			})
		}
	})
	return func() {
		for said := false; ; said = true {
			mu.Lock()
			closed = active == 0 || ctx.Err() != nil
			done := closed
			mu.Unlock()
			if done {
				break
			}
			if !said {
				fmt.Fprintln(st.Log, "another program uses this one to work on the same folder; it stays until that is done")
			}
			select {
			case <-left:
			case <-ctx.Done():
			}
		}
		_ = ln.Close()
		wg.Wait()
	}
}

func serveOne(ctx context.Context, conn net.Conn, st *studio.Studio) {
	defer func() { _ = conn.Close() }()
	in := bufio.NewScanner(conn)
	in.Buffer(nil, 1<<20)
	var req request
	if !in.Scan() || json.Unmarshal(in.Bytes(), &req) != nil {
		return
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &frameWriter{enc: json.NewEncoder(conn)}
	if w.send(frame{Hello: true}) != nil {
		return
	}
	answers := make(chan string)
	go func() {
		defer cancel(errCallerLeft)
		for in.Scan() {
			var r reply
			if json.Unmarshal(in.Bytes(), &r) != nil {
				return
			}
			if r.Signal == "interrupt" {
				cancel(context.Canceled)
			}
			if r.Answer != nil {
				select {
				case answers <- *r.Answer:
				case <-ctx.Done():
				}
			}
		}
	}()
	env := Env{
		Args: req.Args, Dir: req.Dir, Stdin: strings.NewReader(""),
		Stdout: frameStream{w, false}, Stderr: frameStream{w, true},
		Getenv: func(k string) string { return req.Env[k] },
	}
	if req.TTY {
		env.Ask = func(prompt string, secret bool) (string, error) {
			if err := w.send(frame{Ask: &prompt, Secret: secret}); err != nil {
				return "", err
			}
			select {
			case a := <-answers:
				return a, nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
	}
	code := inHolder(ctx, env, st)
	_ = w.send(frame{Exit: &code})
}

type frameWriter struct {
	mu  sync.Mutex
	enc *json.Encoder
}

func (w *frameWriter) send(f frame) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.enc.Encode(f)
}

type frameStream struct {
	w     *frameWriter
	isErr bool
}

func (s frameStream) Write(p []byte) (int, error) {
	f := frame{Out: p}
	if s.isErr {
		f = frame{Err: p}
	}
	return len(p), s.w.send(f)
}

// errNotBegun is wrapped by an error of forward when the holder has not begun with the line: it is opening or closing the
// folder, or gone. The line can be tried again.
var errNotBegun = errors.New("the holder has not begun")

// forward lets the holder of the folder carry out the line.
func forward(ctx context.Context, env Env, g Globals, held *studio.HeldError) (int, error) {
	conn, err := held.Dial()
	if err != nil {
		return ExitBusy, held.Busy(fmt.Errorf("%w: %w", errNotBegun, err))
	}
	defer func() { _ = conn.Close() }()
	req := request{Args: env.Args, Dir: env.Dir, TTY: env.Ask != nil, Env: map[string]string{"MODELFACTORY_HOME": g.Home}}
	if p := env.Getenv("MODELFACTORY_PASSWORD"); p != "" {
		req.Env["MODELFACTORY_PASSWORD"] = p
	}
	enc := json.NewEncoder(conn)
	if err := enc.Encode(req); err != nil {
		return ExitBusy, held.Busy(fmt.Errorf("%w: %w", errNotBegun, err))
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-ctx.Done():
			_ = json.NewEncoder(conn).Encode(reply{Signal: "interrupt"})
		case <-done:
		}
	}()
	_ = conn.SetReadDeadline(time.Now().Add(helloWithin))
	dec := json.NewDecoder(conn)
	begun := false
	for {
		var f frame
		if err := dec.Decode(&f); err != nil {
			// A holder that closed the connection before its hello did nothing; one that is silent may have.
			if !begun && !errors.Is(err, os.ErrDeadlineExceeded) {
				err = fmt.Errorf("%w: %w", errNotBegun, err)
			}
			return ExitBusy, held.Busy(err)
		}
		if f.Hello {
			begun = true
			_ = conn.SetReadDeadline(time.Time{})
		}
		if err := writeAll(env.Stdout, f.Out); err != nil {
			return ExitFailed, err
		}
		if err := writeAll(env.Stderr, f.Err); err != nil {
			return ExitFailed, err
		}
		if f.Ask != nil && env.Ask != nil {
			a, err := env.Ask(*f.Ask, f.Secret)
			if err != nil {
				return ExitFailed, err
			}
			if err := enc.Encode(reply{Answer: &a}); err != nil {
				return ExitBusy, held.Busy(err)
			}
		}
		if f.Exit != nil {
			return *f.Exit, nil
		}
	}
}

func writeAll(w io.Writer, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	_, err := w.Write(p)
	return err
}
