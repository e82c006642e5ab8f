package recipescreen

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/local"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Check is a row of the check page.
type Check struct {
	Subject string
	State   widgets.CheckState
	Text    string // Strong part first, between two **
	Detail  string
	Fix     Fix
	Net     datasets.Slug // for FixLicence
	Button  string
}

// Fix is what the button of a check does.
type Fix string

// The fixes.
const (
	FixNone    Fix = ""
	FixLicence Fix = "licence"
	FixBase    Fix = "base"    // download the base
	FixTrainer Fix = "trainer" // install it
	FixData    Fix = "data"    // back to the data
	FixAgain   Fix = "again"   // check again
	FixMeasure Fix = "measure" // take a few steps
)

// CheckGroup are the rows under a grey line.
type CheckGroup struct {
	Title string
	Rows  []Check
}

// Checks are all rows of the check page.
func (m *Model) Checks() []CheckGroup {
	licences := CheckGroup{Title: "Licences"}
	var block uint64
	for _, s := range m.Draft.Mix {
		c := m.licence(s)
		licences.Rows = append(licences.Rows, c)
		if n, ok := m.Net(s.Ref.Net); ok {
			block = max(block, n.Standing.Block)
		}
	}
	if block > 0 {
		licences.Title = fmt.Sprintf("Licences, read from the chain at block %s", widgets.Count(int64(block)))
	}
	return []CheckGroup{
		licences,
		{Title: "Data", Rows: []Check{m.rowsCheck(), m.tokens(), m.stepsCheck()}},
		{Title: "This computer", Rows: m.computer()},
	}
}

// computer are the rows of this computer; the base only when it is not here,
// for the recipe beside names it already.
func (m *Model) computer() []Check {
	rows := []Check{m.memoryCheck(), m.timeCheck(), m.diskCheck(), m.trainerCheck()}
	if base := m.baseCheck(); base.State != widgets.Passed {
		rows = append([]Check{base}, rows...)
	}
	return rows
}

// counted says whether the last count is of the present data, base and
// settings.
func (m *Model) counted() bool {
	return m.check.err == nil && m.check.of != "" && m.check.of == m.fingerprint()
}

// uncounted is what a row says while there is no count.
func (m *Model) uncounted(subject string) Check {
	c := Check{Subject: subject, State: widgets.Checking, Text: "counting"}
	if t := m.check.progress; t[1] > 0 {
		c.Text = fmt.Sprintf("counting %s of %s", widgets.Count(t[0]), widgets.Count(t[1]))
	}
	switch {
	case m.check.err != nil && m.check.of == m.fingerprint():
		c.State, c.Text, c.Fix, c.Button = widgets.Blocked, "**The data could not be counted**", FixAgain, "Check again"
		c.Detail = notice.Line(m.check.err)
	case !m.TrainerReady():
		c.State, c.Text = widgets.NotAsked, "Counted once the trainer is there"
	case !m.BaseReady():
		c.State, c.Text = widgets.NotAsked, "Counted once the base is there"
	}
	return c
}

func (m *Model) tokens() Check {
	if !m.counted() {
		return m.uncounted("Tokens")
	}
	r := m.check.result
	passes := int64(m.Draft.Settings.Passes)
	c := Check{Subject: "Tokens", State: widgets.Passed}
	word := "passes"
	if passes == 1 {
		word = "pass"
	}
	c.Text = fmt.Sprintf("%s read, **%s trained**, in %d %s", widgets.Count(r.TokensPerPass*passes), widgets.Count(r.TrainedTokensPerPass*passes), passes, word)
	if r.TokensPerPass > 0 {
		c.Detail = widgets.Number(float64(r.TrainedTokensPerPass)/float64(r.TokensPerPass)*100, 1) + "\u00a0% are trained"
	}
	longest := 0
	for _, s := range r.Sources {
		longest = max(longest, s.LongestTokens)
	}
	if len(r.Sources) == 1 {
		c.Detail += fmt.Sprintf(" · a typical row has %s, the longest %s", plural(r.Sources[0].MedianTokens, "token"), widgets.Count(int64(longest)))
	} else {
		c.Detail += " · the longest row has " + plural(longest, "token")
	}
	if name := m.untrained(); name != "" || r.TrainedTokensPerPass == 0 {
		c.State, c.Text = widgets.Blocked, "**There is nothing to train on**"
		if name != "" {
			c.Text = "**" + name + " has no trained token**"
		}
		c.Detail, c.Fix, c.Button = "Take it out, or change how its columns are read.", FixData, "Change the data"
		for _, s := range r.Sources {
			if s.TrainedTokens == 0 {
				c.Detail = untrainedAdvice(s)
				break
			}
		}
	}
	return c
}

