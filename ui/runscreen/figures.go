package runscreen

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Left is the time left, in words that do not jump about, and when it is ready.
func (m *Model) Left() (left, ready string) {
	r := m.snap.Run
	switch {
	case r.State == training.StateFinished || r.State == training.StateStopped || r.State == training.StateFailed:
		return m.took()
	case r.State != training.StateRunning:
		return "–", "while paused"
	case r.Phase == training.PhaseSaving:
		// The report of the rows takes a tenth of the training, and ten seconds at least.
		return "under " + widgets.Took(max(10*time.Second, seconds(r.Seconds/10))), "proving, saving, measuring"
	case m.snap.Left <= 0 || r.Step < 2:
		return "–", "known after a few steps"
	}
	at := m.Now().Add(m.snap.Left)
	return widgets.About(m.snap.Left), "ready near " + at.Format("15:04")
}

// took is the time of all phases, and of the steps alone.
func (m *Model) took() (all, steps string) {
	var sum time.Duration
	for _, d := range m.snap.PhaseTimes {
		sum += d
	}
	in := seconds(m.snap.Run.Seconds)
	return widgets.Took(max(sum, in)), widgets.Took(in) + " in steps"
}

// LeftLabel heads what Left says.
func (m *Model) LeftLabel() string {
	if m.snap.Run.State.Settled() && m.snap.Run.State != training.StatePaused && m.snap.Run.State != training.StateDraft {
		return "Took"
	}
	return "Left"
}

// Steps is "182 of 264" and the pass.
func (m *Model) Steps() (step, pass string) {
	r := m.snap.Run
	step = widgets.Count(int64(r.Step))
	if r.Steps > 0 {
		step += " of " + widgets.Count(int64(r.Steps))
	}
	if last := m.steps(1); len(last) > 0 && r.Recipe.Passes > 0 {
		now := min(int(last[0].Pass-1e-9)+1, r.Recipe.Passes)
		pass = fmt.Sprintf("pass %d of %d", max(now, 1), r.Recipe.Passes)
	}
	return step, pass
}

// Speed is tokens a second and seconds a step.
func (m *Model) Speed() (tokens, step string) {
	last := m.steps(11)
	n := len(last)
	if n == 0 {
		return "–", ""
	}
	speed := m.snap.Speed
	if speed == 0 {
		speed = last[n-1].TokensPerSecond
	}
	tokens = widgets.Number(speed, 0) + " tokens/s"
	if d := last[n-1].Step - last[0].Step; d > 0 {
		step = widgets.Number((last[n-1].Seconds-last[0].Seconds)/float64(d), 2) + "\u00a0s a step"
	}
	return tokens, step
}

// Tokens is how many tokens were learnt from, and about how many in all.
func (m *Model) Tokens() (trained, all string) {
	r := m.snap.Run
	trained = widgets.Count(r.TrainedTokens)
	if r.State == training.StateRunning && r.Step > 0 && r.Steps > r.Step {
		about := float64(r.TrainedTokens) / float64(r.Step) * float64(r.Steps)
		all = "of about " + widgets.Count(roundTo(about, 3))
	}
	return trained, all
}

// lastEval is the newest point with an eval loss.
func (m *Model) lastEval() (training.Point, bool) {
	for _, p := range slices.Backward(m.points) {
		if p.Eval != nil {
			return p, true
		}
	}
	return training.Point{}, false
}

// HasEval says whether the held-out rows were measured yet.
func (m *Model) HasEval() bool {
	_, ok := m.lastEval()
	return ok
}

// Eval is the newest eval loss and where it was measured.
func (m *Model) Eval() (loss, at string) {
	p, ok := m.lastEval()
	if !ok {
		return "–", notMeasured
	}
	return lossText(*p.Eval), "at step " + widgets.Count(int64(p.Step))
}

// Perplexity is exp of it: among how many equally likely tokens the model
// wavers, on average.
func (m *Model) Perplexity() (value, detail string) {
	p, ok := m.lastEval()
	if !ok || math.IsNaN(*p.Eval) || math.IsInf(*p.Eval, 0) {
		return "–", notMeasured
	}
	return widgets.Number(math.Exp(*p.Eval), 2), "on held-out rows"
}

// Memory is the peak against the forecast; both empty while unknown.
func (m *Model) Memory() (peak, forecast string) {
	var most int64
	for _, p := range m.points {
		most = max(most, p.Memory)
	}
	if most > 0 {
		peak = widgets.Bytes(most)
	}
	if m.snap.MemoryForecast > 0 {
		forecast = widgets.Bytes(m.snap.MemoryForecast) + " foreseen"
	}
	return peak, forecast
}

// CheckpointLine is a row of the checkpoints.
type CheckpointLine struct {
	Name, Eval, Saved string
	Kept, Best        bool
}

// Checkpoints are those still on disk, newest first; the best has the lowest
// eval loss of them.
func (m *Model) Checkpoints() []CheckpointLine {
	evals := map[int]float64{}
	for _, p := range m.points {
		if p.Eval != nil {
			evals[p.Step] = *p.Eval
		}
	}
	best := -1
	var out []CheckpointLine
	for _, c := range slices.Backward(m.snap.Checkpoints) {
		if !c.Kept {
			continue
		}
		line := CheckpointLine{Name: widgets.Count(int64(c.Step)), Eval: "–", Kept: true}
		if !c.Time.IsZero() {
			line.Saved = c.Time.In(m.Now().Location()).Format("15:04")
		}
		if v, ok := evals[c.Step]; ok {
			line.Eval = lossText(v)
			if best < 0 || v < evals[stepOf(out[best].Name)] {
				best = len(out)
			}
		}
		out = append(out, line)
	}
	if best >= 0 && len(out) > 1 {
		out[best].Best = true
		out[best].Name += " · best so far"
	}
	return out
}

func stepOf(name string) int {
	n := 0
	for _, r := range name {
		if r >= '0' && r <= '9' {
			n = n*10 + int(r-'0')
		} else if r != ',' {
			break
		}
	}
	return n
}

// Samples are the first and the newest answer to the same question.
func (m *Model) Samples() (question string, before, now training.Sample, ok bool) {
	all := m.snap.Samples
	if len(all) == 0 {
		return "", training.Sample{}, training.Sample{}, false
	}
	before, now = all[0], all[0]
	for _, s := range all[1:] {
		if s.Prompt == before.Prompt && s.Step >= now.Step {
			now = s
		}
	}
	return before.Prompt, before, now, true
}
