package local

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// patience holds the time limits of a child. Tests shorten them.
type patience struct {
	leave time.Duration // after it was asked to leave: longest silence
	exit  time.Duration // after its result: until it must be gone
	hang  time.Duration // longest silence at any time
}

// A heartbeat comes every 5 s, so a silence of half a minute after a request to
// leave means that nobody listens. Without such a request a person decides
// first; only after ten minutes the process counts as lost.
var usualPatience = patience{leave: 30 * time.Second, exit: 30 * time.Second, hang: 10 * time.Minute}

const (
	maxBadLines = 20       // on a pipe of its own every bad line is a fault
	maxLog      = 16 << 20 // bytes of trainer.log for one process
	maxLastLine = 500      // characters kept of the log's last line
)

// child is one process of the trainer: started with a request on its standard
// input, steered by control lines, heard through events.
type child struct {
	cmd    *exec.Cmd
	limits patience
	out    *os.File      // events
	logged chan struct{} // closed when the log is drained
	exited chan struct{} // closed when the process is gone

	mu       sync.Mutex
	in       *os.File
	leaving  time.Time // when it was asked to leave
	heard    time.Time
	why      *training.Failure // why we ended it
	lastLine string
}

// spawn describes a child.
type spawn struct {
	path, dir string
	args, env []string
	log       string // file that standard error is appended to; "" = dropped
	limits    patience
	alive     *atomic.Int32 // counts the living; may be nil
}

// start runs a process of the trainer and hands it its request.
func start(s spawn, req protocol.Request) (*child, error) {
	line, err := protocol.Encode(req)
	if err != nil {
		return nil, err
	}
	inR, inW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		closeAll(inR, inW)
		return nil, err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		closeAll(inR, inW, outR, outW)
		return nil, err
	}
	cmd := exec.Command(s.path, s.args...)
	cmd.Dir, cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = s.dir, s.env, inR, outW, errW
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		closeAll(inR, inW, outR, outW, errR, errW)
		return nil, err
	}
	closeAll(inR, outW, errW)
	_ = giveWay(cmd.Process) // else it works at the usual priority, which loses nothing
	if s.alive != nil {
		s.alive.Add(1)
	}
	c := &child{cmd: cmd, limits: s.limits, in: inW, out: outR, logged: make(chan struct{}), exited: make(chan struct{}), heard: time.Now()}
	go c.drain(errR, s.log)
	go func() {
		_ = cmd.Wait()
		if s.alive != nil {
			s.alive.Add(-1)
		}
		close(c.exited)
		// A stray grandchild may keep the pipes open; nothing of it is wanted.
		_ = killGroup(cmd.Process.Pid)
		late := time.Now().Add(2 * time.Second)
		_ = outR.SetReadDeadline(late)
		_ = errR.SetReadDeadline(late)
	}()
	if err := c.write(line); err != nil {
		c.end(&training.Failure{Code: training.FailTrainer, Message: "The trainer did not take its job: " + err.Error()})
	}
	return c, nil
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		_ = f.Close()
	}
}

// write sends one line. A child that does not read is not waited for for ever.
func (c *child) write(line []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in == nil {
		return os.ErrClosed
	}
	_ = c.in.SetWriteDeadline(time.Now().Add(5 * time.Second)) // not every system can
	_, err := c.in.Write(line)
	return err
}

// control sends a control line. Pause and stop start the time in which the
// child has to leave.
func (c *child) control(ctl protocol.Control) error {
	line, err := protocol.Encode(ctl)
	if err != nil {
		return err
	}
	if err := c.write(line); err != nil {
		return err
	}
	if ctl.Control == protocol.ControlPause || ctl.Control == protocol.ControlStop {
		c.mu.Lock()
		c.leaving = time.Now()
		c.mu.Unlock()
	}
	return nil
}

// hangUp closes the child's input: it saves and leaves.
func (c *child) hangUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.in != nil {
		_ = c.in.Close()
		c.in, c.leaving = nil, time.Now()
	}
}

// end kills the child and its group, and keeps why.
func (c *child) end(why *training.Failure) {
	c.mu.Lock()
	if c.why == nil {
		c.why = why
	}
	c.mu.Unlock()
	select {
	case <-c.exited: // its number may belong to another process by now
	default:
		_ = killGroup(c.cmd.Process.Pid)
	}
}

