package training

import (
	"math"
	"strings"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// Duration is how long a run would take, in seconds, and where that is known
// from.
type Duration struct {
	Low      float64 `json:"low"`
	Expected float64 `json:"expected"` // 0 = not known
	High     float64 `json:"high"`
	From     string  `json:"from"` // one of the From constants
	Run      int     `json:"run"`  // of FromRun
	Rate     float64 `json:"rate"` // trained tokens a second of that run
}

// Speed is what may be known about how fast runs go here; what is zero is not
// known.
type Speed struct {
	Measured Need        // of this recipe; see Needs.Of
	Runs     []Run       // of which the newest of the same base counts
	Base     ModelConfig // with GFLOPS for the formula
	GFLOPS   float64     // in 32 bits, of a processor that the run would use
}

// What a run does beside its steps, as the trainer has it (train.py, report.py).
const (
	reportRows    = 500     // trained rows that the report measures, at most
	reportAnswers = 8       // questions it asks twice
	reportAtOnce  = 4       // of them, in the time of one
	reportLonger  = 4.0 / 3 // tokens of such an answer, by those of a sample
	reportShare   = 0.1     // of the seconds of the steps that it may take
	reportLeast   = 10.0
)

// EstimateDuration is how long the run of a recipe takes whose data was counted,
// by the best that is known: its own steps or a run that did the same, then the
// last run of the same base, then the arithmetic of a step.
func EstimateDuration(r Recipe, c protocol.CheckResult, speed Speed) Duration {
	w := r.work(c)
	if w.steps == 0 {
		return Duration{}
	}
	n := speed.Measured
	if n.Pace.TokenSeconds > 0 {
		t := w.seconds(n.Pace)
		return Duration{Low: t * 0.8, Expected: t, High: t * 1.3, From: FromSteps}
	}
	run, per := n.Run, n.Rate
	if per == 0 {
		run, per = lastOfBase(r, speed.Runs)
	}
	if per > 0 {
		t := w.trained / per
		return Duration{Low: t * 0.7, Expected: t, High: t * 1.4, From: FromRun, Run: run, Rate: per}
	}
	if speed.GFLOPS > 0 && r.Precision != "bf16" {
		// A product forwards and one backwards with the frozen weights, each a multiplication and an addition.
		t := w.tokens * 4 * float64(speed.Base.Weights()) / (speed.GFLOPS * 1e9)
		return Duration{Low: t, Expected: t * 1.5, High: t * 3, From: FromFormula}
	}
	return Duration{}
}

// lastOfBase is the newest run of the recipe's base on its device, and its rate.
func lastOfBase(r Recipe, runs []Run) (number int, per float64) {
	name, _, _ := strings.Cut(r.Base, "@")
	for _, o := range runs {
		if base, _, _ := strings.Cut(o.Recipe.Base, "@"); base == name && o.Recipe.Device == r.Device && rate(o) > 0 && o.Number > number {
			number, per = o.Number, rate(o)
		}
	}
	return number, per
}

// work is what a run has to do.
type work struct {
	steps                     int
	tokens, trained           float64 // of all steps
	looks                     int     // at the held-out rows
	heldOut                   float64 // tokens of a look
	trainRows, perRow, asking float64 // rows of the report, tokens of each; held-out rows
}

func (r Recipe) work(c protocol.CheckResult) work {
	rows := r.BatchSize * r.Accumulation
	if c.RowsPerPass == 0 || rows <= 0 {
		return work{}
	}
	perPass := (c.RowsPerPass + rows - 1) / rows
	w := work{steps: perPass * r.Passes}
	if r.MaxSteps > 0 {
		w.steps = min(w.steps, r.MaxSteps)
	}
	passes := float64(w.steps) / float64(perPass)
	w.tokens, w.trained = passes*float64(c.TokensPerPass), passes*float64(c.TrainedTokensPerPass)
	w.looks = 1
	if r.EvalEvery > 0 {
		w.looks = (w.steps + r.EvalEvery - 1) / r.EvalEvery
	}
	for _, s := range c.Sources {
		if n := s.TrainRows + s.EvalRows; n > 0 {
			w.heldOut += float64(s.Tokens) * float64(s.EvalRows) / float64(n)
			w.trainRows += float64(s.TrainRows)
			w.asking += float64(s.EvalRows)
		}
	}
	w.perRow = float64(c.TokensPerPass) / float64(c.RowsPerPass)
	return w
}

// seconds is the whole run: loading, steps, looks with a sample each, and the
// report. Checkpoints are not counted: they take little beside the steps.
func (w work) seconds(p protocol.Pace) float64 {
	steps := w.tokens * p.TokenSeconds
	look := w.heldOut * p.LookTokenSeconds
	asking := math.Ceil(min(w.asking, reportAnswers)/reportAtOnce) * reportLonger * p.AnswerSeconds
	report := 2 * (look + min(w.trainRows, reportRows)*w.perRow*p.LookTokenSeconds + asking)
	return p.LoadSeconds + steps + float64(w.looks)*(look+p.AnswerSeconds) + p.AnswerSeconds + min(report, max(reportLeast, reportShare*steps))
}
