package trainingtest

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// Engine plays a trainer: it writes the record, checkpoints and adapter that a
// real one writes, without Python and without learning anything. Set the fields
// before the first run.
type Engine struct {
	Steps     int           // optimiser steps of a run; 0 = 12
	EverySave int           // steps between checkpoints; 0 = 4
	Pause     time.Duration // between steps
	// Gate, when set, is called before each step; it may block or fail the run.
	Gate func(ctx context.Context, job training.Job, step int) error
	// Refuses, when set, is what Admit answers.
	Refuses func(device string) error

	mu       sync.Mutex
	controls map[training.RunID]chan string
	held     map[training.RunID]int
	Jobs     []training.Job // every job that was given, guarded by Count
}

// Admit lets every run start that Refuses does not refuse.
func (e *Engine) Admit(_ context.Context, device string) error {
	if e.Refuses == nil {
		return nil
	}
	return e.Refuses(device)
}

// Count tells how often a run was given to the engine.
func (e *Engine) Count(id training.RunID) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, j := range e.Jobs {
		if j.ID == id {
			n++
		}
	}
	return n
}

// Hold makes a run look held by a trainer of an earlier life; pid 0 lets go.
func (e *Engine) Hold(id training.RunID, pid int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.held == nil {
		e.held = map[training.RunID]int{}
	}
	e.held[id] = pid
}

// Holder tells what Hold was told.
func (e *Engine) Holder(id training.RunID) (int, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.held[id], e.held[id] != 0
}

// EndHolder ends what Hold began.
func (e *Engine) EndHolder(_ context.Context, id training.RunID) error {
	e.Hold(id, 0)
	return nil
}

// Control steers the run that trains.
func (e *Engine) Control(id training.RunID, control string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	ch := e.controls[id]
	if ch == nil {
		return training.RunNotFound(string(id))
	}
	select {
	case ch <- control:
		return nil
	default:
		return fmt.Errorf("too many controls")
	}
}

// Train plays a run.
func (e *Engine) Train(ctx context.Context, job training.Job, events func(protocol.Event)) error {
	ch := make(chan string, 8)
	e.mu.Lock()
	e.Jobs = append(e.Jobs, job)
	if e.controls == nil {
		e.controls = map[training.RunID]chan string{}
	}
	e.controls[job.ID] = ch
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		delete(e.controls, job.ID)
		e.mu.Unlock()
	}()
	p := &player{engine: e, job: job, events: events}
	return p.play(ctx, ch)
}

type player struct {
	engine *Engine
	job    training.Job
	events func(protocol.Event)
	seq    int64
}

