package modelscreen

import (
	"fmt"
	"strings"
	"sync"

	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// maxTokens is the length at which an answer is cut.
const maxTokens = 256

// Loading is whether base and model can be asked.
type Loading int

// The states of loading.
const (
	Unloaded Loading = iota
	Opening
	Open
	Failed
)

// Column is who answers.
type Column int

// The columns; the third is a model of an Ollama server.
const (
	Base Column = iota
	Result
	Third
)

// Answer is one answer of one column. Its text grows while it is written, also
// from other goroutines.
type Answer struct {
	Column Column
	Done   bool
	Err    error
	Ended  protocol.Answer // valid when Done and there is no error

	mu     sync.Mutex
	text   strings.Builder
	tokens int
}

// Token adds a piece; any goroutine may call it.
func (a *Answer) Token(text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text.WriteString(text)
	a.tokens++
}

// End takes over the whole answer, or why there is none. What was written so far
// stays.
func (a *Answer) End(whole protocol.Answer, err error) {
	a.Done, a.Err, a.Ended = true, err, whole
	if err == nil {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.text.Reset()
		a.text.WriteString(whole.Text)
	}
}

// Text is the answer so far.
func (a *Answer) Text() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.TrimSpace(a.text.String())
}

// Line is what stands under the answer.
func (a *Answer) Line() string {
	a.mu.Lock()
	n := a.tokens
	a.mu.Unlock()
	switch {
	case a.Done && a.Err != nil:
		return ""
	case !a.Done && n == 0:
		return "reading the question"
	case !a.Done:
		return fmt.Sprintf("writing, %s", tokens(n))
	}
	line := fmt.Sprintf("%s · %s\u00a0s", tokens(a.Ended.Tokens), widgets.Number(a.Ended.Seconds, 2))
	switch a.Ended.Finish {
	case "cancelled":
		line += " · stopped by you"
	case "length":
		line += " · cut at its greatest length"
	}
	return line
}

func tokens(n int) string {
	if n == 1 {
		return "1 token"
	}
	return widgets.Count(int64(n)) + " tokens"
}

// Turn is a question with its answers.
type Turn struct {
	Question string
	Answers  []*Answer
}

// Chatting is the chat of one model's page.
type Chatting struct {
	State       Loading
	Problem     error // of loading
	Temperature float64
	Remember    bool // earlier turns are part of the question

	turns  []*Turn
	server string // version of the Ollama server; "" = none answers
	looked bool
	thirds []ollama.Model
	third  string // the chosen one; "" = no third column
}

// Temperatures are the choices of the composer.
var Temperatures = []float64{0, 0.3, 0.7, 1}

// TemperatureWords are how they read.
func TemperatureWords() []string {
	out := make([]string, len(Temperatures))
	for i, t := range Temperatures {
		out[i] = fmt.Sprintf("Temperature %g", t)
	}
	return out
}

// Turns are the questions so far.
func (c *Chatting) Turns() []*Turn { return c.turns }

// Busy says whether an answer is being written.
func (c *Chatting) Busy() bool {
	for _, t := range c.turns {
		for _, a := range t.Answers {
			if !a.Done {
				return true
			}
		}
	}
	return false
}

// Columns are who is asked now.
func (c *Chatting) Columns() []Column {
	if c.third != "" {
		return []Column{Base, Result, Third}
	}
	return []Column{Base, Result}
}

// AskWords is what the button says.
func (c *Chatting) AskWords() string {
	if c.third != "" {
		return "Ask all three"
	}
	return "Ask both"
}

// CanAsk says whether a question can be asked, and if not why.
func (c *Chatting) CanAsk(question string) (bool, string) {
	switch {
	case c.State == Failed:
		return false, "Base and model could not be loaded."
	case c.State != Open:
		return false, "Base and model are being loaded."
	case c.Busy():
		return false, "The last question is being answered."
	case strings.TrimSpace(question) == "":
		return false, "Type a question first."
	}
	return true, ""
}

// Ask adds a question; its answers are to be filled by the caller, each with the
// Control that Control gives.
func (c *Chatting) Ask(question string) (*Turn, bool) {
	if ok, _ := c.CanAsk(question); !ok {
		return nil, false
	}
	t := &Turn{Question: strings.TrimSpace(question)}
	for _, col := range c.Columns() {
		t.Answers = append(t.Answers, &Answer{Column: col})
	}
	c.turns = append(c.turns, t)
	return t, true
}

// Control is the question as one column is asked it. Each column remembers its
// own earlier answers, never another's.
func (c *Chatting) Control(t *Turn, col Column) protocol.Control {
	ask := protocol.Control{MaxTokens: maxTokens, Temperature: c.Temperature, Seed: int64(len(c.turns))}
	ask.Which = "model"
	if col == Base {
		ask.Which = "base"
	}
	if c.Remember {
		for _, earlier := range c.turns {
			if earlier == t {
				break
			}
			for _, a := range earlier.Answers {
				if a.Column == col && a.Done && a.Err == nil && a.Text() != "" {
					ask.Messages = append(ask.Messages, protocol.Message{Role: "user", Content: earlier.Question}, protocol.Message{Role: "assistant", Content: a.Text()})
				}
			}
		}
	}
	ask.Messages = append(ask.Messages, protocol.Message{Role: "user", Content: t.Question})
	return ask
}

// Clear takes all turns away; not while one is written.
func (c *Chatting) Clear() {
	if !c.Busy() {
		c.turns = nil
	}
}

// FoundOllama takes over what a look for an Ollama server gave; an error means
// that none answers.
func (c *Chatting) FoundOllama(version string, models []ollama.Model, err error) {
	c.looked = true
	c.server, c.thirds = version, models
	if err != nil || version == "" {
		c.server, c.thirds = "", nil
	}
	for _, m := range c.thirds {
		if m.Name == c.third {
			return
		}
	}
	c.third = ""
}

// OllamaState says in words how it stands with Ollama, and how to get on.
func (c *Chatting) OllamaState() (words, command string) {
	switch {
	case !c.looked:
		return "Looking for an Ollama server on this computer…", ""
	case c.server == "":
		return "No Ollama server answers on this computer. Install Ollama from ollama.com, then start it in a terminal:", "ollama serve"
	case len(c.thirds) == 0:
		return fmt.Sprintf("Ollama %s runs and has no model yet. Fetch one in a terminal:", c.server), "ollama pull qwen3:0.6b"
	}
	return fmt.Sprintf("Ollama %s runs on this computer. One of its models can answer beside base and result.", c.server), ""
}

// ThirdNames are the choices of the third column; the first is none.
func (c *Chatting) ThirdNames() []string {
	names := []string{"No third column"}
	for _, m := range c.thirds {
		names = append(names, m.Name)
	}
	return names
}

// ChooseThird chooses by the index of ThirdNames.
func (c *Chatting) ChooseThird(i int) {
	c.third = ""
	if i > 0 && i <= len(c.thirds) {
		c.third = c.thirds[i-1].Name
	}
}

// ThirdIndex is the choice.
func (c *Chatting) ThirdIndex() int {
	for i, m := range c.thirds {
		if m.Name == c.third {
			return i + 1
		}
	}
	return 0
}

// ThirdName is the Ollama model that answers; empty when none does.
func (c *Chatting) ThirdName() string { return c.third }
