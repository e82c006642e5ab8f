package local

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Chat is a loaded base, with an adapter or without, that answers until it is
// closed.
type Chat struct {
	c      *child
	cancel context.CancelFunc
	gone   chan struct{}

	mu    sync.Mutex
	next  int
	asked map[string]*question
	err   error // why it is gone
}

type question struct {
	chat   *Chat
	id     string
	token  func(string)
	answer chan protocol.Answer
	failed chan error
}

// Chat loads a model and returns when it is ready to answer.
func (r *Runtime) Chat(ctx context.Context, job protocol.GenerateJob) (*Chat, error) {
	if job.Device == "" {
		job.Device = "auto"
	}
	if err := os.MkdirAll(r.dir+"/logs", 0o755); err != nil {
		return nil, installError(err, "the runtime folder cannot be written")
	}
	s, err := r.spawn(false, r.logPath(protocol.JobGenerate))
	if err != nil {
		return nil, asError(err)
	}
	c, err := start(s, protocol.Request{Job: protocol.JobGenerate, Generate: &job})
	if err != nil {
		return nil, installError(err, "the trainer cannot be started")
	}
	chat := &Chat{c: c, gone: make(chan struct{}), asked: map[string]*question{}}
	var life context.Context
	life, chat.cancel = context.WithCancel(context.Background())
	ready := make(chan struct{})
	var once sync.Once
	go func() {
		_, err := c.wait(life, func(e protocol.Event) {
			if e.Phase != nil && e.Phase.Phase == protocol.PhaseReady {
				once.Do(func() { close(ready) })
			}
			chat.event(e)
		})
		chat.end(err)
	}()
	select {
	case <-ready:
		return chat, nil
	case <-chat.gone:
		return nil, chat.why()
	case <-ctx.Done():
		chat.cancel()
		<-chat.gone
		return nil, ctx.Err()
	}
}

// event hands tokens, answers and errors to the one who asked.
func (c *Chat) event(e protocol.Event) {
	id := ""
	switch {
	case e.Token != nil:
		id = e.Token.ID
	case e.Answer != nil:
		id = e.Answer.ID
	case e.Error != nil:
		id = e.Error.ID
	}
	c.mu.Lock()
	q := c.asked[id]
	c.mu.Unlock()
	if q == nil {
		return
	}
	switch {
	case e.Token != nil:
		if q.token != nil {
			q.token(e.Token.Text)
		}
	case e.Answer != nil:
		q.answer <- *e.Answer
	case e.Error != nil:
		kind := training.KindFailed
		if e.Error.Kind == training.KindRefused {
			kind = training.KindRefused
		}
		q.failed <- &training.Error{Kind: kind, Message: e.Error.Message, Next: e.Error.Advice}
	}
}

// end lets go of everyone who still waits.
func (c *Chat) end(err error) {
	c.mu.Lock()
	c.err = asError(err)
	c.mu.Unlock()
	close(c.gone)
}

func (c *Chat) why() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil || errors.Is(c.err, context.Canceled) {
		return &training.Error{Kind: training.KindFailed, Message: "the chat is closed", Next: "Open it again."}
	}
	return c.err
}

// cancelWait is how long a cancelled answer may take to come back in part.
const cancelWait = 2 * time.Second

// Ask puts one question; onToken, which may be nil, gets the answer as it is
// made, from another goroutine. Several questions may be under way. When ctx
// ends, the answer so far comes back with finish "cancelled".
func (c *Chat) Ask(ctx context.Context, ask protocol.Control, onToken func(string)) (protocol.Answer, error) {
	return c.put(ask, onToken).wait(ctx)
}

// AskAll puts several questions at once, which are answered together in little
// more time than one, and gives the answers in the order of the questions.
func (c *Chat) AskAll(ctx context.Context, asks []protocol.Control) ([]protocol.Answer, error) {
	put := make([]*question, len(asks))
	for i, ask := range asks {
		put[i] = c.put(ask, nil)
	}
	answers := make([]protocol.Answer, len(asks))
	var first error
	for i, q := range put {
		a, err := q.wait(ctx)
		if answers[i] = a; err != nil && first == nil {
			first = err
		}
	}
	return answers, first
}

// put sends a question to the trainer.
func (c *Chat) put(ask protocol.Control, onToken func(string)) *question {
	q := &question{chat: c, token: onToken, answer: make(chan protocol.Answer, 1), failed: make(chan error, 1)}
	c.mu.Lock()
	c.next++
	q.id = strconv.Itoa(c.next)
	c.asked[q.id] = q
	c.mu.Unlock()
	ask.Control, ask.ID = protocol.ControlAsk, q.id
	if ask.Which == "" {
		ask.Which = "model"
	}
	if err := c.c.control(ask); err != nil {
		q.failed <- &training.Error{Kind: training.KindFailed, Message: "the chat does not take the question", Next: "Open it again.", Err: err}
	}
	return q
}

// wait is for the answer; a question is waited for once.
func (q *question) wait(ctx context.Context) (protocol.Answer, error) {
	c := q.chat
	defer func() {
		c.mu.Lock()
		delete(c.asked, q.id)
		c.mu.Unlock()
	}()
	ended := ctx.Done()
	var late <-chan time.Time
	for {
		select {
		case a := <-q.answer:
			return a, nil
		case <-c.gone:
			return protocol.Answer{}, c.why()
		case err := <-q.failed:
			return protocol.Answer{}, err
		case <-ended:
			ended = nil
			_ = c.c.control(protocol.Control{Control: protocol.ControlCancel, ID: q.id})
			late = time.After(cancelWait)
		case <-late:
			return protocol.Answer{}, ctx.Err()
		}
	}
}

// Close ends the chat and frees its memory.
func (c *Chat) Close() {
	c.c.hangUp()
	select {
	case <-c.gone:
	case <-time.After(3 * time.Second):
		c.cancel()
		<-c.gone
	}
}
