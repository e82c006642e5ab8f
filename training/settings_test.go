package training

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"

	"github.com/modelfactory/modelfactory/datasets"
)

func TestFieldsAndSettingsAreTheSameList(t *testing.T) {
	inStruct := map[string]bool{}
	typ := reflect.TypeFor[Settings]()
	for i := range typ.NumField() {
		inStruct[typ.Field(i).Tag.Get("json")] = true
	}
	for _, f := range Fields() {
		if !inStruct[f.Key] {
			t.Errorf("field %s is not in Settings, or twice in the table", f.Key)
		}
		delete(inStruct, f.Key)
		if f.Label == "" || len(f.Help) < 20 || !strings.HasSuffix(f.Help, ".") {
			t.Errorf("field %s has no label or no sentence of help: %q", f.Key, f.Help)
		}
	}
	for key := range inStruct {
		t.Errorf("setting %s has no field: no form and no --set reach it", key)
	}
}

func TestEveryFieldRoundTrips(t *testing.T) {
	for _, f := range Fields() {
		t.Run(f.Key, func(t *testing.T) {
			values := append([]string{f.Default}, f.Options...)
			if f.Kind != FieldChoice {
				values = append(values, text(f, f.Min), text(f, f.Max))
			}
			for _, v := range values {
				s := DefaultSettings()
				if err := s.Apply(f.Key, v); err != nil {
					t.Fatalf("%q: %v", v, err)
				}
				if got := f.Get(&s); got != v {
					t.Errorf("set %q, got %q", v, got)
				}
				r := Recipe{Base: "b@1", Data: []Source{{datasets.Ref{Net: "n", Version: 1}, 1}}, Settings: s}
				raw, err := r.Canonical()
				if err != nil {
					t.Fatal(err)
				}
				if v != f.Default && !strings.Contains(string(raw), `"`+f.Key+`":`) {
					t.Errorf("%q is not in the frozen recipe: %s", v, raw)
				}
				inYAML, err := r.YAML()
				if err != nil {
					t.Fatal(err)
				}
				for _, file := range [][]byte{raw, inYAML} {
					back, err := ParseRecipe(file)
					if err != nil {
						t.Fatalf("%v\n%s", err, file)
					}
					if !reflect.DeepEqual(back, r) {
						t.Errorf("through the recipe file: got %+v, want %+v\n%s", back, r, file)
					}
				}
			}
			bad := []string{"", "x", "NaN", "1e999", "--1"}
			if f.Kind != FieldChoice {
				bad = append(bad, text(f, f.Min-1), text(f, f.Max+1))
			}
			for _, v := range bad {
				s := DefaultSettings()
				err := s.Apply(f.Key, v)
				if !IsKind(err, KindUsage) || !strings.Contains(err.Error(), f.Key) {
					t.Errorf("%q: want a usage error that names the field, got %v", v, err)
				}
				if s != DefaultSettings() {
					t.Errorf("%q was refused and set all the same", v)
				}
			}
		})
	}
}

