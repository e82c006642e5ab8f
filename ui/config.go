package ui

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
)

// Config is what the window is made of.
type Config struct {
	App      fyne.App
	Version  string
	Screens  []nav.Screen
	Services Services
	// HasTray says whether the desktop shows a tray icon: closing then hides.
	HasTray bool
	// Now is the clock; nil is the real one.
	Now func() time.Time
	// Trace is told each route when its page stands in front; may be nil.
	Trace func(nav.Route)
	// About is what the help page shows below the keys; may be empty.
	About About
}

// About are the facts of the help page.
type About struct {
	LogFolder string
	Licences  []Licence
	Problems  string // address to report a problem to
}

// Licence is a text of others that travels with the program.
type Licence struct{ Of, Text string }

// Services is what the frame needs of the studio. Calls with a context run off
// the UI goroutine.
type Services interface {
	// Status is what the status bar shows.
	Status(ctx context.Context) (Status, error)
	// Watch says "changed" on a channel of capacity one.
	Watch() (changed <-chan struct{}, cancel func())
	// LockWallet forgets the keys; cheap.
	LockWallet()
	// Running names the jobs that quitting would end, for people: "Run 14 ·
	// Bike helper 3". Cheap.
	Running() []string
	// SaveAndStop saves and pauses every job.
	SaveAndStop(ctx context.Context) error
	// Notices are what KeepNotices kept, none at first. Both are of the data
	// folder: another folder has others. Notices is cheap.
	Notices() ([]byte, error)
	KeepNotices(ctx context.Context, raw []byte) error
}

// Status is a snapshot for the status bar.
type Status struct {
	Network Network
	Wallet  Wallet
	Jobs    []Job
	Memory  string // "GPU 4.7 / 8.0 GB"; empty hides the part
	// News are the events of late, each with a key of its own; those already
	// told are told again without harm.
	News []notice.Notice
}

// Reach says how well a network answers.
type Reach int

// The states of a network.
const (
	Unreached   Reach = iota // grey, with the age of the last block
	Reached                  // green: in reach and its safe block moves
	Development              // orange: the chain inside this computer
)

// Network is the chain in use.
type Network struct {
	Reach  Reach
	Name   string // "OpenLedger"
	Detail string // "1612", "this computer", "last block 3 min ago"
	Tip    string
}

// Wallet is the account in use.
type Wallet struct {
	Exists, Open bool
	Account      string // its name
	Address      string // in full
	Balance      string // at the safe block, with its coin
}

// Job is work that is under way: a run, a transaction, an import.
type Job struct {
	Title  string  // "Run 14"
	Detail string  // "step 182 of 264"
	Share  float64 // 0 to 1, negative when not known
	Left   string  // "about 3 min left"
	Route  nav.Route
}
