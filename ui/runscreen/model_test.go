package runscreen

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training"
)

func applied(s training.Snapshot) *Model {
	m := NewModel(clock)
	m.Apply(s)
	return m
}

func TestReaderReadsOnlyWhatIsNewAndFollowsAResume(t *testing.T) {
	svc := newStudio(run14(100))
	read := Reader(svc, "r14")
	m := NewModel(clock)
	next := func() {
		t.Helper()
		s, err := read(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		m.Apply(s)
	}
	next()
	if len(m.Points()) != 101 {
		t.Fatalf("%d points, want all 101", len(m.Points()))
	}
	// The eval of step 96 came with it; that of step 120 comes after the step.
	late := run14(120)
	late.Points[120].Eval = nil
	svc.snaps["r14"] = late
	next()
	svc.snaps["r14"] = run14(120)
	next()
	if p := m.Points()[120]; p.Eval == nil {
		t.Error("an eval that came after its step is not shown")
	}
	if since := svc.asked[len(svc.asked)-1]; since < 100 {
		t.Errorf("asked for the points since %d again", since)
	}
	// After a crash the run goes on from step 96 with other values.
	back := run14(98)
	back.Points[97].Loss = 7
	svc.snaps["r14"] = back
	next()
	if len(m.Points()) != 99 || m.Points()[97].Loss != 7 {
		t.Errorf("%d points, step 97 has loss %v: old steps stay after a resume", len(m.Points()), m.Points()[97].Loss)
	}
}

func TestSmoothingHasNoLagAndKeepsGaps(t *testing.T) {
	var line, gap []float64
	for i := range 100 {
		line = append(line, 5-float64(i)/25)
		gap = append(gap, 2)
	}
	gap[50] = math.NaN()
	for i, v := range smooth(line, 0.8)[35:65] {
		if math.Abs(v-line[i+35]) > 1e-3 {
			t.Fatalf("a straight line is moved by %v at %d", v-line[i+35], i+35)
		}
	}
	for i, v := range smooth(gap, 0.8) {
		if (i == 50) != math.IsNaN(v) || i != 50 && math.Abs(v-2) > 1e-9 {
			t.Fatalf("at %d: %v", i, v)
		}
	}
}

func TestActsFollowTheState(t *testing.T) {
	for state, want := range map[training.State][]Act{
		training.StateDraft:    {ActRecipe, ActDelete, ActStart},
		training.StateQueued:   {ActRecipe, ActUnqueue},
		training.StateRunning:  {ActPause, ActStop},
		training.StatePaused:   {ActRecipe, ActStop, ActResume},
		training.StateStopped:  {ActRecipe, ActDelete, ActCompare, ActAgain},
		training.StateFinished: {ActRecipe, ActDelete, ActCompare, ActAgain, ActChat},
		training.StateFailed:   {ActRecipe, ActDelete},
	} {
		m := applied(with(run14(182), func(r *training.Run) { r.State = state }))
		if got := m.Acts(); !slices.Equal(got, want) {
			t.Errorf("%s offers %v, want %v", state, got, want)
		}
		m.Asked("pausing")
		for _, a := range want {
			if m.Can(a) {
				t.Errorf("%s: %s can be asked for while something is under way", state, a)
			}
		}
		m.Apply(with(run14(182), func(r *training.Run) { r.State = training.StateStopped }))
		if state != training.StateStopped && m.Busy() != "" {
			t.Errorf("%s: still busy after the state changed", state)
		}
	}
}

func TestSilentTrainer(t *testing.T) {
	now := clock()
	m := NewModel(func() time.Time { return now })
	s := run14(182)
	s.Responding = false
	m.Apply(s)
	if !m.Silent() {
		t.Fatal("a silent trainer is not told")
	}
	m.Wait()
	if m.Silent() {
		t.Error("asks again at once after Wait")
	}
	now = now.Add(31 * time.Second)
	if !m.Silent() {
		t.Error("never asks again after Wait")
	}
}

func TestChartGrowsIntoTheWholeRun(t *testing.T) {
	m := applied(run14(182))
	for _, c := range []struct {
		axis  Axis
		end   float64
		marks []string
	}{{ByStep, 264, []string{"pass 2", "pass 3"}}, {ByPass, 3, nil}, {ByTokens, 1_200_000, []string{"pass 2", "pass 3"}}, {ByTime, 371.28 + 167, []string{"pass 2", "pass 3"}}} {
		m.Axis = c.axis
		d := m.Chart()
		if math.Abs(d.XMax-c.end) > 1 {
			t.Errorf("axis %s ends at %v, want %v", Axes[c.axis], d.XMax, c.end)
		}
		var marks []string
		for _, k := range d.Marks {
			marks = append(marks, k.Label)
		}
		if !slices.Equal(marks, c.marks) {
			t.Errorf("axis %s has marks %v, want %v", Axes[c.axis], marks, c.marks)
		}
		if n := len(d.Series[0].Points); n != 182 {
			t.Errorf("axis %s: %d raw points, want every step", Axes[c.axis], n)
		}
		if r, ok := d.Read(d.Series[2].Points[3].X); !ok || r.Title[:7] != "step 72" || r.Dot == nil {
			t.Errorf("axis %s: read-out at the third eval: %+v", Axes[c.axis], r)
		}
	}
}

func TestAFailureNamesCauseWhatWasKeptAndWaysOn(t *testing.T) {
	for code, want := range map[string]struct {
		title string
		ways  []string
	}{
		training.FailMemory:        {"The memory ran out at step 182 of 264", []string{"Start with this change", "Go on", "Edit recipe…"}},
		training.FailDisk:          {"The disk is full at step 182 of 264", []string{"Go on", "Edit recipe…"}},
		training.FailNaN:           {"The loss was no longer a number at step 182 of 264", []string{"Start with this change", "Edit recipe…"}},
		training.FailLicence:       {"A licence is missing", []string{"Show DataNets", "Go on", "Edit recipe…"}},
		training.FailTrainer:       {"The trainer is damaged", []string{"Repair…", "Go on"}},
		training.FailDriver:        {"The graphics driver failed at step 182 of 264", []string{"Start with this change", "Go on", "Edit recipe…"}},
		training.FailKilled:        {"The trainer was ended from outside at step 182 of 264", []string{"Go on", "Edit recipe…"}},
		training.FailNotResponding: {"The trainer did not respond at step 182 of 264", []string{"Go on", "Edit recipe…"}},
		training.FailUnknown:       {"The trainer ended with code 70 and gave no reason", []string{"Go on", "Edit recipe…"}},
		training.FailData:          {"The data cannot be trained on", []string{"Edit recipe…", "Go on"}},
		training.FailProof:         {"The result is not proved", []string{"Start with this change", "Edit recipe…"}},
	} {
		m := applied(with(run14(182), func(r *training.Run) {
			r.State = training.StateFailed
			r.Failure = &training.Failure{Code: code, Message: "The trainer ended with code 70 and gave no reason.", ExitCode: 70}
		}))
		f := m.Failure()
		if f.Title != want.title || !strings.Contains(f.Kept, "step 168") {
			t.Errorf("%s: %+v, want %q and the checkpoint of step 168", code, f, want.title)
		}
		var got []string
		for _, w := range m.Ways() {
			got = append(got, w.Button)
			if w.Change != nil {
				if err := w.Change.Validate(); err != nil {
					t.Errorf("%s: %s makes a recipe that is refused: %v", code, w.Title, err)
				}
			}
			if w.Title == "" || w.Detail == "" || (w.Change == nil && !w.Resume && w.Route.Page == "") {
				t.Errorf("%s: a way without words or deed: %+v", code, w)
			}
		}
		if !slices.Equal(got, want.ways) {
			t.Errorf("%s: ways %v, want %v", code, got, want.ways)
		}
	}
}

func TestLessMemoryEndsSomewhere(t *testing.T) {
	r := recipe()
	for i := 0; ; i++ {
		w, ok := lessMemory(r)
		if !ok {
			break
		}
		if i > 30 {
			t.Fatal("never ends")
		}
		if err := w.Change.Validate(); err != nil {
			t.Fatalf("%s: %v", w.Detail, err)
		}
		if w.Change.BatchSize*w.Change.Accumulation != 4 {
			t.Fatalf("%s: other rows a step", w.Detail)
		}
		r = *w.Change
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		`File "/home/someone/ModelFactory/trainer/train.py", line 214`:          `File "<folder>/train.py", line 214`,
		`open C:\Users\Some One\x\y.txt`:                                        `open <folder>\Some One\x\y.txt`,
		`from 0x7A3f00000000000000000000000000000000091Ce sent`:                 `from 0x7A3f00000000000000000000000000000000091Ce sent`, // 41 digits: no address
		`from 0x7A3f0000000000000000000000000000000091Ce sent`:                  `from <address> sent`,
		`key 4e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c1.`: `key <digest or key>.`,
		`0x4e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c1`:    `<digest or key>`,
		`mail a.b+c@shop.example now`:                                           `mail <mail address> now`,
		`HF token=hf_abcdef; next`:                                              `HF token=<left out> next`,
		`row "` + strings.Repeat("my customer ", 10) + `" is bad`:               `row "<text left out>" is bad`,
		`loss 1.52 at step 3/264, 2026/11/21`:                                   `loss 1.52 at step 3/264, 2026/11/21`,
		`step 3 of 264`:                                                         `step 3 of 264`,
	} {
		if got := Redact(in); got != want {
			t.Errorf("Redact(%q)\n got %q\nwant %q", in, got, want)
		}
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("/home/a/b", "0x7A3f0000000000000000000000000000000091Ce")
	f.Fuzz(func(t *testing.T, before, after string) {
		const key = "4e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c14e9a77c1"
		if got := Redact(before + " " + key + " " + after); strings.Contains(got, key) {
			t.Errorf("a key is left in %q", got)
		}
	})
}

func TestCSV(t *testing.T) {
	eval := 1.5
	points := []training.Point{
		{Step: 0, Loss: math.NaN(), GradNorm: math.NaN(), Eval: &eval},
		{Step: 1, Pass: 0.5, Loss: 2.25, LR: 2e-4, GradNorm: 1, Tokens: 10, TrainedTokens: 4, TokensPerSecond: 5, Memory: 7, Seconds: 2},
		{Step: 2, Pass: 1, Loss: math.NaN(), LR: 1e-4, GradNorm: math.NaN(), Tokens: 20, TrainedTokens: 8, Seconds: 4},
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, points); err != nil {
		t.Fatal(err)
	}
	want := `step,pass,train_loss,eval_loss,learning_rate,gradient_norm,tokens,trained_tokens,tokens_per_second,memory_bytes,seconds
0,0,,1.5,0,NaN,0,0,0,0,0
1,0.5,2.25,,0.0002,1,10,4,5,7,2
2,1,NaN,,0.0001,NaN,20,8,0,0,4
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}

func TestWords(t *testing.T) {
	for v, want := range map[float64]string{2e-4: "2e-4", 5.9e-5: "5.9e-5", 0.01: "0.01", 0: "0", 1e-3: "1e-3"} {
		if got := RateText(v); got != want {
			t.Errorf("RateText(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestListSortsAndGroups(t *testing.T) {
	l := NewList(clock)
	at := func(n int, name string, s training.State, step int) training.Run {
		return training.Run{ID: training.RunID(name), Number: n, Name: name, State: s, Step: step}
	}
	l.Apply([]training.Run{at(1, "b", training.StateFinished, 9), at(2, "a", training.StateRunning, 3), at(3, "c", training.StateFailed, 3), at(4, "d", training.StateQueued, 0)})
	order := func() string {
		s := ""
		for i := range l.Count() {
			s += l.Run(i).Name
		}
		return s
	}
	if order() != "dcab" {
		t.Errorf("newest first: %s", order())
	}
	for _, c := range []struct{ by, want string }{{"name", "abcd"}, {"name", "dcba"}, {"state", "adcb"}, {"steps", "dcab"}} {
		l.SortBy(c.by)
		if order() != c.want {
			t.Errorf("by %s: %s, want %s", c.by, order(), c.want)
		}
	}
	l.SetGroup(1)
	if order() != "da" {
		t.Errorf("now: %s", order())
	}
	if got := strings.Join(l.Tabs(), ", "); got != "All 4, Now 2, Finished 1, Failed 1" {
		t.Errorf("tabs %s", got)
	}
	if l.Run(99).ID != "" || l.Row("nobody") != -1 {
		t.Error("a row that is not there")
	}
}