// rowsCheck says what becomes of the rows, and which of them repeat others.
func (m *Model) rowsCheck() Check {
	if !m.counted() {
		return m.uncounted("Rows")
	}
	var all protocol.CheckSource
	for _, s := range m.check.result.Sources {
		all.TrainRows += s.TrainRows
		all.EvalRows += s.EvalRows
		all.DroppedRows += s.DroppedRows
		all.Duplicates += s.Duplicates + s.Elsewhere
		all.NearDuplicates += s.NearDuplicates
		all.EvalNear += s.EvalNear
	}
	c := Check{Subject: "Rows", State: widgets.Passed}
	c.Text = fmt.Sprintf("**%s to train on**, %s held out", widgets.Count(int64(all.TrainRows)), widgets.Count(int64(all.EvalRows)))
	if all.TrainRows == 0 {
		c.State = widgets.Blocked
	}
	details := []string{"held out before mixing"}
	if all.DroppedRows > 0 {
		details = append(details, plural(all.DroppedRows, "row")+" left out")
	}
	if n := all.Duplicates + all.NearDuplicates; n > 0 {
		text := plural(n, "repeat")
		if all.NearDuplicates > 0 {
			text += fmt.Sprintf(", %s but for case and marks", widgets.Count(int64(all.NearDuplicates)))
		}
		details = append(details, text)
	}
	if all.EvalNear > 0 {
		c.State = max(c.State, widgets.ToKnow)
		details = append(details, fmt.Sprintf("%s repeated in training: their loss will look too good", plural(all.EvalNear, "held-out row")))
	}
	c.Detail = strings.Join(details, " · ")
	return c
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return widgets.Count(int64(n)) + " " + word + "s"
}

// steps is the number of steps the run will have.
func (m *Model) steps() int {
	n := m.check.result.Steps
	if limit := m.Draft.Settings.MaxSteps; limit > 0 {
		n = min(n, limit)
	}
	return n
}

func (m *Model) stepsCheck() Check {
	if !m.counted() {
		return m.uncounted("Steps")
	}
	s := m.Draft.Settings
	c := Check{Subject: "Steps", State: widgets.Passed, Text: fmt.Sprintf("%s, of %s each", widgets.Count(int64(m.steps())), plural(s.BatchSize*s.Accumulation, "row"))}
	c.Detail = fmt.Sprintf("%s rows a pass", widgets.Count(int64(m.check.result.RowsPerPass)))
	if s.EvalEvery > 0 {
		c.Detail += fmt.Sprintf(" · measured on held-out rows every %s", plural(s.EvalEvery, "step"))
	}
	if m.steps() == 0 {
		c.State, c.Text = widgets.Blocked, "**The run would have no step**"
		c.Detail = "There are too few rows."
	}
	return c
}

// BaseReady says whether the chosen base is on this computer.
func (m *Model) BaseReady() bool {
	b, ok := m.Base()
	return ok && b.Installed
}

// TrainerReady says whether the trainer can run.
func (m *Model) TrainerReady() bool { return m.known.report && m.report.Install.State == local.Ready }

func (m *Model) baseCheck() Check {
	b, ok := m.Base()
	c := Check{Subject: "Base", State: widgets.Passed}
	switch {
	case !ok:
		c.State, c.Text = widgets.Blocked, "No base is chosen"
	case b.Installed:
		c.Text = b.Name
		c.Detail = strings.TrimPrefix(LicenceName(b.Licence)+" · on disk", " · ")
	case b.Name == sampleBase && !m.TrainerReady():
		c.State, c.Text, c.Detail = widgets.Blocked, b.Name+" comes with the trainer", ""
	default:
		c.State, c.Text = widgets.Blocked, "**"+b.Name+" is not on this computer**"
		c.Detail = "It is fetched from the hub: " + widgets.Bytes(b.Download) + "."
		c.Fix, c.Button = FixBase, "Download, "+widgets.Bytes(b.Download)
	}
	return c
}

// sampleBase is the base that comes with the trainer.
const sampleBase = "SmolLM2-135M-Instruct"