// say sends an event; recorded ones are appended to events.jsonl first.
func (p *player) say(recorded bool, e protocol.Event) error {
	p.seq++
	e.V, e.Seq, e.T = protocol.Version, p.seq, time.Now().UnixMilli()
	if recorded {
		raw, err := json.Marshal(e)
		if err != nil {
			return err
		}
		f, err := os.OpenFile(filepath.Join(p.job.Dir, "events.jsonl"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		if _, err := f.Write(append(raw, '\n')); err != nil {
			f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	p.events(e)
	return nil
}

func (p *player) phase(name string) error {
	return p.say(false, protocol.Event{Event: protocol.EventPhase, Phase: &protocol.Phase{Phase: name}})
}

func (p *player) play(ctx context.Context, controls <-chan string) error {
	steps, every := p.engine.Steps, p.engine.EverySave
	if steps == 0 {
		steps = 12
	}
	if every == 0 {
		every = 4
	}
	if err := p.say(false, protocol.Event{Event: protocol.EventHello, Hello: &protocol.Hello{Job: protocol.JobTrain, Trainer: "scripted", Device: "cpu"}}); err != nil {
		return err
	}
	for _, name := range []string{protocol.PhaseTokenising, protocol.PhaseLoading, protocol.PhaseTraining} {
		if err := p.phase(name); err != nil {
			return err
		}
	}
	from, saved := 0, 0
	if p.job.Resume {
		found, _ := filepath.Glob(filepath.Join(p.job.Dir, "checkpoints", "step-*", "manifest.json"))
		for _, f := range found {
			var n int
			if _, err := fmt.Sscanf(filepath.Base(filepath.Dir(f)), "step-%d", &n); err == nil {
				from = max(from, n)
			}
		}
		saved = from
	}
	ask := ""
	for step := from + 1; step <= steps && ask == ""; step++ {
		if p.engine.Gate != nil {
			if err := p.engine.Gate(ctx, p.job, step); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.engine.Pause):
		}
		word := ""
		select {
		case word = <-controls:
		default:
		}
		if word != "" {
			if err := p.checkpoint(step - 1); err != nil {
				return err
			}
			saved = step - 1
			if word != protocol.ControlCheckpoint {
				ask = word
				continue
			}
		}
		loss := 3 * math.Exp(-float64(step)/6)
		if err := p.say(true, protocol.Event{Event: protocol.EventStep, Step: &protocol.Step{
			Step: step, Steps: steps, Pass: float64(step) / float64(steps) * 3, Loss: protocol.Float(loss), LR: 1e-3, GradNorm: 1,
			Tokens: int64(step) * 100, TrainedTokens: int64(step) * 40, TokensPerSecond: 100, MemoryBytes: 1 << 28, Seconds: float64(step),
		}}); err != nil {
			return err
		}
		if step%every == 0 || step == steps {
			if err := p.checkpoint(step); err != nil {
				return err
			}
			saved = step
		}
	}
	if err := p.phase(protocol.PhaseSaving); err != nil {
		return err
	}
	res := &protocol.TrainResult{State: protocol.TrainFinished, Steps: steps, TrainedTokens: int64(steps) * 40, Seconds: float64(steps)}
	if ask != "" {
		res.State, res.Steps, res.TrainedTokens, res.Seconds = protocol.TrainPaused, saved, int64(saved)*40, float64(saved)
	}
	if ask == protocol.ControlStop {
		res.State = protocol.TrainStopped
	}
	if ask != protocol.ControlPause {
		digest, err := WriteAdapter(filepath.Join(p.job.Dir, "adapter"), fmt.Sprintf("%s step %d", p.job.Base.Ref(), res.Steps))
		if err != nil {
			return err
		}
		res.AdapterDir, res.AdapterDigest = "adapter", digest
		res.Proof = protocol.Proof{WeightsMoved: true, RereadEqual: true, AnswersDiffer: true}
	}
	return p.say(true, protocol.Event{Event: protocol.EventResult, Result: &protocol.Result{Job: protocol.JobTrain, Train: res}})
}

func (p *player) checkpoint(step int) error {
	dir := filepath.Join("checkpoints", fmt.Sprintf("step-%06d", step))
	if err := os.MkdirAll(filepath.Join(p.job.Dir, dir), 0o755); err != nil {
		return err
	}
	body := []byte(fmt.Sprintf(`{"step":%d}`, step))
	if err := os.WriteFile(filepath.Join(p.job.Dir, dir, "manifest.json"), body, 0o644); err != nil {
		return err
	}
	return p.say(true, protocol.Event{Event: protocol.EventCheckpoint, Checkpoint: &protocol.Checkpoint{Step: step, Path: filepath.ToSlash(dir), Digest: string(datasets.DigestOf(body))}})
}

// WriteAdapter writes the two files of an adapter, with bytes that depend on
// seed, and returns the adapter's digest.
func WriteAdapter(dir, seed string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	files := map[string][]byte{
		"adapter_config.json":       []byte(`{"peft_type":"LORA","r":16}`),
		"adapter_model.safetensors": []byte("scripted " + seed),
	}
	sums := map[string]datasets.Digest{}
	for name, body := range files {
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o644); err != nil {
			return "", err
		}
		sums[name] = datasets.DigestOf(body)
	}
	raw, err := datasets.CanonicalJSON(sums)
	return string(datasets.DigestOf(raw)), err
}
