package runscreen

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Services are what the screens need of the studio. *training.Manager has all
// but Rows and Versions.
type Services interface {
	Runs(ctx context.Context) ([]training.Run, error)
	Get(ctx context.Context, id training.RunID) (training.Run, error)
	Snapshot(ctx context.Context, id training.RunID, since int) (training.Snapshot, error)
	Create(ctx context.Context, spec training.RunSpec) (training.Run, error)
	Start(ctx context.Context, id training.RunID) error
	Pause(ctx context.Context, id training.RunID) error
	Resume(ctx context.Context, id training.RunID) error
	Stop(ctx context.Context, id training.RunID, save bool) error
	Enqueue(ctx context.Context, id training.RunID) error
	Move(ctx context.Context, id training.RunID, to int) error
	Delete(ctx context.Context, id training.RunID) error
	Restore(ctx context.Context, id training.RunID) error
	Measured(ctx context.Context, id training.RunID) (training.Measured, error)
	Judge(ctx context.Context, id training.RunID, a training.ReportAnswer, v training.Verdict) error
	// Rows finds rows by id in the data that a run was made from; those that are
	// not here any more are left out.
	Rows(ctx context.Context, run training.Run, ids []datasets.Digest) (map[datasets.Digest]datasets.Row, error)
	Dir(id training.RunID) string
	Watch(id training.RunID) (changed <-chan struct{}, cancel func())
	WatchAll() (changed <-chan struct{}, cancel func())
	// Versions are lines of program, trainer and device for diagnostics, without
	// names of folders or people.
	Versions(ctx context.Context) []string
}

// Model is what the run screen shows. Every method answers from the last
// snapshot that was applied.
type Model struct {
	Now    func() time.Time
	Axis   Axis
	View   View
	snap   training.Snapshot
	points []training.Point
	ready  bool
	waited time.Time // the person chose to wait for a silent trainer
	busy   string    // what was asked for and has not happened yet
}

// NewModel makes a model without a run.
func NewModel(now func() time.Time) *Model { return &Model{Now: now} }

// Reader reads snapshots of one run, each from where the last one ended. The
// last step is always read again: its eval may have come later.
func Reader(svc Services, id training.RunID) func(context.Context) (training.Snapshot, error) {
	last := 0
	return func(ctx context.Context) (training.Snapshot, error) {
		s, err := svc.Snapshot(ctx, id, last-2)
		if err != nil {
			return s, err
		}
		if s.Run.Step < last { // resumed from a checkpoint: earlier steps are made again
			s, err = svc.Snapshot(ctx, id, -1)
		}
		last = s.Run.Step
		return s, err
	}
}

// Apply takes a snapshot over. Its points replace those from their first step
// on.
func (m *Model) Apply(s training.Snapshot) {
	if !m.ready || m.snap.Run.ID != s.Run.ID {
		m.points, m.waited, m.busy = nil, time.Time{}, ""
	}
	if m.snap.Run.State != s.Run.State {
		m.busy = ""
	}
	if len(s.Points) > 0 {
		first := s.Points[0].Step
		i, _ := slices.BinarySearchFunc(m.points, first, func(p training.Point, step int) int { return p.Step - step })
		m.points = append(m.points[:i:i], s.Points...)
	}
	m.snap, m.ready = s, true
}

// Ready says whether a snapshot was applied.
func (m *Model) Ready() bool { return m.ready }

// Run is the run shown.
func (m *Model) Run() training.Run { return m.snap.Run }

// Points are all steps so far.
func (m *Model) Points() []training.Point { return m.points }

// steps are the last n measured steps, oldest first.
func (m *Model) steps(n int) []training.Point {
	var out []training.Point
	for _, p := range slices.Backward(m.points) {
		if measured(p) {
			if out = append(out, p); len(out) == n {
				break
			}
		}
	}
	slices.Reverse(out)
	return out
}

// Title is "Run 14 · Bike helper 3".
func (m *Model) Title() string { return RunTitle(m.snap.Run) }

// RunTitle names a run by number and name.
func RunTitle(r training.Run) string {
	t := fmt.Sprintf("Run %d", r.Number)
	if r.Name != "" {
		t += " · " + r.Name
	}
	return t
}

// Silent says that the trainer gave no sign of life and the person has not just
// chosen to wait.
func (m *Model) Silent() bool {
	return m.snap.Run.State == training.StateRunning && !m.snap.Responding && m.Now().Sub(m.waited) > 30*time.Second
}

// Wait puts the question off for another 30 s.
func (m *Model) Wait() { m.waited = m.Now() }

// Asked notes what the person asked for, until the state changes.
func (m *Model) Asked(what string) { m.busy = what }