func (m *Model) memoryCheck() Check {
	b, ok := m.Base()
	subject := "Memory"
	if m.Device().Kind != "cpu" {
		subject = "Graphics memory"
	}
	if !ok || !m.known.report {
		return Check{Subject: subject, State: widgets.Checking, Text: "reading"}
	}
	e := m.Estimate(b)
	c := Check{Subject: subject, State: widgets.Passed}
	c.Text = fmt.Sprintf("**%s** (%s–%s)", widgets.Bytes(e.Expected), figure(e.Low), figure(e.High))
	if free := m.Device().Free; free > 0 {
		c.Text += " of " + widgets.Bytes(free) + " free"
	}
	c.Detail = "Computed from the base and the settings, on the " + m.DeviceText()
	n := m.need(b)
	switch e.From {
	case training.FromRun:
		c.Detail = fmt.Sprintf("Measured by run %d, which kept the same in memory", e.Run)
	case training.FromSteps:
		c.Detail = "Measured here by a few steps" + m.measuredAt()
		if n.Tokens > 0 {
			c.Detail += fmt.Sprintf(" · memory was enough for %s at once", plural(n.Tokens, "token"))
		}
	}
	if saving := e.Saving(); saving != "" {
		c.Detail += " · " + saving
	}
	switch e.Fits {
	case training.FitsTight:
		c.State, c.Detail = widgets.ToKnow, "Tight: another program that takes memory can end the run."
	case training.FitsTooBig, training.Fits4Bit:
		c.State, c.Detail = widgets.ToKnow, "More than is free; the run would probably end. The smallest change that fits: "+e.Change+"."
	}
	if n.From() == training.FromSteps && n.Memory == 0 {
		c.Detail = "A few steps were tried and did not fit. The smallest change that fits: " + e.Change + "."
	}
	if err := m.Draft.Settings.OnDevice(m.Device().Kind); err != nil {
		c.State, c.Text, c.Detail = widgets.Blocked, "**Not on this computer**", notice.Line(err)
	}
	return c
}

// stepTokens is what the count of the data says of the largest step; 0 = not
// counted.
func (m *Model) stepTokens() int64 {
	if !m.counted() {
		return 0
	}
	return training.StepTokens(m.Draft.Settings, m.check.result)
}

// figure is a size without its unit, for the ends of a range.
func figure(n int64) string {
	s, _, _ := strings.Cut(widgets.Bytes(n), "\u00a0")
	return s
}

// duration is how long the run would take, once the data is counted.
func (m *Model) duration() training.Duration {
	b, ok := m.Base()
	if !ok || !m.counted() {
		return training.Duration{}
	}
	speed := training.Speed{Measured: m.need(b), Runs: m.runs, Base: b.Config, GFLOPS: m.report.GFLOPS(m.Device())}
	return training.EstimateDuration(m.Recipe(), m.check.result, speed)
}

func (m *Model) timeCheck() Check {
	if m.TrainerReady() && m.BaseReady() && !m.counted() {
		return m.uncounted("Time")
	}
	c := Check{Subject: "Time", State: widgets.Passed}
	d := m.duration()
	if d.Expected > 0 {
		c.Text = fmt.Sprintf("**about %s**", roughly(d.Expected))
		if low, high := roughly(d.Low), roughly(d.High); low != high {
			c.Text += fmt.Sprintf(" (%s–%s)", low, high)
		}
	}
	switch d.From {
	case training.FromSteps:
		c.Detail = "Measured here by a few steps" + m.measuredAt()
	case training.FromRun:
		c.Detail = fmt.Sprintf("From the speed of run %d with this base, %s trained tokens a second", d.Run, widgets.Number(d.Rate, 0))
	case training.FromFormula:
		c.Detail = "Computed from the speed of the processor, not measured"
	default:
		c.State, c.Text, c.Detail = widgets.NotAsked, "Known after the first steps", "No run of this base has been timed on this computer."
	}
	if m.measurable() {
		c.Fix, c.Button = FixMeasure, "Measure"
		if d.From == training.FromSteps {
			c.Button = "Measure again"
		}
	}
	return c
}

// measuredAt says when the steps were measured that the figures are of.
func (m *Model) measuredAt() string {
	b, _ := m.Base()
	n := m.need(b)
	if n.From() != training.FromSteps {
		return ""
	}
	return ", " + n.At.In(m.Now().Location()).Format("2 Jan 15:04")
}

// measurable says whether a few steps can be taken now: everything is there, no
// licence is missing, and no run disturbs.
func (m *Model) measurable() bool {
	if !m.TrainerReady() || !m.counted() || m.steps() == 0 || m.Running() {
		return false
	}
	return !slices.ContainsFunc(m.Draft.Mix, func(s MixSource) bool { return m.licence(s).State == widgets.Blocked })
}

// roughly writes seconds that are an estimate: minutes go without seconds.
func roughly(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	if d > 90*time.Second {
		d = d.Round(time.Minute)
	}
	return widgets.Took(d)
}

