package training

import (
	"errors"
	"fmt"
	"strings"
)

// The known causes of a failed run.
const (
	FailMemory        = "memory"
	FailDisk          = "disk"
	FailData          = "data"
	FailLicence       = "licence"
	FailNaN           = "nan"
	FailDriver        = "driver"
	FailTrainer       = "trainer_damaged"
	FailKilled        = "killed"
	FailNotResponding = "not_responding"
	FailBase          = "base"
	FailProof         = "proof"
	FailUnknown       = "unknown"
)

// Failure says why a run failed and what to do next. Engines return it as an
// error.
type Failure struct {
	Code     string `json:"code"` // one of the Fail constants
	Message  string `json:"message"`
	Advice   string `json:"advice"`
	ExitCode int    `json:"exit_code"` // of the trainer; -1 when a signal ended it
}

// Error returns the message.
func (f *Failure) Error() string { return f.Message }

var advice = map[string]string{
	FailMemory:        "Start again with fewer tokens at once, layers run twice, shorter rows or a smaller base.",
	FailDisk:          "Free some disk space, then resume: the checkpoints are kept.",
	FailData:          "Look at the data of this run: import it again or leave the named rows out.",
	FailLicence:       "Get the licence, then start the run again.",
	FailNaN:           "Start again with a lower learning rate; a third of the present one is a good try.",
	FailDriver:        "Restart the computer or update the graphics driver, or train on the processor.",
	FailTrainer:       "Repair the trainer in the settings, then resume.",
	FailKilled:        "Close programs that use much memory, then resume: the checkpoints are kept.",
	FailNotResponding: "Resume from the last checkpoint. If it happens again, train on the processor.",
	FailBase:          "Add the base again: its files differ from what was recorded.",
	FailProof:         "Start again with a higher learning rate or more passes.",
	FailUnknown:       "Copy the diagnostics and look at the last lines of the log.",
}

// signs maps a piece of a trainer's message, in lower case, to a cause. The
// first match counts, so the special stands before the general.
var signs = []struct{ text, code string }{
	{"no space left", FailDisk},
	{"disk quota", FailDisk},
	{"file too large", FailDisk},
	{"read-only file system", FailDisk},
	{"disk full", FailDisk},
	{"no room to write", FailDisk},
	{"out of memory", FailMemory},
	{"cannot allocate memory", FailMemory},
	{"memoryerror", FailMemory},
	{"bad_alloc", FailMemory},
	{"can't allocate", FailMemory},
	{"driver", FailDriver},
	{"cannot be used:", FailDriver}, // a device that an engine refuses
	{"has no such card", FailDriver},
	{"cuda error", FailDriver},
	{"hip error", FailDriver},
	{"nvml", FailDriver},
	{"no kernel image", FailDriver},
	{"modulenotfounderror", FailTrainer},
	{"importerror", FailTrainer},
	{"no module named", FailTrainer},
	{"cannot open shared object", FailTrainer},
	{"trained token", FailData},
	{"rows_sha256", FailData},
	{"rows.jsonl", FailData},
	{"not finite", FailNaN},
	{"non-finite", FailNaN},
	{"loss is nan", FailNaN},
	{"loss is inf", FailNaN},
}

// kinds maps the kind of a trainer's error event to a cause.
var kinds = map[string]string{
	"memory": FailMemory, "disk": FailDisk, "data": FailData, "nan": FailNaN,
	"driver": FailDriver, "device": FailDriver, "trainer_damaged": FailTrainer, "base": FailBase, "proof": FailProof,
	"licence": FailLicence, "killed": FailKilled, "not_responding": FailNotResponding,
}

// Classify finds the cause of a failure. kind, message and adviceText come from
// the trainer's error event and may be empty; lastLine is the last line of its
// log; exit is its exit code, -1 for a signal, with signal naming it.
func Classify(kind, message, adviceText, lastLine string, exit int, signal string) *Failure {
	f := &Failure{Code: kinds[kind], Message: message, Advice: adviceText, ExitCode: exit}
	if f.Code == "" {
		f.Code = sign(message)
	}
	// A sentence in the log counts only where the trainer gave no reason itself.
	if f.Code == "" && message == "" {
		f.Code = sign(lastLine)
	}
	if f.Code == "" && message == "" && signal != "" {
		f.Code = FailKilled
		f.Message = fmt.Sprintf("The trainer was ended from outside (%s).", signal)
		if signal == "killed" {
			f.Message += " The system does this when memory runs out."
		}
	}
	if f.Code == "" {
		f.Code = FailUnknown
	}
	if f.Message == "" {
		f.Message = fmt.Sprintf("The trainer ended with code %d and gave no reason.", exit)
		if lastLine != "" {
			f.Message = fmt.Sprintf("The trainer ended with code %d. Its last line: %s", exit, lastLine)
		}
	}
	if f.Advice == "" {
		f.Advice = advice[f.Code]
	}
	return f
}

func sign(text string) string {
	text = strings.ToLower(text)
	for _, s := range signs {
		if strings.Contains(text, s.text) {
			return s.code
		}
	}
	return ""
}

// asFailure turns the error of an engine, a gate or the studio's own check into
// what the run keeps.
func asFailure(err error) *Failure {
	var f *Failure
	if errors.As(err, &f) {
		g := *f
		if g.Advice == "" {
			g.Advice = advice[g.Code]
		}
		return &g
	}
	next := ""
	// Errors of every package of the studio give advice; those of the gate too.
	if a, ok := errors.AsType[interface {
		error
		Advice() string
	}](err); ok {
		next = a.Advice()
	}
	cause := ""
	if e, ok := errors.AsType[*Error](err); ok {
		cause = e.Cause
	}
	return Classify(cause, err.Error(), next, "", 0, "")
}
