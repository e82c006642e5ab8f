package studio

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
)

// The journey is the product's whole job in one place: trainer and base ready, licences held, a run, questions asked
// before and after, registration, verification. It has three skins: `mf demo` goes through all of it, the window's first
// run walks the same steps as a person clicks, and the window's smoke test clicks for the person.

// Journey is one walk. Make it with NewJourney; each step may be taken once, in the order of the methods.
type Journey struct {
	Plan JourneyPlan
	st   *Studio
	say  func(JourneyStep)

	Parts     []JourneyPart
	Licence   *chain.TxRecord
	Run       training.Run
	Questions []AskedQuestion
	Control   AskedControl
	Model     lineage.Model
	Report    lineage.Report
}

// JourneyPlan says what to walk with.
type JourneyPlan struct {
	Name    string
	Base    string // empty = the embedded base
	Sources []training.Source
	Preset  string
	Set     map[string]string // settings over the preset
	Ask     []datasets.Question
	Control string // a question the training must not change
}

// JourneyStep is one line of progress.
type JourneyStep struct {
	Part    string
	Text    string
	Seconds float64 // of the part, when it is done
	Done    bool
}

// JourneyPart is how long one part took.
type JourneyPart struct {
	Part    string  `json:"part"`
	Seconds float64 `json:"seconds"`
}

// AskedQuestion is a held-out question and what was answered.
type AskedQuestion struct {
	Q        string `json:"q"`
	Want     string `json:"want"`
	Before   string `json:"before"`
	After    string `json:"after"`
	BeforeOK bool   `json:"before_ok"`
	AfterOK  bool   `json:"after_ok"`
}

