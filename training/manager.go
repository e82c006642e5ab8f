package training

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/modelfactory/modelfactory/datasets"
)

// ManagerConfig says where runs live and whom the Manager asks.
type ManagerConfig struct {
	Dir     string // the folder runs/
	Store   Store
	Engine  Engine
	Gate    Gate
	Library *datasets.Library
	Bases   *BaseShelf
	Now     func() time.Time // nil = time.Now
	// Measured is the memory, in bytes, that a recipe was measured to take here;
	// 0 = not known. It is asked once, before a run first starts; nil = nobody measures.
	Measured func(context.Context, Recipe) int64
	// HolderWait is how long Recover waits for a trainer that outlived its
	// program to save and leave before it is ended; 0 = 30 s.
	HolderWait time.Duration
}

// Manager owns all runs of a data folder. One program has one Manager.
//
// The state is written before the act: a run is saved as running before its
// trainer starts, so that a crash at any moment leaves a run that Recover
// understands.
type Manager struct {
	cfg ManagerConfig

	mu        sync.Mutex // guards all below and every change of a stored run
	active    *live      // the run that trains; one at a time
	starting  *attempt   // a start whose checks are under way
	serving   bool       // queued runs start by themselves
	closed    bool
	recovered chan struct{} // non-nil while Recover works; closed at its end
	records   map[RunID]*record
	unsaved   map[RunID]Run // how runs ended that the store did not take, as on a full disk
	watchers  watchers
}

// attempt is one start under way; a second start of the same run waits for it.
type attempt struct {
	id   RunID
	done chan struct{}
	err  error
}

// NewManager makes a Manager. Call Recover before the first start.
func NewManager(cfg ManagerConfig) *Manager {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.HolderWait == 0 {
		cfg.HolderWait = 30 * time.Second
	}
	return &Manager{cfg: cfg, records: map[RunID]*record{}, unsaved: map[RunID]Run{}}
}

// RunSpec is what a new run is made of.
type RunSpec struct {
	ID      RunID // optional; creating the same id twice makes one run
	Name    string
	Recipe  Recipe
	Account string // whose licences count
	Queue   bool   // queue it at once
}

// maxName is the longest name of a run, and so of its model, in characters.
const maxName = 120

// Create freezes a recipe: it resolves base and versions, writes recipe.json
// and data.json, and saves a draft.
func (m *Manager) Create(ctx context.Context, spec RunSpec) (Run, error) {
	if spec.ID == "" {
		spec.ID = NewRunID()
	}
	if _, err := ParseRunID(string(spec.ID)); err != nil {
		return Run{}, err
	}
	if utf8.RuneCountInString(spec.Name) > maxName || strings.ContainsFunc(spec.Name, unicode.IsControl) || !utf8.ValidString(spec.Name) {
		return Run{}, usage(fmt.Sprintf("A name is one line of at most %d characters.", maxName), "a run cannot have this name")
	}
	run, err := m.create(ctx, spec)
	if err != nil || !spec.Queue {
		return run, err
	}
	if err := m.Enqueue(ctx, run.ID); err != nil {
		return run, err
	}
	return m.Get(ctx, run.ID)
}

func (m *Manager) create(ctx context.Context, spec RunSpec) (Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	frozen, err := m.freeze(spec.Recipe)
	if err != nil {
		return Run{}, err
	}
	old, err := m.get(ctx, spec.ID)
	if err == nil {
		was, _ := old.Recipe.Digest()
		if now, _ := frozen.recipe.Digest(); was != now {
			return Run{}, refused("Leave the id out to make another run.", "run %s exists with another recipe", spec.ID)
		}
		return old, nil
	}
	if !IsKind(err, KindNotFound) {
		return Run{}, err
	}
	number, err := m.nextNumber(ctx)
	if err != nil {
		return Run{}, err
	}
	if err := frozen.write(m.Dir(spec.ID)); err != nil {
		return Run{}, failed(err, "the folder of run %d cannot be written", number)
	}
	run := Run{
		ID: spec.ID, Number: number, Name: strings.TrimSpace(spec.Name), State: StateDraft, Recipe: frozen.recipe,
		Account: spec.Account, Created: m.cfg.Now(),
	}
	if err := m.save(ctx, run); err != nil {
		return Run{}, err
	}
	return run, nil
}

// Dir is the folder of a run.
func (m *Manager) Dir(id RunID) string { return filepath.Join(m.cfg.Dir, string(id)) }

// nextNumber gives the next run number and remembers it, so that the number of
// a deleted run is never given again.
func (m *Manager) nextNumber(ctx context.Context) (int, error) {
	runs, err := m.cfg.Store.Runs(ctx)
	if err != nil {
		return 0, err
	}
	last := 0
	for _, r := range runs {
		last = max(last, r.Number)
	}
	path := filepath.Join(m.cfg.Dir, ".number")
	if raw, err := os.ReadFile(path); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil {
			last = max(last, n)
		}
	}
	if err := writeFile(path, []byte(strconv.Itoa(last+1)+"\n")); err != nil {
		return 0, failed(err, "the folder of runs cannot be written")
	}
	return last + 1, nil
}

// Runs returns all runs, lowest number first.
func (m *Manager) Runs(ctx context.Context) ([]Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.runs(ctx)
}

