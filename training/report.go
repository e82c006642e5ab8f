package training

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training/protocol"
)

const (
	reportFile      = "report.json"
	reportSchema    = "modelfactory/report/1"
	judgementsFile  = "judgements.json"
	judgementSchema = "modelfactory/judgements/1"
)

// The sides of the split of rows.
const (
	SideTrain = "train"
	SideEval  = "eval"
)

// Report is what a run did to its rows: report.json, which the trainer writes
// at the end of a run. Losses are in nats a trained token; before is the base
// alone, after is with the adapter.
type Report struct {
	Schema             string         `json:"schema"`
	BudgetSeconds      float64        `json:"budget_seconds"` // what it was allowed to take
	Seconds            float64        `json:"seconds"`
	Nets               []ReportNet    `json:"nets"`
	Rows               []ReportRow    `json:"rows"`
	Answers            []ReportAnswer `json:"answers"`
	AnswersNotMeasured int            `json:"answers_not_measured"`
}

// ReportNet sums up one side of one net. The losses are nil when none of its
// rows was measured.
type ReportNet struct {
	Net         string          `json:"net"`
	Side        string          `json:"side"`
	Rows        int             `json:"rows"` // there; Rows = Measured + NotMeasured
	Measured    int             `json:"measured"`
	NotMeasured int             `json:"not_measured"`
	Tokens      int64           `json:"tokens"` // trained ones of the measured rows
	Before      *protocol.Float `json:"loss_before"`
	After       *protocol.Float `json:"loss_after"`
}

// ReportRow is one measured row.
type ReportRow struct {
	Net    string          `json:"net"`
	RowID  datasets.Digest `json:"row_id"`
	Side   string          `json:"side"`
	Tokens int             `json:"tokens"` // trained ones
	Before protocol.Float  `json:"loss_before"`
	After  protocol.Float  `json:"loss_after"`
}

// ReportAnswer is a held-out question with the answers of the base and of the
// trained model. Exact match and F1 (0 to 1) are those of SQuAD: words in
// common with the wanted answer.
type ReportAnswer struct {
	Net         string          `json:"net"`
	RowID       datasets.Digest `json:"row_id"`
	Question    string          `json:"question"`
	Want        string          `json:"want"`
	Before      string          `json:"before"`
	After       string          `json:"after"`
	ExactBefore bool            `json:"exact_before"`
	ExactAfter  bool            `json:"exact_after"`
	F1Before    float64         `json:"f1_before"`
	F1After     float64         `json:"f1_after"`
}

// Digest names the pair of answers, so that a judgement holds only of what was
// read when it was made.
func (a ReportAnswer) Digest() datasets.Digest {
	b, err := datasets.CanonicalJSON([]string{a.Before, a.After})
	if err != nil {
		return "" // text only: it cannot fail
	}
	return datasets.DigestOf(b)
}

// AfterFirst says whether the trained model's answer is shown first while the
// person has not judged: by chance, and the same each time.
func (a ReportAnswer) AfterFirst() bool {
	d := string(a.Digest())
	return d != "" && (d[len(d)-1]-'0')%2 == 1
}

// Verdict is what a person found of the trained model's answer, against the
// base's.
type Verdict string

// The verdicts.
const (
	Better Verdict = "better"
	Same   Verdict = "same"
	Worse  Verdict = "worse"
)

// Judgement is a person's verdict on one answer of a report.
type Judgement struct {
	Net     string          `json:"net"`
	RowID   datasets.Digest `json:"row_id"`
	Answers datasets.Digest `json:"answers"` // ReportAnswer.Digest
	Verdict Verdict         `json:"verdict"`
	At      time.Time       `json:"at"`
}

// Of says whether it judges this answer.
func (j Judgement) Of(a ReportAnswer) bool {
	return j.Net == a.Net && j.RowID == a.RowID && j.Answers == a.Digest()
}

// judgements is the file of a run.
type judgements struct {
	Schema string      `json:"schema"`
	All    []Judgement `json:"judgements"`
}

// Report reads what a run measured of its rows; nil when it measured nothing:
// it has not ended, or an older trainer made it.
func (m *Manager) Report(_ context.Context, id RunID) (*Report, error) {
	var r Report
	found, err := readDocument(filepath.Join(m.Dir(id), reportFile), reportSchema, &r)
	if err != nil || !found {
		return nil, err
	}
	return &r, nil
}

// Judgements are a person's verdicts on the answers of a run.
func (m *Manager) Judgements(_ context.Context, id RunID) ([]Judgement, error) {
	var j judgements
	_, err := readDocument(filepath.Join(m.Dir(id), judgementsFile), judgementSchema, &j)
	return j.All, err
}

// Judge keeps a verdict on an answer in the run's folder; "" takes it back.
func (m *Manager) Judge(ctx context.Context, id RunID, a ReportAnswer, v Verdict) error {
	if v != "" && v != Better && v != Same && v != Worse {
		return usage("Use better, same or worse.", "an answer cannot be judged %q", v)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.get(ctx, id); err != nil {
		return err
	}
	all, err := m.Judgements(ctx, id)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(j Judgement) bool { return j.Net == a.Net && j.RowID == a.RowID })
	if v != "" {
		all = append(all, Judgement{Net: a.Net, RowID: a.RowID, Answers: a.Digest(), Verdict: v, At: m.cfg.Now().UTC().Truncate(time.Second)})
	}
	raw, err := datasets.CanonicalJSON(judgements{Schema: judgementSchema, All: all})
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(m.Dir(id), judgementsFile), raw); err != nil {
		return failed(err, "the judgement cannot be kept")
	}
	m.watchers.tell(id)
	return nil
}

// readDocument reads a JSON file of a run folder that names its schema first of
// all. A file that is not there is no error.
func readDocument(path, schema string, into any) (found bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, failed(err, "%s cannot be read", filepath.Base(path))
	}
	var head struct {
		Schema string `json:"schema"`
	}
	damaged := func(err error) error {
		return &Error{Kind: KindFailed, Message: filepath.Base(path) + " of the run is damaged", Next: "The run itself is not touched by this. Move the file away to do without it.", Err: err}
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return false, damaged(err)
	}
	if head.Schema != schema {
		return false, &Error{Kind: KindFailed, Message: fmt.Sprintf("%s of the run is of the kind %q; this program reads %q", filepath.Base(path), head.Schema, schema), Next: "Open it with the version of the program that made it."}
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, damaged(err)
	}
	return true, nil
}

// Mean is a loss over rows with its standard error; Error is NaN when fewer
// than ten rows were measured: of so few nobody knows how they scatter.
type Mean struct{ Value, Error float64 }

const leastRows = 10

// meanOf weighs values by tokens. The error is that of a ratio of sums over
// rows drawn at random (Cochran 1977, Sampling Techniques, section 2.11).
func meanOf(values []float64, tokens []int) Mean {
	var sum, weight float64
	for i, v := range values {
		sum += v * float64(tokens[i])
		weight += float64(tokens[i])
	}
	m := Mean{Value: sum / weight, Error: math.NaN()}
	n := float64(len(values))
	if n < leastRows {
		return m
	}
	var squares float64
	for i, v := range values {
		d := (v - m.Value) * float64(tokens[i])
		squares += d * d
	}
	m.Error = math.Sqrt(squares*n/(n-1)) / weight
	return m
}