// AskedControl is the question whose answer must stay.
type AskedControl struct {
	Q      string `json:"q"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// answerTokens is how long an answer may be in the demo: a value that is not there by then counts as not known.
const answerTokens = 24

// controlQuestion is something every base knows and no sample teaches.
const controlQuestion = "What is the capital of France?"

// NewJourney starts a walk; say gets its progress and may be nil.
func (s *Studio) NewJourney(plan JourneyPlan, say func(JourneyStep)) *Journey {
	if say == nil {
		say = func(JourneyStep) {}
	}
	if plan.Control == "" {
		plan.Control = controlQuestion
	}
	return &Journey{Plan: plan, st: s, say: say}
}

func (j *Journey) begin(part string) func() {
	start := time.Now()
	j.say(JourneyStep{Part: part})
	return func() {
		p := JourneyPart{Part: part, Seconds: time.Since(start).Seconds()}
		j.Parts = append(j.Parts, p)
		j.say(JourneyStep{Part: part, Seconds: p.Seconds, Done: true})
	}
}

// Prepare installs the trainer and the base where they are missing.
func (j *Journey) Prepare(ctx context.Context) error {
	defer j.begin("trainer and base")()
	return j.st.EnsureTrainer(ctx, func(format string, args ...any) {
		j.say(JourneyStep{Part: "trainer and base", Text: fmt.Sprintf(format, args...)})
	})
}

// Licences buys what the sources need and the account in use does not hold. The wallet must be unlocked.
func (j *Journey) Licences(ctx context.Context) error {
	defer j.begin("licences")()
	for _, src := range j.Plan.Sources {
		v, err := j.st.Net(ctx, src.Ref.Net)
		if err != nil {
			return err
		}
		if v.Standing.Usable() {
			continue
		}
		action, err := j.st.PrepareLicence(ctx, v.Slug)
		if err != nil {
			return err
		}
		if action.Done == nil {
			j.say(JourneyStep{Part: "licences", Text: action.Review.Sentence})
			if len(action.Review.Blocks) > 0 {
				return &Error{Kind: "refused", Message: strings.Join(action.Review.Blocks, "; "), Next: "Nothing was signed."}
			}
		}
		rec, err := j.st.Sign(ctx, action)
		if err != nil {
			return err
		}
		j.Licence = &rec
	}
	return nil
}

// Recipe is the plan's recipe, complete.
func (j *Journey) Recipe() (training.Recipe, error) {
	preset, err := training.PresetByName(j.Plan.Preset)
	if err != nil {
		return training.Recipe{}, err
	}
	r := training.Recipe{Base: j.Plan.Base, Data: j.Plan.Sources, Settings: preset.Settings}
	for k, v := range j.Plan.Set {
		if err := r.Apply(k, v); err != nil {
			return r, err
		}
	}
	return j.st.CompleteRecipe(r)
}

// AskBefore asks the base alone.
func (j *Journey) AskBefore(ctx context.Context) error {
	defer j.begin("questions before")()
	r, err := j.Recipe()
	if err != nil {
		return err
	}
	b, err := j.st.Bases.Find(r.Base)
	if err != nil {
		return err
	}
	chat, err := j.st.Runtime.Chat(ctx, protocol.GenerateJob{BaseDir: b.Dir, Device: "auto"})
	if err != nil {
		return err
	}
	defer chat.Close()
	j.Questions = make([]AskedQuestion, len(j.Plan.Ask))
	for i, q := range j.Plan.Ask {
		j.Questions[i].Q, j.Questions[i].Want = q.Prompt, q.Want
	}
	j.Control.Q = j.Plan.Control
	answers, err := j.ask(ctx, chat, "base")
	if err != nil {
		return err
	}
	for i := range j.Questions {
		q := &j.Questions[i]
		q.Before, q.BeforeOK = answers[i], Answers(answers[i], q.Want)
	}
	j.Control.Before = answers[len(j.Questions)]
	return nil
}

// ask puts all questions, the control behind the others.
func (j *Journey) ask(ctx context.Context, chat *local.Chat, which string) ([]string, error) {
	prompts := make([]string, 0, len(j.Questions)+1)
	for _, q := range j.Questions {
		prompts = append(prompts, q.Q)
	}
	prompts = append(prompts, j.Control.Q)
	asks := make([]protocol.Control, len(prompts))
	for i, prompt := range prompts {
		asks[i] = protocol.Control{Which: which, MaxTokens: answerTokens, Messages: []protocol.Message{{Role: "user", Content: prompt}}}
	}
	answers, err := chat.AskAll(ctx, asks)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(answers))
	for i, a := range answers {
		texts[i] = strings.TrimSpace(a.Text)
	}
	return texts, nil
}

// Start freezes the recipe and starts the run.
func (j *Journey) Start(ctx context.Context) error {
	r, err := j.Recipe()
	if err != nil {
		return err
	}
	j.Run, err = j.st.Runs.Create(ctx, training.RunSpec{Name: j.Plan.Name, Recipe: r, Account: j.st.AccountText()})
	if err != nil {
		return err
	}
	return j.st.Runs.Start(ctx, j.Run.ID)
}

// Wait follows the run to its end and finds its model.
func (j *Journey) Wait(ctx context.Context) error {
	defer j.begin("training")()
	changed, cancel := j.st.Runs.Watch(j.Run.ID)
	defer cancel()
	said := time.Time{}
	for {
		snap, err := j.st.Runs.Snapshot(ctx, j.Run.ID, 0)
		if err != nil {
			return err
		}
		j.Run = snap.Run
		if n := len(snap.Points); n > 0 && time.Since(said) > 5*time.Second {
			p := snap.Points[n-1]
			said = time.Now()
			j.say(JourneyStep{Part: "training", Text: fmt.Sprintf("step %d of %d, loss %.3f, %.0f tokens/s", p.Step, j.Run.Steps, p.Loss, p.TokensPerSecond)})
		}
		if j.Run.State.Settled() {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if j.Run.State != training.StateFinished {
		e := &Error{Kind: "failed", Message: fmt.Sprintf("the run is %s: %s", j.Run.State, j.Run.Reason), Next: fmt.Sprintf("mf run show %d tells more.", j.Run.Number)}
		if f := j.Run.Failure; f != nil {
			e.Message, e.Next = f.Message, f.Advice
		}
		return e
	}
	if err := j.st.Settle(ctx); err != nil {
		return err
	}
	var err error
	j.Model, err = j.st.Models.Get(string(j.Run.AdapterDigest))
	return err
}

// AskAfter asks the model.
func (j *Journey) AskAfter(ctx context.Context) error {
	defer j.begin("questions after")()
	chat, err := j.st.Chat(ctx, j.Model)
	if err != nil {
		return err
	}
	defer chat.Close()
	answers, err := j.ask(ctx, chat, "model")
	if err != nil {
		return err
	}
	for i := range j.Questions {
		q := &j.Questions[i]
		q.After, q.AfterOK = answers[i], Answers(answers[i], q.Want)
	}
	j.Control.After = answers[len(j.Questions)]
	return nil
}

// Publish registers the model. The wallet must be unlocked.
func (j *Journey) Publish(ctx context.Context) error {
	defer j.begin("registration")()
	if p := j.Model.Publication; p != nil { // training is exact: the same recipe twice gives the same model
		j.say(JourneyStep{Part: "registration", Text: fmt.Sprintf("these weights are registered already, as model %d", p.ID)})
		return nil
	}
	action, err := j.st.PreparePublish(ctx, j.Model.Digest)
	if err != nil {
		return err
	}
	if action.Done == nil {
		j.say(JourneyStep{Part: "registration", Text: action.Review.Sentence})
		if len(action.Review.Blocks) > 0 {
			return &Error{Kind: "refused", Message: strings.Join(action.Review.Blocks, "; "), Next: "Nothing was signed."}
		}
	}
	if _, err := j.st.Sign(ctx, action); err != nil {
		return err
	}
	j.Model, err = j.st.Models.Get(string(j.Model.Digest))
	if err == nil && j.Model.Publication == nil {
		return &Error{Kind: "failed", Message: "the registration is in a block, and could not be written beside the model", Next: "See the log, free some disk space, and do it again: nothing is registered twice."}
	}
	return err
}

// Verify recomputes the model's digests from its files and compares them with the chain.
func (j *Journey) Verify(ctx context.Context) error {
	defer j.begin("verification")()
	var err error
	j.Report, err = j.st.VerifyModel(ctx, string(j.Model.Digest))
	return err
}

// Answers reports whether an answer contains the wanted value. Case, punctuation and spacing do not count; a number
// inside a longer one does not answer.
func Answers(answer, want string) bool {
	a, w := words(answer), words(want)
	if len(w) == 0 {
		return false
	}
	for i := 0; i+len(w) <= len(a); i++ {
		same := true
		for k := range w {
			same = same && a[i+k] == w[k]
		}
		if same {
			return true
		}
	}
	return false
}

// words splits text into lower-case runs of letters and runs of digits, so that "47Nm" and "47 Nm" are the same.
func words(s string) []string {
	var out []string
	var last rune
	for _, r := range strings.ToLower(s) {
		kind := func(r rune) int {
			switch {
			case unicode.IsDigit(r):
				return 1
			case unicode.IsLetter(r):
				return 2
			}
			return 0
		}
		switch k := kind(r); {
		case k == 0:
		case len(out) > 0 && kind(last) == k:
			out[len(out)-1] += string(r)
		default:
			out = append(out, string(r))
		}
		last = r
	}
	return out
}

// LicenceTx is the transaction that bought the licence in use, on this walk or an earlier one; empty if there is none.
func (j *Journey) LicenceTx(ctx context.Context) string {
	if j.Licence != nil {
		return j.Licence.Hash.Hex()
	}
	txs, err := j.st.Transactions(ctx)
	if err != nil {
		return ""
	}
	for _, tx := range txs {
		if tx.Kind == chain.KindBuyLicence && tx.State.AtLeast(chain.TxMined) {
			return tx.Hash.Hex()
		}
	}
	return ""
}

// NewDemo is the journey of `mf demo`: the priced sample mixed with a free one, questions held out from both.
func (s *Studio) NewDemo(say func(JourneyStep)) (*Journey, error) {
	const priced, free = "bicycle-workshop", "harbour-notices"
	plan := JourneyPlan{
		Name: "Demo", Preset: "balanced",
		Sources: []training.Source{
			{Ref: datasets.Ref{Net: priced}, WeightPPM: 500_000},
			{Ref: datasets.Ref{Net: free}, WeightPPM: 500_000},
		},
	}
	for _, slug := range []datasets.Slug{priced, free} {
		q, err := s.Library.Questions(slug)
		if err != nil {
			return nil, err
		}
		plan.Ask = append(plan.Ask, q[:min(4, len(q))]...)
	}
	return s.NewJourney(plan, say), nil
}
