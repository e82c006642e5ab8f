package protocol

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// The names of events.
const (
	EventHello      = "hello"
	EventPlan       = "plan"
	EventPhase      = "phase"
	EventStep       = "step"
	EventEval       = "eval"
	EventCheckpoint = "checkpoint"
	EventSample     = "sample"
	EventCoalition  = "coalition"
	EventWarning    = "warning"
	EventHeartbeat  = "heartbeat"
	EventToken      = "token"
	EventAnswer     = "answer"
	EventResult     = "result"
	EventError      = "error"
)

// Event is one line from the trainer. On the wire the fields of the payload
// stand beside v, seq, t and event. Exactly the payload that Event names is
// set; a heartbeat has none, and so has an event that a newer trainer sends and
// this version does not know.
type Event struct {
	V     int
	Seq   int64  // counts up by one in each process
	T     int64  // Unix time in milliseconds
	Event string // one of the Event constants

	Hello      *Hello
	Plan       *Plan
	Phase      *Phase
	Step       *Step
	Eval       *Eval
	Checkpoint *Checkpoint
	Sample     *Sample
	Coalition  *Coalition
	Warning    *Warning
	Token      *Token
	Answer     *Answer
	Result     *Result
	Error      *Failure
}

// Float is a float64 that travels as the string "NaN", "Infinity" or
// "-Infinity" where JSON has no number for it.
type Float float64

// Hello says who speaks. It is the first event but for a phase: the device is
// known only after some seconds of loading.
type Hello struct {
	Job          string `json:"job"`
	Trainer      string `json:"trainer"` // version
	PinsDigest   string `json:"pins_digest"`
	Torch        string `json:"torch"`
	Transformers string `json:"transformers"`
	PEFT         string `json:"peft"`
	Python       string `json:"python"`
	Device       string `json:"device"`
	DeviceName   string `json:"device_name"`
	Threads      int    `json:"threads"`
	PID          int    `json:"pid"`
}

// Plan says how a training job computes within the memory there is.
type Plan struct {
	Engine        string           `json:"engine"`         // "decoder" or "compat"
	Precision     string           `json:"precision"`      // of the frozen base: "fp32" or "bf16"
	Kernels       string           `json:"kernels"`        // vectors of the compiled code on processors; empty = none
	TokenBudget   int              `json:"token_budget"`   // tokens computed at once
	Recompute     int              `json:"recompute"`      // layers that run twice instead of being kept
	Offload       int              `json:"offload"`        // layers that keep in the host's memory
	Bytes         map[string]int64 `json:"bytes"`          // by use; empty when the needs are not known
	ExpectedBytes int64            `json:"expected_bytes"` // their sum: the peak that is expected; 0 = not known
}

// The phases of a job.
const (
	PhasePreparing   = "preparing"
	PhaseDownloading = "downloading"
	PhaseLoading     = "loading"
	PhaseTokenising  = "tokenising"
	PhaseTraining    = "training"
	PhaseMeasuring   = "measuring"
	PhaseSaving      = "saving"
	PhaseChecking    = "checking" // what was written is read back and compared
	PhaseReady       = "ready"
)

// Phase says what the job does now and how far it is. Total 0 = not known.
type Phase struct {
	Phase string `json:"phase"`
	Done  int64  `json:"done"`
	Total int64  `json:"total"`
	Unit  string `json:"unit"` // "bytes", "rows", "steps", …
}

// Step is one optimiser step. Tokens and TrainedTokens count from the start of
// the run, Seconds is time spent in steps, over all its processes.
type Step struct {
	Step            int     `json:"step"`
	Steps           int     `json:"steps"`
	Pass            float64 `json:"pass"` // passes over the data so far, e.g. 1.25
	Loss            Float   `json:"loss"` // mean over the trained tokens of the step, in nats
	LR              float64 `json:"lr"`
	GradNorm        Float   `json:"grad_norm"` // before clipping
	Tokens          int64   `json:"tokens"`
	TrainedTokens   int64   `json:"trained_tokens"`
	TokensPerSecond float64 `json:"tokens_per_second"`
	MemoryBytes     int64   `json:"memory_bytes"` // the most so far: resident on the CPU, allocated on a GPU
	Seconds         float64 `json:"seconds"`
}

// Eval is the loss on the held-out rows; PerSource is keyed by net.
type Eval struct {
	Step      int              `json:"step"`
	Loss      Float            `json:"loss"`
	PerSource map[string]Float `json:"per_source"`
}

// Checkpoint says that a checkpoint is safe on disk. Path is relative to the
// run folder; Digest is that of its manifest.
type Checkpoint struct {
	Step   int    `json:"step"`
	Path   string `json:"path"`
	Digest string `json:"digest"`
}

// Sample is the answer to the run's fixed held-out question at a step.
type Sample struct {
	Step   int    `json:"step"`
	Prompt string `json:"prompt"`
	Answer string `json:"answer"`
}

