package notice

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/modelfactory/modelfactory/ui/nav"
)

// Level is how much a notice matters. The bell keeps from Success upwards.
type Level int

// The levels.
const (
	Trivia  Level = iota // a toast only
	Success              // finished, money arrived, published
	Attention
	Failure
)

// Notice is one event.
type Notice struct {
	Key   string    `json:"key"` // one per event: a second one with the same key takes its place
	Level Level     `json:"level"`
	Title string    `json:"title"`
	Text  string    `json:"text,omitempty"`
	At    time.Time `json:"at"`
	Page  string    `json:"page,omitempty"` // where a click leads
	Arg   string    `json:"arg,omitempty"`
	Read  bool      `json:"read,omitempty"`
}

// Route is where a click on the notice leads.
func (n Notice) Route() nav.Route { return nav.Route{Page: n.Page, Arg: n.Arg} }

// Keep is how long the centre keeps a notice.
const Keep = 90 * 24 * time.Hour

// mostNotices bounds the centre whatever happens within Keep.
const mostNotices = 1000

// Centre is the list behind the bell, newest first. Use it on the UI goroutine.
type Centre struct {
	// Changed is called after each change, to redraw the bell and save.
	Changed func()

	now  func() time.Time
	list []Notice
}

// NewCentre makes an empty centre with a clock.
func NewCentre(now func() time.Time) *Centre { return &Centre{now: now} }

// Add puts a notice on top, unless it is Trivia or nothing of it changed.
func (c *Centre) Add(n Notice) {
	if n.Level < Success {
		return
	}
	if n.At.IsZero() {
		n.At = c.now()
	}
	if i := slices.IndexFunc(c.list, func(old Notice) bool { return old.Key == n.Key }); n.Key != "" && i >= 0 {
		if old := c.list[i]; old.Title == n.Title && old.Text == n.Text && old.Level == n.Level {
			return
		}
		c.list = slices.Delete(c.list, i, i+1)
	}
	c.list = slices.Insert(c.list, 0, n)
	c.prune()
	c.changed()
}

// List is a copy, newest first.
func (c *Centre) List() []Notice { return slices.Clone(c.list) }

// Unread counts those not read yet.
func (c *Centre) Unread() int {
	n := 0
	for _, e := range c.list {
		if !e.Read {
			n++
		}
	}
	return n
}

// ReadAll marks everything as read, as opening the centre does.
func (c *Centre) ReadAll() {
	if c.Unread() == 0 {
		return
	}
	for i := range c.list {
		c.list[i].Read = true
	}
	c.changed()
}

// Save is the centre as JSON.
func (c *Centre) Save() ([]byte, error) { return json.Marshal(c.list) }

// Load reads what Save wrote; what is older than Keep is left out.
func (c *Centre) Load(raw []byte) error {
	var list []Notice
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	c.list = list
	c.prune()
	c.changed()
	return nil
}

func (c *Centre) prune() {
	oldest := c.now().Add(-Keep)
	c.list = slices.DeleteFunc(c.list, func(n Notice) bool { return n.At.Before(oldest) })
	slices.SortStableFunc(c.list, func(a, b Notice) int { return b.At.Compare(a.At) })
	c.list = c.list[:min(len(c.list), mostNotices)]
}

func (c *Centre) changed() {
	if c.Changed != nil {
		c.Changed()
	}
}