// wait reads events until the child is gone. It returns the result event, or
// why there is none. Ending ctx ends the child at once.
func (c *child) wait(ctx context.Context, events func(protocol.Event)) (*protocol.Result, error) {
	stop := make(chan struct{})
	defer close(stop)
	go c.watch(ctx, stop)

	var result *protocol.Result
	var failure *protocol.Failure
	bad := 0
	r := protocol.NewReader(c.out)
	for {
		e, err := r.Next()
		if errors.Is(err, protocol.ErrLine) {
			if bad++; bad == maxBadLines {
				c.end(&training.Failure{Code: training.FailTrainer, Message: "The trainer sent what is no event: " + firstLine(err.Error())})
			}
			continue
		}
		if err != nil {
			break // io.EOF, or the deadline after its exit
		}
		c.mu.Lock()
		c.heard = time.Now()
		c.mu.Unlock()
		switch {
		case e.Result != nil:
			result = e.Result
			time.AfterFunc(c.limits.exit, func() { c.end(nil) })
		case e.Error != nil && e.Error.ID == "":
			failure = e.Error
		}
		events(e)
	}
	// Its output is closed; a process that stays without it is of no use.
	select {
	case <-c.exited:
	case <-time.After(c.limits.exit):
		c.end(nil)
		<-c.exited
	}
	<-c.logged
	c.hangUp()
	_ = c.out.Close()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if result != nil {
		return result, nil
	}
	return nil, c.failure(failure)
}

// failure puts together why the child ended without a result.
func (c *child) failure(said *protocol.Failure) error {
	c.mu.Lock()
	why, last := c.why, c.lastLine
	c.mu.Unlock()
	code, signal := endedBy(c.cmd.ProcessState)
	switch {
	case said != nil:
		f := training.Classify(said.Kind, said.Message, said.Advice, last, code, signal)
		return f
	case why != nil:
		f := training.Classify(why.Code, why.Message, why.Advice, last, code, "")
		return f
	}
	return training.Classify("", "", "", last, code, signal)
}

// watch ends a child that hangs, and one whose ctx ended.
func (c *child) watch(ctx context.Context, stop <-chan struct{}) {
	tick := time.NewTicker(max(min(c.limits.leave, c.limits.hang)/10, time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-ctx.Done():
			c.end(nil)
			return
		case now := <-tick.C:
			c.mu.Lock()
			heard, leaving := c.heard, c.leaving
			c.mu.Unlock()
			quiet := now.Sub(heard)
			switch {
			case quiet > c.limits.hang:
				c.end(&training.Failure{Code: training.FailNotResponding, Message: fmt.Sprintf("The trainer gave no sign of life for %s and was ended.", c.limits.hang)})
			case !leaving.IsZero() && quiet > c.limits.leave && now.Sub(leaving) > c.limits.leave:
				c.end(&training.Failure{Code: training.FailNotResponding, Message: fmt.Sprintf("The trainer was asked to leave, did not answer for %s and was ended.", c.limits.leave)})
			}
		}
	}
}

// drain copies standard error into the log and keeps its last line. It always
// reads to the end, for a full pipe would stop the child; what is more than a
// log should hold is dropped.
func (c *child) drain(r *os.File, path string) {
	defer close(c.logged)
	defer r.Close()
	var w io.Writer = io.Discard
	if path != "" {
		if f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err == nil {
			defer f.Close()
			w = f
		}
	}
	buf := bufio.NewReaderSize(r, 64<<10)
	written := 0
	for {
		line, err := buf.ReadSlice('\n')
		if len(line) > 0 {
			if written < maxLog {
				_, _ = w.Write(line)
				if written += len(line); written >= maxLog {
					_, _ = io.WriteString(w, "\n(the log is cut here: the trainer wrote more than 16 MB)\n")
				}
			}
			if text := strings.TrimSpace(strings.ToValidUTF8(string(line[:min(len(line), maxLastLine)]), "")); text != "" {
				c.mu.Lock()
				c.lastLine = text
				c.mu.Unlock()
			}
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line[:min(len(line), maxLastLine)]
}

// lastLines returns the end of some output, for a message.
func lastLines(b []byte, n int) string {
	lines := strings.Split(strings.TrimSpace(string(bytes.ToValidUTF8(b, nil))), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