// Busy is what was asked for and has not happened yet.
func (m *Model) Busy() string { return m.busy }

// StateWord is the state in one word with its tone.
func (m *Model) StateWord() (string, widgets.Tone) {
	if m.busy != "" {
		return m.busy, widgets.Caution
	}
	if m.Silent() {
		return "not responding", widgets.Failed
	}
	return StateWord(m.snap.Run)
}

// StateWord is a run's state in one word: the phase while it runs.
func StateWord(r training.Run) (string, widgets.Tone) {
	switch r.State {
	case training.StateRunning:
		if r.Phase != "" {
			return string(r.Phase), widgets.Info
		}
		return "running", widgets.Info
	case training.StateQueued:
		if r.Queue > 0 {
			return fmt.Sprintf("queued, place %d", r.Queue), widgets.Neutral
		}
		return "queued", widgets.Neutral
	case training.StateFinished:
		return "finished", widgets.Good
	case training.StateFailed:
		return "failed", widgets.Failed
	case training.StatePaused:
		return "paused", widgets.Caution
	case training.StateStopped:
		return "stopped", widgets.Neutral
	}
	return "draft", widgets.Neutral
}

// Act is something the person may do now.
type Act string

// The acts of the run screen.
const (
	ActStart   Act = "start"
	ActQueue   Act = "queue"
	ActPause   Act = "pause"
	ActResume  Act = "resume"
	ActStop    Act = "stop"    // and save
	ActDiscard Act = "discard" // stop without saving
	ActCancel  Act = "cancel"  // before there is anything to lose
	ActUnqueue Act = "unqueue"
	ActChat    Act = "chat"
	ActAgain   Act = "again"
	ActRecipe  Act = "recipe"
	ActCompare Act = "compare" // with other runs
	ActDelete  Act = "delete"
)

// Acts lists what is offered, in the order of the header: the main action last.
func (m *Model) Acts() []Act {
	r := m.snap.Run
	switch r.State {
	case training.StateDraft:
		return []Act{ActRecipe, ActDelete, ActStart}
	case training.StateQueued:
		return []Act{ActRecipe, ActUnqueue}
	case training.StateRunning:
		if r.Step == 0 && (r.Phase == training.PhasePreparing || r.Phase == training.PhaseDownloading) {
			return []Act{ActCancel}
		}
		if r.Phase == training.PhaseSaving && r.Steps > 0 && r.Step >= r.Steps {
			return []Act{ActRecipe} // it is over in a moment; there is nothing to pause
		}
		return []Act{ActPause, ActStop}
	case training.StatePaused:
		return []Act{ActRecipe, ActStop, ActResume}
	case training.StateFinished:
		return []Act{ActRecipe, ActDelete, ActCompare, ActAgain, ActChat}
	case training.StateStopped:
		if r.AdapterDigest != "" {
			return []Act{ActRecipe, ActDelete, ActCompare, ActAgain, ActChat}
		}
		return []Act{ActRecipe, ActDelete, ActCompare, ActAgain}
	}
	return []Act{ActRecipe, ActDelete}
}

// Can says whether an act is offered now and nothing is under way.
func (m *Model) Can(a Act) bool { return m.ready && m.busy == "" && slices.Contains(m.Acts(), a) }

// Do carries an act out. It runs off the UI goroutine.
func Do(ctx context.Context, svc Services, id training.RunID, a Act) error {
	switch a {
	case ActStart:
		return svc.Start(ctx, id)
	case ActQueue:
		return svc.Enqueue(ctx, id)
	case ActPause, ActUnqueue:
		return svc.Pause(ctx, id)
	case ActResume:
		return svc.Resume(ctx, id)
	case ActStop:
		return svc.Stop(ctx, id, true)
	case ActDiscard, ActCancel:
		return svc.Stop(ctx, id, false)
	case ActDelete:
		return svc.Delete(ctx, id)
	}
	return fmt.Errorf("%s is not done by the studio", a)
}

// Under way, in words beside the state, after an act was asked for.
func asked(a Act) string {
	switch a {
	case ActPause:
		return "pausing, saving a checkpoint"
	case ActStop:
		return "stopping, saving the adapter"
	case ActDiscard, ActCancel:
		return "stopping"
	case ActResume, ActStart:
		return "starting"
	}
	return ""
}