func (m *Manager) runs(ctx context.Context) ([]Run, error) {
	runs, err := m.cfg.Store.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		if ended, ok := m.unsaved[runs[i].ID]; ok {
			runs[i] = ended
		}
		if m.active != nil && runs[i].ID == m.active.run.ID {
			runs[i] = m.active.run
		}
	}
	place(runs)
	return runs, nil
}

// place turns stored queue keys, which only grow, into places from 1.
func place(runs []Run) {
	for i, r := range queued(runs) {
		for j := range runs {
			if runs[j].ID == r.ID {
				runs[j].Queue = i + 1
			}
		}
	}
}

// queued lists the queued runs, first to start first.
func queued(runs []Run) []Run {
	var out []Run
	for _, r := range runs {
		if r.State == StateQueued {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Run) int { return a.Queue - b.Queue })
	return out
}

// Get returns one run.
func (m *Manager) Get(ctx context.Context, id RunID) (Run, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	run, err := m.get(ctx, id)
	if err != nil || run.State != StateQueued {
		return run, err
	}
	runs, err := m.runs(ctx)
	if err != nil {
		return Run{}, err
	}
	for _, r := range runs {
		if r.ID == id {
			run = r
		}
	}
	return run, nil
}

func (m *Manager) get(ctx context.Context, id RunID) (Run, error) {
	if m.active != nil && m.active.run.ID == id {
		return m.active.run, nil
	}
	if ended, ok := m.unsaved[id]; ok {
		return ended, nil
	}
	return m.cfg.Store.Run(ctx, id)
}

// Find returns the run that a person names: by number ("14", "#14"), name, id
// or the beginning of an id.
func (m *Manager) Find(ctx context.Context, name string) (Run, error) {
	runs, err := m.Runs(ctx)
	if err != nil {
		return Run{}, err
	}
	return pick(runs, name)
}

// FindDeleted is Find among the deleted runs.
func (m *Manager) FindDeleted(ctx context.Context, name string) (Run, error) {
	runs, err := m.Deleted(ctx)
	if err != nil {
		return Run{}, err
	}
	return pick(runs, name)
}

func pick(runs []Run, name string) (Run, error) {
	name = strings.TrimSpace(name)
	if n, err := strconv.Atoi(strings.TrimPrefix(name, "#")); err == nil {
		for _, r := range runs {
			if r.Number == n {
				return r, nil
			}
		}
	}
	var found []Run
	for _, r := range runs {
		if string(r.ID) == name {
			return r, nil
		}
		if strings.EqualFold(r.Name, name) || (len(name) >= 8 && strings.HasPrefix(string(r.ID), name)) {
			found = append(found, r)
		}
	}
	switch len(found) {
	case 0:
		return Run{}, RunNotFound(name)
	case 1:
		return found[0], nil
	}
	numbers := make([]string, len(found))
	for i, r := range found {
		numbers[i] = strconv.Itoa(r.Number)
	}
	return Run{}, usage("Use one of the numbers.", "several runs are called %q: %s", name, strings.Join(numbers, ", "))
}

// Wait blocks until the run will not move by itself: finished, failed, stopped,
// paused, or a draft.
func (m *Manager) Wait(ctx context.Context, id RunID) (Run, error) {
	changed, cancel := m.Watch(id)
	defer cancel()
	for {
		run, err := m.Get(ctx, id)
		if err != nil || (run.State.Settled() && !m.isStarting(id)) {
			return run, err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return run, ctx.Err()
		}
	}
}

func (m *Manager) isStarting(id RunID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.starting != nil && m.starting.id == id
}

// Watch returns a channel that says "this run changed". It has room for one
// word: whoever reads it re-reads the snapshot. cancel ends the watch.
func (m *Manager) Watch(id RunID) (<-chan struct{}, func()) { return m.watchers.add(id) }

// WatchAll is Watch for every run.
func (m *Manager) WatchAll() (<-chan struct{}, func()) { return m.watchers.add("") }

// save stores a run and tells whoever watches. The lock is held.
func (m *Manager) save(ctx context.Context, run Run) error {
	_ = m.keepCopy(run) // it is read only when the store is lost; the store says when there is no room
	// A state must reach the disk even when the one who asked has gone.
	if err := m.cfg.Store.SaveRun(context.WithoutCancel(ctx), run); err != nil {
		return failed(err, "run %d cannot be saved", run.Number)
	}
	delete(m.unsaved, run.ID)
	m.watchers.tell(run.ID)
	return nil
}

// watchers holds the channels of those who watch.
type watchers struct {
	mu  sync.Mutex
	all map[chan struct{}]RunID
}

func (w *watchers) add(id RunID) (<-chan struct{}, func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.all == nil {
		w.all = map[chan struct{}]RunID{}
	}
	w.all[ch] = id
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.all, ch)
	}
}

func (w *watchers) tell(id RunID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for ch, of := range w.all {
		if of == "" || of == id {
			select {
			case ch <- struct{}{}:
			default: // it has not read the last word yet; one is enough
			}
		}
	}
}

// busyWith is the error for a start while another run trains.
func busyWith(run Run) error {
	return &Error{
		Kind: KindBusy, Message: fmt.Sprintf("run %d is training", run.Number),
		Next: "Queue this run, or pause the other first.",
	}
}
