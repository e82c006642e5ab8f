package nav

import (
	"fyne.io/fyne/v2"
)

// Route names a place in the window: a page and what it shows, for example
// {Page: PageRun, Arg: "<run id>"}. Routes make the history.
type Route struct{ Page, Arg string }

// Pages of the window. A page whose screen is not registered is not reachable.
const (
	PageHome     = "home"
	PageDataNets = "datanets" // list; Arg: search text
	PageDataNet  = "datanet"  // Arg: slug, slug@version
	PageRuns     = "runs"
	PageNewRun   = "newrun"  // Arg: "", "net=<slug>", "run=<id>" (its recipe), "file=<path>", "draft=<id>"
	PageRun      = "run"     // Arg: run id
	PageCompare  = "compare" // Arg: two to six run ids with commas between; one is set beside the newest other
	PageModels   = "models"
	PageModel    = "model"   // Arg: adapter digest, or digest#tab
	PageLineage  = "lineage" // Arg: adapter digest, or "folder=<path>"
	PageWallet   = "wallet"  // Arg: "", "history", "receive", "create=<Arg of PageReview>" (makes a wallet and goes on there)
	PageReview   = "review"  // Arg: "publish=<adapter digest>", "licence=<slug>", "send=<address>:<wei>"
	PageSettings = "settings"
	PageHelp     = "help"
)

// Crumb is one step of the path before the title; a click goes to Route.
type Crumb struct {
	Text  string
	Route Route
}

// Heading is what the header shows for a page: the path, the title in heading
// size, and objects right-aligned (buttons, a pill, the stepper). At most one
// of them is a primary button, and it stands last.
type Heading struct {
	Path    []Crumb
	Title   string
	Actions []fyne.CanvasObject
}

// Page is one screen inside the frame. All methods run on the UI goroutine.
type Page interface {
	// Object is the content under the header, made once and kept. It fills the
	// page area (1096 x 716 at 1280 x 800); see widgets.Page for margins, scroll
	// and footer.
	Object() fyne.CanvasObject
	// Heading is read each time the page is shown and after Frame.Changed.
	Heading() Heading
	// Shown is called when the page comes to the front, with the route's Arg:
	// start following state here.
	Shown(arg string)
	// Hidden is called when it leaves the front: stop following.
	Hidden()
}

// Presser is a Page that answers shortcuts of keys.go. Press reports whether
// it used the key; disabled actions return true and do nothing.
type Presser interface{ Press(id KeyID) bool }

// Dropper is a Page that wants files dropped on the window while it is in
// front. It reports whether it took them; otherwise the frame opens a new run
// with the file.
type Dropper interface{ Dropped(paths []string) bool }

// Focuser is a Page that names the object to focus when it is shown.
type Focuser interface{ FirstFocus() fyne.Focusable }

// Escaper is a Page with a layer of its own to close (a selection, an open
// panel). It reports whether there was one.
type Escaper interface{ Escape() bool }

// Screen is how a screen is registered with the frame.
type Screen struct {
	Page    string           // one of the Page constants
	Section string           // the sidebar item that is marked while it shows; "" = Page
	New     func(Frame) Page // called at the first visit
}

// Frame is what the window offers a page. All methods must be called on the UI
// goroutine.
type Frame interface {
	// Go opens a route and adds it to the history; Replace opens it in place
	// of the current one (a draft that became a run).
	Go(Route)
	Replace(Route)
	// Back goes one step back, or home when there is none.
	Back()
	// Has reports whether a page is built, to hide links to those that are not.
	Has(page string) bool
	// Changed says that the page's Heading changed; ignored unless it is in front.
	Changed(Page)
	// Open lays a dialog over the dimmed page; Esc, or the returned func, closes
	// it and then calls closed (may be nil).
	Open(d Dialog) (shut func())
	// Toast shows a short success or triviality for a few seconds, never an error.
	Toast(text string)
	// ToastUndo shows it for 10 s with an Undo button.
	ToastUndo(text string, undo func())
	// Copy puts text on the clipboard.
	Copy(text string)
	// OpenPath shows a file or folder in the desktop's file manager.
	OpenPath(path string) error
	// PickFile, PickFolder and PickSave ask for a path; extensions come with the
	// dot, none means all. done gets "" when the person cancelled.
	PickFile(title string, extensions []string, done func(path string))
	PickFolder(title string, done func(path string))
	PickSave(title, name string, done func(path string))
	// Focus moves the keyboard to o.
	Focus(o fyne.Focusable)
	// Window is the window itself, for what is not offered above.
	Window() fyne.Window
}

// Dialog is a layer over the page.
type Dialog struct {
	Content fyne.CanvasObject // with its own padding; the frame draws ground, edge and shadow
	Width   float32           // 0: as wide as the content needs
	First   fyne.Focusable    // gets the keyboard; Cancel where Enter must not act
	Stay    bool              // Esc does not close it either; a click beside it never does
	Closed  func()            // after it is gone, however it was closed
}

// Appearance is a Frame whose looks can be changed; the window is one.
type Appearance interface {
	// Look is the mode ("system", "light", "dark") and the text size in percent.
	Look() (mode string, percent int)
	// SetLook changes both and keeps them.
	SetLook(mode string, percent int)
}

// Styled is a Page that shows the looks; it is told when they changed, by a
// key or by itself.
type Styled interface{ Restyled() }