func (m *Model) diskCheck() Check {
	b, ok := m.Base()
	if !ok || !m.known.report {
		return Check{Subject: "Disk", State: widgets.Checking, Text: "reading"}
	}
	// An adapter is saved in 32 bits, a checkpoint has it with both moments of
	// the optimiser; two and the best are kept.
	adapter := b.Config.AdapterWeights(m.Draft.Settings.Rank) * 4
	need := adapter + 3*3*adapter
	c := Check{Subject: "Disk", State: widgets.Passed, Detail: "the last 2 checkpoints and the best one are kept"}
	c.Text = widgets.Bytes(need)
	if free := m.report.Disk; free > 0 {
		c.Text += " of " + widgets.Bytes(free) + " free"
		if need > free {
			c.State, c.Text = widgets.Blocked, "**"+widgets.Bytes(need)+" are needed, "+widgets.Bytes(free)+" are free**"
			c.Detail, c.Fix, c.Button = "Free some space, then check again.", FixAgain, "Check again"
		}
	}
	return c
}

func (m *Model) trainerCheck() Check {
	c := Check{Subject: "Trainer", State: widgets.Passed}
	if !m.known.report {
		c.State, c.Text = widgets.Checking, "reading"
		return c
	}
	s := m.report.Install
	switch s.State {
	case local.Ready:
		c.Text = "Ready"
		if !s.At.IsZero() {
			c.Text = "Self-test passed on " + s.At.In(m.Now().Location()).Format("2 Jan 2006")
		}
		if s.Probe != nil {
			c.Detail = "It ran on " + or(s.Probe.DeviceName, s.Probe.Device)
		}
	case local.Partial:
		c.State, c.Text, c.Detail = widgets.Blocked, "**It has to be repaired**", capital(s.Reason)
		c.Fix, c.Button = FixTrainer, "Repair"
	default:
		c.State, c.Text = widgets.Blocked, "**Not installed**"
		c.Detail = fmt.Sprintf("One download of about %s; needs %s on the disk.", widgets.Bytes(s.Download), widgets.Bytes(s.Disk))
		c.Fix, c.Button = FixTrainer, "Install, "+widgets.Bytes(s.Download)
	}
	return c
}

// Blocked is why the run cannot start, in words beside the button; "" = it can.
func (m *Model) Blocked() string {
	if len(m.Draft.Mix) == 0 {
		return "Missing: data"
	}
	var names []string
	waiting := false
	first := ""
	for _, g := range m.Checks() {
		for _, c := range g.Rows {
			switch c.State {
			case widgets.Blocked:
				if c.Fix == FixLicence {
					names = append(names, m.title(c.Net))
				} else if first == "" && c.Fix != FixNone {
					first = c.Subject
				}
			case widgets.Checking:
				waiting = true
			}
		}
	}
	switch {
	case len(names) == 1:
		return "Missing: licence for " + names[0]
	case len(names) > 1:
		return fmt.Sprintf("Missing: licences for %s", strings.Join(names, " and "))
	case first != "":
		return "Not ready: " + strings.ToLower(first)
	case waiting:
		return "Still checking"
	}
	for _, g := range m.Checks() {
		if slices.ContainsFunc(g.Rows, func(c Check) bool { return c.State == widgets.Blocked }) {
			return "Not ready"
		}
	}
	return ""
}

// Summary heads the check page: "Ready to start", a pill, and when.
func (m *Model) Summary() (title, pill string, tone widgets.Tone, when string) {
	var passed, know, blocked, waiting, missing int
	for _, g := range m.Checks() {
		for _, c := range g.Rows {
			switch c.State {
			case widgets.Passed:
				passed++
			case widgets.ToKnow:
				know++
			case widgets.Blocked:
				blocked++
				if c.Fix == FixLicence {
					missing++
				}
			case widgets.Checking:
				waiting++
			}
		}
	}
	if m.counted() && !m.check.at.IsZero() {
		when = fmt.Sprintf("checked %s, %s\u00a0s", m.check.at.In(m.Now().Location()).Format("15:04"), widgets.Number(m.check.took.Seconds(), 1))
	}
	switch {
	case missing == 1:
		return "Cannot start yet", "1 licence is missing", widgets.Failed, when
	case missing > 1:
		return "Cannot start yet", fmt.Sprintf("%d licences are missing", missing), widgets.Failed, when
	case blocked > 0:
		return "Cannot start yet", plural(blocked, "check") + " not passed", widgets.Failed, when
	case waiting > 0:
		return "Checking", plural(waiting, "check") + " under way", widgets.Info, when
	case know > 0:
		return "Ready to start", fmt.Sprintf("%s passed, %d to know", plural(passed, "check"), know), widgets.Good, when
	}
	return "Ready to start", plural(passed, "check") + " passed", widgets.Good, when
}