// Warning is something the person should know that does not end the job.
type Warning struct {
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

// Token is a piece of an answer while it is made.
type Token struct {
	ID    string `json:"id"`
	Which string `json:"which"`
	Text  string `json:"text"`
}

// The ways an answer ends.
const (
	FinishStop      = "stop"
	FinishLength    = "length"
	FinishCancelled = "cancelled"
)

// Answer is a whole answer.
type Answer struct {
	ID      string  `json:"id"`
	Which   string  `json:"which"`
	Text    string  `json:"text"`
	Tokens  int     `json:"tokens"`
	Seconds float64 `json:"seconds"`
	Finish  string  `json:"finish"`
}

// Failure is the error that ended the job, or, with an ID, one question of it.
type Failure struct {
	ID      string `json:"id,omitempty"`
	Kind    string `json:"kind"` // refused, failed, data, base, nan, disk, memory, device, proof, busy, network, internal
	Message string `json:"message"`
	Advice  string `json:"advice"`
}

// payload returns where the payload of the event called name belongs, and
// allocates it; nil when the name has none.
func (e *Event) payload(name string) any {
	switch name {
	case EventHello:
		e.Hello = new(Hello)
		return e.Hello
	case EventPlan:
		e.Plan = new(Plan)
		return e.Plan
	case EventPhase:
		e.Phase = new(Phase)
		return e.Phase
	case EventStep:
		e.Step = new(Step)
		return e.Step
	case EventEval:
		e.Eval = new(Eval)
		return e.Eval
	case EventCheckpoint:
		e.Checkpoint = new(Checkpoint)
		return e.Checkpoint
	case EventSample:
		e.Sample = new(Sample)
		return e.Sample
	case EventCoalition:
		e.Coalition = new(Coalition)
		return e.Coalition
	case EventWarning:
		e.Warning = new(Warning)
		return e.Warning
	case EventToken:
		e.Token = new(Token)
		return e.Token
	case EventAnswer:
		e.Answer = new(Answer)
		return e.Answer
	case EventResult:
		e.Result = new(Result)
		return e.Result
	case EventError:
		e.Error = new(Failure)
		return e.Error
	}
	return nil
}

// set returns the payload that is set, nil when none is.
func (e Event) set() any {
	switch {
	case e.Hello != nil:
		return e.Hello
	case e.Phase != nil:
		return e.Phase
	case e.Step != nil:
		return e.Step
	case e.Eval != nil:
		return e.Eval
	case e.Checkpoint != nil:
		return e.Checkpoint
	case e.Sample != nil:
		return e.Sample
	case e.Coalition != nil:
		return e.Coalition
	case e.Warning != nil:
		return e.Warning
	case e.Plan != nil:
		return e.Plan
	case e.Token != nil:
		return e.Token
	case e.Answer != nil:
		return e.Answer
	case e.Result != nil:
		return e.Result
	case e.Error != nil:
		return e.Error
	}
	return nil
}

type head struct {
	V     int    `json:"v"`
	Seq   int64  `json:"seq"`
	T     int64  `json:"t"`
	Event string `json:"event"`
}

// UnmarshalJSON reads an event of version 1. Fields that this version does not
// know are ignored, so that a newer trainer may say more.
func (e *Event) UnmarshalJSON(b []byte) error {
	var h head
	if err := json.Unmarshal(b, &h); err != nil {
		return err
	}
	if h.V != Version {
		return fmt.Errorf("protocol version %d, want %d", h.V, Version)
	}
	if h.Event == "" {
		return fmt.Errorf("an event without a name")
	}
	*e = Event{V: h.V, Seq: h.Seq, T: h.T, Event: h.Event}
	if p := e.payload(h.Event); p != nil {
		if err := json.Unmarshal(b, p); err != nil {
			return fmt.Errorf("event %s: %w", h.Event, err)
		}
	}
	return nil
}

// MarshalJSON writes one flat object. V 0 is written as Version.
func (e Event) MarshalJSON() ([]byte, error) {
	if e.V == 0 {
		e.V = Version
	}
	b, err := json.Marshal(head{V: e.V, Seq: e.Seq, T: e.T, Event: e.Event})
	if err != nil {
		return nil, err
	}
	p := e.set()
	if p == nil {
		return b, nil
	}
	body, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(body, []byte("{}")) {
		return b, nil
	}
	return append(append(b[:len(b)-1], ','), body[1:]...), nil
}

// MarshalJSON writes a number, or a string where JSON has no number.
func (f Float) MarshalJSON() ([]byte, error) {
	v := float64(f)
	switch {
	case math.IsNaN(v):
		return []byte(`"NaN"`), nil
	case math.IsInf(v, 1):
		return []byte(`"Infinity"`), nil
	case math.IsInf(v, -1):
		return []byte(`"-Infinity"`), nil
	}
	return json.Marshal(v)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Float) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		switch strings.Trim(string(b), `"`) {
		case "NaN":
			*f = Float(math.NaN())
		case "Infinity":
			*f = Float(math.Inf(1))
		case "-Infinity":
			*f = Float(math.Inf(-1))
		default:
			return fmt.Errorf("%s is no number", b)
		}
		return nil
	}
	return json.Unmarshal(b, (*float64)(f))
}
