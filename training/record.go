package training

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// record is what a run wrote about itself into events.jsonl, read as it grows.
// The Manager's lock guards it.
type record struct {
	path     string
	offset   int64 // everything before was read
	points   []Point
	steps    int
	marks    []Checkpoint
	samples  []Sample
	warnings []string
	result   *protocol.TrainResult // only when nothing followed it
	failure  *protocol.Failure     // likewise
	last     time.Time             // time of the last event
	forecast int64
}

func (m *Manager) record(id RunID) *record {
	r := m.records[id]
	if r == nil {
		r = &record{path: filepath.Join(m.Dir(id), "events.jsonl")}
		m.records[id] = r
	}
	return r
}

// read takes in what was appended since the last call. A line without its end
// is left for the next time; a line that cannot be read is passed over, for one
// torn line must not hide a run.
func (r *record) read() error {
	f, err := os.Open(r.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if st.Size() < r.offset { // cut by a resume that dropped a torn line
		*r = record{path: r.path, forecast: r.forecast}
	}
	if st.Size() == r.offset {
		return nil
	}
	raw, err := io.ReadAll(io.NewSectionReader(f, r.offset, st.Size()-r.offset))
	if err != nil {
		return err
	}
	end := bytes.LastIndexByte(raw, '\n') + 1
	r.offset += int64(end)
	events := protocol.NewReader(bytes.NewReader(raw[:end]))
	for {
		e, err := events.Next()
		switch {
		case errors.Is(err, protocol.ErrLine):
			continue
		case err != nil:
			return nil // io.EOF: the bytes are in memory
		}
		r.add(e)
	}
}

func (r *record) add(e protocol.Event) {
	if e.T > 0 {
		r.last = time.UnixMilli(e.T)
	}
	r.result, r.failure = nil, nil
	switch {
	case e.Step != nil:
		s := e.Step
		r.again(s.Step)
		r.steps = s.Steps
		p := r.point(s.Step)
		*p = Point{
			Step: s.Step, Pass: s.Pass, Loss: float64(s.Loss), LR: s.LR, GradNorm: float64(s.GradNorm),
			TokensPerSecond: s.TokensPerSecond, Seconds: s.Seconds, Tokens: s.Tokens, TrainedTokens: s.TrainedTokens,
			Memory: s.MemoryBytes, Eval: p.Eval, Sources: p.Sources,
		}
	case e.Plan != nil:
		if e.Plan.ExpectedBytes > 0 {
			r.forecast = e.Plan.ExpectedBytes
		}
	case e.Eval != nil:
		loss := float64(e.Eval.Loss)
		p := r.point(e.Eval.Step)
		p.Eval, p.Sources = &loss, e.Eval.PerSource
	case e.Checkpoint != nil:
		c := Checkpoint{Step: e.Checkpoint.Step, Dir: e.Checkpoint.Path, Digest: e.Checkpoint.Digest, Time: r.last}
		r.marks = slices.DeleteFunc(r.marks, func(o Checkpoint) bool { return o.Step == c.Step })
		r.marks = append(r.marks, c)
	case e.Sample != nil:
		s := Sample{Step: e.Sample.Step, Prompt: e.Sample.Prompt, Answer: e.Sample.Answer}
		r.samples = slices.DeleteFunc(r.samples, func(o Sample) bool { return o.Step == s.Step && o.Prompt == s.Prompt })
		r.samples = append(r.samples, s)
	case e.Warning != nil:
		if !slices.Contains(r.warnings, e.Warning.Message) {
			r.warnings = append(r.warnings, e.Warning.Message)
		}
	case e.Result != nil:
		r.result = e.Result.Train
	case e.Error != nil:
		r.failure = e.Error
	}
}

// again forgets what lies at or after a step that was made before: the run went
// on from an earlier checkpoint, or from the beginning.
func (r *record) again(step int) {
	if !slices.ContainsFunc(r.points, func(p Point) bool { return p.Tokens > 0 && p.Step >= step }) {
		return
	}
	r.points = slices.DeleteFunc(r.points, func(p Point) bool { return p.Step >= step })
	r.samples = slices.DeleteFunc(r.samples, func(s Sample) bool { return s.Step >= step })
	r.marks = slices.DeleteFunc(r.marks, func(c Checkpoint) bool { return c.Step >= step })
}

// point returns the point of a step; a step without one gets an empty one in
// its place, whose loss is not known.
func (r *record) point(step int) *Point {
	i, ok := slices.BinarySearchFunc(r.points, step, func(p Point, s int) int { return cmp.Compare(p.Step, s) })
	if !ok {
		r.points = slices.Insert(r.points, i, Point{Step: step, Loss: math.NaN(), GradNorm: math.NaN()})
	}
	return &r.points[i]
}

// fill brings a stored run up to its own record.
func (r *record) fill(run *Run) {
	if r.steps > 0 {
		run.Steps = r.steps
	}
	for _, p := range slices.Backward(r.points) {
		if p.Tokens > 0 {
			run.Step, run.TrainedTokens, run.Seconds = p.Step, p.TrainedTokens, p.Seconds
			return
		}
	}
}

// checkpoints lists all that were written and marks those still on disk.
func (r *record) checkpoints(dir string) []Checkpoint {
	out := slices.Clone(r.marks)
	for i := range out {
		if !filepath.IsAbs(out[i].Dir) {
			out[i].Dir = filepath.Join(dir, filepath.FromSlash(out[i].Dir))
		}
		_, err := os.Stat(filepath.Join(out[i].Dir, "manifest.json"))
		out[i].Kept = err == nil
	}
	return out
}

// lastCheckpoint is the step of the newest one on disk; 0 when there is none.
func (r *record) lastCheckpoint(dir string) int {
	step := 0
	for _, c := range r.checkpoints(dir) {
		if c.Kept {
			step = max(step, c.Step)
		}
	}
	return step
}

// Snapshot tells what is true about a run now. Points are those of steps after
// since. It reads only what was appended to the run's record since the last
// call, so that asking ten times a second costs little.
func (m *Manager) Snapshot(ctx context.Context, id RunID, since int) (Snapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.get(ctx, id)
	if err != nil {
		return Snapshot{}, err
	}
	if run.State == StateQueued {
		runs, err := m.runs(ctx)
		if err != nil {
			return Snapshot{}, err
		}
		for _, r := range runs {
			if r.ID == id {
				run = r
			}
		}
	}
	rec := m.record(id)
	if err := rec.read(); err != nil {
		return Snapshot{}, failed(err, "the record of run %d cannot be read", run.Number)
	}
	rec.fill(&run)
	if rec.forecast == 0 {
		if base, err := m.cfg.Bases.Find(run.Recipe.Base); err == nil {
			rec.forecast = EstimateMemory(base.Config, run.Recipe.Settings, Room{}).Expected
		}
	}
	dir := m.Dir(id)
	s := Snapshot{
		Run: run, Checkpoints: rec.checkpoints(dir), LastCheckpoint: rec.lastCheckpoint(dir), Samples: slices.Clone(rec.samples),
		Warnings: slices.Clone(rec.warnings), MemoryForecast: cmp.Or(run.Foreseen, rec.forecast), Responding: true, LogTail: logTail(filepath.Join(dir, "trainer.log")),
	}
	i, _ := slices.BinarySearchFunc(rec.points, since+1, func(p Point, s int) int { return cmp.Compare(p.Step, s) })
	s.Points = slices.Clone(rec.points[i:])
	s.Speed, s.Left = rec.pace(run)
	if n := len(rec.points); n > 0 {
		s.Memory = rec.points[n-1].Memory
	}
	if l := m.active; l != nil && l.run.ID == id {
		now := m.cfg.Now()
		s.Responding = now.Sub(l.heard) <= silence
		s.PhaseDone, s.PhaseTotal, s.PhaseUnit = l.progress.Done, l.progress.Total, l.progress.Unit
		s.PhaseTimes = map[Phase]time.Duration{}
		for p, d := range l.spent {
			s.PhaseTimes[p] = d
		}
		s.PhaseTimes[run.Phase] += now.Sub(l.since)
		for _, w := range l.warnings {
			if !slices.Contains(s.Warnings, w) {
				s.Warnings = append(s.Warnings, w)
			}
		}
	} else {
		s.PhaseTimes = m.readTimes(id)
		s.Left = 0
	}
	return s, nil
}

// pace is the speed over the last steps and the time that the rest needs.
func (r *record) pace(run Run) (tokensPerSecond float64, left time.Duration) {
	const window = 10
	var steps []Point
	for _, p := range slices.Backward(r.points) {
		if p.Tokens > 0 {
			if steps = append(steps, p); len(steps) > window {
				break
			}
		}
	}
	if len(steps) == 0 {
		return 0, 0
	}
	newest, oldest := steps[0], steps[len(steps)-1]
	seconds, done := newest.Seconds-oldest.Seconds, newest.Step-oldest.Step
	if seconds <= 0 || done <= 0 {
		return newest.TokensPerSecond, 0
	}
	tokensPerSecond = float64(newest.Tokens-oldest.Tokens) / seconds
	left = time.Duration(float64(run.Steps-newest.Step) * seconds / float64(done) * float64(time.Second))
	return tokensPerSecond, max(left, 0)
}

// logTail returns the last lines of the trainer's log.
func logTail(path string) []string {
	const most, bytesRead = 40, 16 << 10
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil
	}
	from := max(0, st.Size()-bytesRead)
	raw, err := io.ReadAll(io.NewSectionReader(f, from, bytesRead))
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimRight(strings.ToValidUTF8(string(raw), "\uFFFD"), "\n"), "\n")
	if from > 0 && len(lines) > 1 {
		lines = lines[1:] // cut in its middle
	}
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines[max(0, len(lines)-most):]
}