// Banner is the line over the page that says why nothing moves, or what came of
// it. Empty text: none.
func (m *Model) Banner() (widgets.Tone, string) {
	r := m.snap.Run
	switch r.State {
	case training.StateDraft:
		return widgets.Info, "This run has not started. Its recipe and data are frozen."
	case training.StateQueued:
		if r.Queue <= 1 {
			return widgets.Info, "It is the next one in the queue and starts by itself when the run before it has ended."
		}
		before := fmt.Sprintf("%d runs come", r.Queue-1)
		if r.Queue == 2 {
			before = "1 run comes"
		}
		return widgets.Info, fmt.Sprintf("It waits in the queue at place %d and starts by itself. %s before it.", r.Queue, before)
	case training.StatePaused:
		return widgets.Caution, m.pausedText()
	case training.StateFinished:
		text := fmt.Sprintf("Finished: %s steps in %s.", widgets.Count(int64(r.Step)), widgets.Took(seconds(r.Seconds)))
		return widgets.Good, text + " The adapter was read back and is equal, its weights moved, and its answers differ from the base."
	case training.StateStopped:
		if r.AdapterDigest == "" {
			return widgets.Neutral, fmt.Sprintf("Stopped at step %s without saving. There is no model of it.", widgets.Count(int64(r.Step)))
		}
		return widgets.Neutral, fmt.Sprintf("Stopped at step %s of %s. What it had learnt was saved as a model.", widgets.Count(int64(r.Step)), widgets.Count(int64(r.Steps)))
	}
	return widgets.Neutral, ""
}

func (m *Model) pausedText() string {
	r := m.snap.Run
	// The studio's reason is a sentence that ends with what was saved.
	reason, _, _ := strings.Cut(r.Reason, " Saved:")
	reason = strings.TrimSuffix(strings.TrimSpace(reason), ".")
	if reason == "" {
		reason = "Paused by you"
	}
	text := capital(reason) + "."
	saved := m.snap.LastCheckpoint
	switch {
	case saved <= 0:
		text += " Nothing was saved yet; Resume starts from the beginning."
	case r.Step > saved:
		text += fmt.Sprintf(" Saved: step %s. Resume does %s again.", widgets.Count(int64(saved)), stepCount(r.Step-saved))
	default:
		text += fmt.Sprintf(" Saved: step %s. Resume goes on from there.", widgets.Count(int64(saved)))
	}
	return text
}

func stepCount(n int) string {
	if n == 1 {
		return "1 step"
	}
	return widgets.Count(int64(n)) + " steps"
}

// Warnings are what the trainer wants the person to know.
func (m *Model) Warnings() []string { return m.snap.Warnings }

// Phases are the phases with their times, as the bar shows them. Downloading is
// only shown when there was something to download.
func (m *Model) Phases() []widgets.Phase {
	r := m.snap.Run
	all := training.Phases()
	current := slices.Index(all, m.phase())
	ended := r.State == training.StateFinished || r.State == training.StateStopped && r.AdapterDigest != ""
	var out []widgets.Phase
	for i, p := range all {
		took, seen := m.snap.PhaseTimes[p]
		if p == training.PhaseDownloading && !seen && r.Phase != p {
			continue
		}
		one := widgets.Phase{Name: capital(string(p)), Weight: 1}
		if p == training.PhaseTraining || p == r.Phase && p == training.PhaseDownloading {
			one.Weight = 3
		}
		switch {
		case ended || i < current:
			one.Share = 1
			if seen {
				one.Detail = widgets.Took(took)
			}
		case i == current:
			one.Share, one.Detail = m.phaseShare(p)
			one.Failed = r.State == training.StateFailed
			one.Paused = r.State == training.StatePaused
		}
		out = append(out, one)
	}
	return out
}

// phase is the present phase, or the one in which a run was paused or failed:
// the studio keeps none for those.
func (m *Model) phase() training.Phase {
	r := m.snap.Run
	if r.Phase != "" || r.State == training.StateDraft || r.State == training.StateQueued {
		return r.Phase
	}
	if r.Step > 0 {
		return training.PhaseTraining
	}
	for _, p := range slices.Backward(training.Phases()) {
		if _, seen := m.snap.PhaseTimes[p]; seen {
			return p
		}
	}
	return ""
}

// phaseShare is how far the present phase is; a phase whose end is not known
// shows a small part and no figure.
func (m *Model) phaseShare(p training.Phase) (share float64, detail string) {
	r := m.snap.Run
	if p == training.PhaseTraining && r.Steps > 0 {
		share = min(float64(r.Step)/float64(r.Steps), 0.99)
		return max(share, 0.001), widgets.Percent(share)
	}
	done, total := m.snap.PhaseDone, m.snap.PhaseTotal
	if total > 0 {
		share = min(float64(done)/float64(total), 0.99)
		if m.snap.PhaseUnit == "bytes" {
			return max(share, 0.001), fmt.Sprintf("%s of %s", widgets.Bytes(done), widgets.Bytes(total))
		}
		return max(share, 0.001), widgets.Percent(share)
	}
	return 0.05, ""
}