func text(f Field, v float64) string {
	if f.Kind == FieldInt {
		return fmt.Sprintf("%.0f", v)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func TestPresetsAreValidAndDiffer(t *testing.T) {
	seen := map[Settings]string{}
	for _, p := range Presets() {
		if err := p.Settings.Validate(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
		if other := seen[p.Settings]; other != "" {
			t.Errorf("%s and %s are the same", p.Name, other)
		}
		seen[p.Settings] = p.Name
		if got, err := PresetByName(p.Name); err != nil || got.Settings != p.Settings {
			t.Errorf("%s is not found by its name: %v", p.Name, err)
		}
	}
	if b, _ := PresetByName("balanced"); b.Settings != DefaultSettings() {
		t.Error("balanced is not what a new recipe comes with")
	}
	if _, err := PresetByName("fast"); !IsKind(err, KindUsage) {
		t.Errorf("unknown preset: %v", err)
	}
}

func TestRecipeDigestIsStable(t *testing.T) {
	s := DefaultSettings()
	s.Dropout, s.LearningRate, s.Passes, s.Seed, s.Device, s.Threads = 0, 2e-4, 3, 7, "cpu", 1
	r := Recipe{
		Base:     "SmolLM2-135M-Instruct@0123456789ab",
		Data:     []Source{{datasets.Ref{Net: "bike", Version: 4}, 700_000}, {datasets.Ref{Net: "polite", Version: 2}, 300_000}},
		Settings: s,
	}
	const want = `{"accumulation":1,"alpha":32,"base":"SmolLM2-135M-Instruct@0123456789ab","batch_size":4,"checkpoint_every":10,"clip_norm":1,` +
		`"data":[{"net":"bike","version":4,"weight_ppm":700000},{"net":"polite","version":2,"weight_ppm":300000}],"device":"cpu","dropout":0,` +
		`"eval_every":20,"eval_ppm":50000,"learning_rate":0.0002,"max_length":512,"max_steps":0,"method":"lora","passes":3,"rank":16,"scheduler":"cosine",` +
		`"seed":7,"threads":1,"train_on":"answers","warmup_share":0.03,"weight_decay":0}`
	got, err := r.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("canonical bytes changed; published recipes would no longer verify:\n got %s\nwant %s", got, want)
	}
	// A recipe that was stored before the later fields existed is the same recipe.
	var stored struct{ Recipe Recipe }
	if err := json.Unmarshal([]byte(`{"Recipe":`+want+`}`), &stored); err != nil || !reflect.DeepEqual(stored.Recipe, r) {
		t.Errorf("an old recipe is read as %+v (%v)", stored.Recipe, err)
	}
}

func TestRecipeRefuses(t *testing.T) {
	good := Recipe{Base: "b", Data: []Source{{datasets.Ref{Net: "n"}, 1}}, Settings: DefaultSettings()}
	for name, change := range map[string]func(*Recipe){
		"no base":     func(r *Recipe) { r.Base = " " },
		"no data":     func(r *Recipe) { r.Data = nil },
		"twice":       func(r *Recipe) { r.Data = append(r.Data, r.Data[0]) },
		"weight zero": func(r *Recipe) { r.Data = []Source{{datasets.Ref{Net: "n"}, 0}} },
		"rank":        func(r *Recipe) { r.Rank = 0 },
	} {
		r := good
		change(&r)
		if err := r.Validate(); !IsKind(err, KindUsage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{
		``, `{`, `[]`, `{"rang":3}`, `{"rank":3}{"rank":4}`, `{"data":[{"net":"a","wait":3}]}`, `{"rank":"x"}`, `{"rank":0}`,
		"rank: 3\n---\nrank: 4\n", "rank: 3\nrank: 4\n", "rank: .nan\n", "- rank\n", "rank: 3\n\tx: 4\n",
	} {
		if _, err := ParseRecipe([]byte(bad)); !IsKind(err, KindUsage) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if _, err := ParseRecipe([]byte(`{"method":"qlora","device":"mps"}`)); !IsKind(err, KindRefused) || !strings.Contains(err.Error(), "Apple") {
		t.Errorf("4 bits on Apple's graphics: %v", err)
	}
	r, err := ParseRecipe([]byte(`{"base":"b","rank":4}`))
	if err != nil || r.Rank != 4 || r.Passes != DefaultSettings().Passes {
		t.Errorf("a recipe with one field: %+v, %v", r, err)
	}
	r, err = ParseRecipe([]byte("# by hand\nbase: b\ndata:\n  - net: a\n    version: 2\n    weight_ppm: 5\nrecompute: on\nlearning_rate: 2e-4\n"))
	if err != nil || r.Recompute != "on" || r.LearningRate != 2e-4 || len(r.Data) != 1 || r.Data[0].Ref.Version != 2 {
		t.Errorf("a recipe in YAML: %+v, %v", r, err)
	}
	for word, key := range elsewhere {
		if _, err := FieldByKey(key); err != nil {
			t.Errorf("%s stands for %s: %v", word, key, err)
		}
	}
	for word, meant := range map[string]string{"learningrate": "learning_rate", "epochs": "passes", "lr": "learning_rate", "rang": "rank", "tensor_board": "tensorboard", "dataa": "data"} {
		_, err := ParseRecipe([]byte(word + ": 3\n"))
		e, ok := errors.AsType[*Error](err)
		if !ok || !strings.Contains(e.Message, word) || !strings.Contains(e.Next, "nearest one is "+meant) {
			t.Errorf("%s: %v, want a hint to %s", word, err, meant)
		}
	}
}

// Whatever is read as a recipe must survive its canonical form: else a frozen
// recipe would change its digest.
func FuzzParseRecipe(f *testing.F) {
	f.Add([]byte(`{"base":"b","data":[{"net":"a","version":1,"weight_ppm":5}],"rank":8,"learning_rate":1e-4}`))
	f.Add([]byte(`{"learning_rate":-0.0,"seed":9007199254740991}`))
	f.Add([]byte(`{"data":null}`))
	f.Add([]byte("base: b\ndata:\n- {net: a, version: 1, weight_ppm: 5}\nrecompute: off\nbeta: 0.5\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r, err := ParseRecipe(raw)
		if err != nil || r.Validate() != nil {
			return
		}
		c, err := r.Canonical()
		if err != nil {
			t.Skip() // bytes that are no text have no canonical form
		}
		back, err := ParseRecipe(c)
		if err != nil {
			t.Fatalf("%s: %v", c, err)
		}
		again, err := back.Canonical()
		if err != nil || string(again) != string(c) {
			t.Fatalf("%s became %s (%v)", c, again, err)
		}
		if twice, err := jcs.Transform(c); err != nil || string(twice) != string(c) {
			t.Fatalf("not canonical: %s", c)
		}
	})
}

func TestTransitions(t *testing.T) {
	legal := map[string]bool{
		"draft queued": true, "draft running": true, "draft failed": true,
		"queued draft": true, "queued running": true, "queued failed": true,
		"running running": true, "running finished": true, "running failed": true, "running stopped": true, "running paused": true,
		"paused queued": true, "paused running": true, "paused stopped": true, "paused failed": true,
		"failed queued": true, "failed running": true,
	}
	for a := range transitions {
		for b := range transitions {
			if got, want := a.CanBecome(b), legal[string(a)+" "+string(b)]; got != want {
				t.Errorf("%s → %s: %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestPointsWithoutANumberAreJSON(t *testing.T) {
	var r record
	p := *r.point(3)
	raw, err := json.Marshal(p)
	if err != nil || !strings.Contains(string(raw), `"loss":"NaN"`) || !strings.Contains(string(raw), `"step":3`) {
		t.Errorf("%s, %v", raw, err)
	}
}

func TestClassify(t *testing.T) {
	for _, c := range []struct {
		name                     string
		kind, message, log       string
		exit                     int
		signal, code, says, next string
	}{
		{"kind of the trainer", "memory", "out of memory at step 3", "", 1, "", FailMemory, "out of memory at step 3", "fewer tokens"},
		{"message without a kind", "failed", "CUDA error: no kernel image", "", 1, "", FailDriver, "kernel image", "driver"},
		{"only the log", "", "", "OSError: [Errno 28] No space left on device", 70, "", FailDisk, "No space left", "disk"},
		{"damaged", "", "", "ModuleNotFoundError: No module named 'peft'", 1, "", FailTrainer, "peft", "Repair"},
		{"killed", "", "", "", -1, "killed", FailKilled, "ended from outside", "resume"},
		{"nothing known", "", "", "", 70, "", FailUnknown, "code 70", "diagnostics"},
		{"its own words win over the log", "nan", "the loss is not finite at step 5", "No space left on device", 1, "", FailNaN, "step 5", "learning rate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := Classify(c.kind, c.message, "", c.log, c.exit, c.signal)
			if f.Code != c.code || !strings.Contains(f.Message, c.says) || !strings.Contains(f.Advice, c.next) || f.ExitCode != c.exit {
				t.Errorf("%+v", f)
			}
		})
	}
	if f := Classify("disk", "full", "Take this advice.", "", 1, ""); f.Advice != "Take this advice." {
		t.Errorf("the trainer's advice is lost: %+v", f)
	}
}

var update = flag.Bool("update", false, "write the trainer's table of settings and the recipes it is tested with")

// TestTheTrainerHasTheSameTable keeps the trainer's copy of Fields, from which
// it checks a recipe, and the recipes that its own tests must read.
func TestTheTrainerHasTheSameTable(t *testing.T) {
	type entry struct {
		Key     string   `json:"key"`
		Kind    string   `json:"kind"`
		Min     float64  `json:"min"`
		Max     float64  `json:"max"`
		Options []string `json:"options,omitempty"`
	}
	var table []entry
	type example struct {
		Key    string          `json:"key"`
		Text   string          `json:"text"`
		Recipe json.RawMessage `json:"recipe"` // as it is frozen
	}
	var examples []example
	for _, f := range Fields() {
		table = append(table, entry{f.Key, f.Kind, f.Min, f.Max, f.Options})
		values := append([]string{f.Default}, f.Options...)
		if f.Kind != FieldChoice {
			values = append(values, text(f, f.Min), text(f, f.Max))
		}
		for _, v := range values {
			s := DefaultSettings()
			if err := f.Set(&s, v); err != nil {
				t.Fatal(err)
			}
			raw, err := Recipe{Base: "b@1", Data: []Source{{datasets.Ref{Net: "n", Version: 1}, 1}}, Settings: s}.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			examples = append(examples, example{f.Key, v, raw})
		}
	}
	const head = "\"\"\"Kinds, ranges and choices of the settings. Written from training.Fields; change them there.\"\"\"\n\n# fmt: off\nFIELDS = "
	for path, want := range map[string]string{
		"trainer/modelfactory_trainer/fields.py": head + lines(t, table), // JSON of text and numbers is Python too
		"trainer/tests/recipes.json":             lines(t, examples),
	} {
		if *update {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what Fields says (%v); write it anew with: go test ./training -run TheSameTable -update", path, err)
		}
	}
}

// lines is a JSON list with one entry a line.
func lines[T any](t *testing.T, list []T) string {
	t.Helper()
	out := make([]string, len(list))
	for i, e := range list {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = string(raw)
	}
	return "[\n" + strings.Join(out, ",\n") + "\n]\n"
}
