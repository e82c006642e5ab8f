package training

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/modelfactory/modelfactory/datasets"
)

// RunID names a run for good: a version 7 UUID, so that ids sort by time.
type RunID string

// NewRunID makes a fresh id.
func NewRunID() RunID { return RunID(uuid.Must(uuid.NewV7()).String()) }

// ParseRunID checks the text of an id. The id becomes a folder name, so nothing
// but a UUID in its usual form passes.
func ParseRunID(s string) (RunID, error) {
	u, err := uuid.Parse(s)
	if err != nil || u.String() != s {
		return "", usage("Leave the id out to get a new one.", "%q is not a run id", s)
	}
	return RunID(s), nil
}

// State says where a run stands. See transitions for the legal moves.
type State string

// The states of a run.
const (
	StateDraft    State = "draft"
	StateQueued   State = "queued"
	StateRunning  State = "running"
	StateFinished State = "finished"
	StateFailed   State = "failed"
	StateStopped  State = "stopped"
	StatePaused   State = "paused"
)

// transitions holds every legal move. running → running is a change of phase;
// failed and paused → running is Resume.
var transitions = map[State][]State{
	StateDraft:    {StateQueued, StateRunning, StateFailed},
	StateQueued:   {StateDraft, StateRunning, StateFailed},
	StateRunning:  {StateRunning, StateFinished, StateFailed, StateStopped, StatePaused},
	StatePaused:   {StateQueued, StateRunning, StateStopped, StateFailed},
	StateFailed:   {StateQueued, StateRunning},
	StateFinished: nil,
	StateStopped:  nil,
}

// CanBecome says whether a run may move from s to next.
func (s State) CanBecome(next State) bool { return slices.Contains(transitions[s], next) }

// Settled says that a run will not move from this state by itself.
func (s State) Settled() bool { return s != StateQueued && s != StateRunning }

// Phase says what a running run is doing.
type Phase string

// The phases of a running run, in order: rows are read, and refused, before any
// weight is loaded.
const (
	PhasePreparing   Phase = "preparing"
	PhaseDownloading Phase = "downloading"
	PhaseTokenising  Phase = "tokenising"
	PhaseLoading     Phase = "loading"
	PhaseTraining    Phase = "training"
	PhaseSaving      Phase = "saving"
)

// Phases lists all phases in order.
func Phases() []Phase {
	return []Phase{PhasePreparing, PhaseDownloading, PhaseTokenising, PhaseLoading, PhaseTraining, PhaseSaving}
}

// Run is one training with a frozen recipe. It is what a Store keeps; the
// measurements of the run are in its folder (events.jsonl) and come with a
// Snapshot.
type Run struct {
	ID            RunID           `json:"id"`
	Number        int             `json:"number"` // #14: grows by one, never given twice
	Name          string          `json:"name"`
	State         State           `json:"state"`
	Phase         Phase           `json:"phase,omitempty"`
	Reason        string          `json:"reason,omitempty"` // why the run is paused or stopped, in plain words
	Recipe        Recipe          `json:"recipe"`
	Account       string          `json:"account,omitempty"` // address whose licences the gate asks for
	Created       time.Time       `json:"created"`
	Started       time.Time       `json:"started,omitzero"`
	Ended         time.Time       `json:"ended,omitzero"`
	Step          int             `json:"step"`
	Steps         int             `json:"steps"`
	TrainedTokens int64           `json:"trained_tokens"`
	Seconds       float64         `json:"seconds"`            // time spent training, over all parts of the run
	Device        string          `json:"device,omitempty"`   // the kind that trained: cpu, cuda, mps, xpu
	Foreseen      int64           `json:"foreseen,omitempty"` // bytes that its recipe was measured to take before it began
	Memory        int64           `json:"memory,omitempty"`   // most bytes that the trainer took
	Recorded      int64           `json:"recorded,omitempty"` // bytes that its record had when it was last started
	AdapterDigest datasets.Digest `json:"adapter_digest,omitempty"`
	Queue         int             `json:"queue,omitempty"` // place in the queue from 1; 0 = not queued
	Failure       *Failure        `json:"failure,omitempty"`
}

// become moves the run to a state or says why that is not possible.
func (r *Run) become(next State) error {
	if !r.State.CanBecome(next) {
		return refused("", "run %d is %s and cannot become %s", r.Number, r.State, next)
	}
	r.State = next
	return nil
}

// Title is the run's name, or its number when it has none.
func (r Run) Title() string {
	if r.Name != "" {
		return r.Name
	}
	return fmt.Sprintf("Run %d", r.Number)
}