// times.json keeps how long each phase took, over all parts of a run.
func (m *Manager) timesPath(id RunID) string { return filepath.Join(m.Dir(id), "times.json") }

func (m *Manager) readTimes(id RunID) map[Phase]time.Duration {
	out := map[Phase]time.Duration{}
	raw, err := os.ReadFile(m.timesPath(id))
	if err != nil {
		return out
	}
	var seconds map[Phase]float64
	if json.Unmarshal(raw, &seconds) == nil {
		for p, s := range seconds {
			out[p] = time.Duration(s * float64(time.Second))
		}
	}
	return out
}

func (m *Manager) writeTimes(id RunID, spent map[Phase]time.Duration) {
	seconds := map[Phase]float64{}
	for p, d := range spent {
		seconds[p] = math.Round(d.Seconds()*1e6) / 1e6
	}
	if raw, err := datasets.CanonicalJSON(seconds); err == nil {
		_ = writeFile(m.timesPath(id), raw) // shown only; the run does not depend on it
	}
}

// MarshalJSON writes a loss that is no number as the string "NaN", as the
// trainer does.
func (p Point) MarshalJSON() ([]byte, error) {
	type plain Point // without this method
	return json.Marshal(struct {
		plain
		Loss     protocol.Float  `json:"loss"`
		GradNorm protocol.Float  `json:"grad_norm"`
		Eval     *protocol.Float `json:"eval,omitempty"`
	}{plain(p), protocol.Float(p.Loss), protocol.Float(p.GradNorm), (*protocol.Float)(p.Eval)})
}
