package nav

import (
	"runtime"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// KeyID names a shortcut.
type KeyID string

// The shortcuts of the window. Those of the frame are handled by it, the others
// go to the page in front, if it is a Presser.
const (
	KeyHome     KeyID = "home"
	KeyDataNets KeyID = "datanets"
	KeyRuns     KeyID = "runs"
	KeyModels   KeyID = "models"
	KeyLineage  KeyID = "lineage"
	KeyWallet   KeyID = "wallet"
	KeySettings KeyID = "settings"
	KeyHelp     KeyID = "help"
	KeyBack     KeyID = "back"
	KeyForward  KeyID = "forward"
	KeyNewRun   KeyID = "new-run"
	KeyImport   KeyID = "import"
	KeyClose    KeyID = "close"
	KeyQuit     KeyID = "quit"
	KeyLock     KeyID = "lock"
	KeyBigger   KeyID = "bigger"
	KeySmaller  KeyID = "smaller"

	KeyFind    KeyID = "find"    // put the cursor in the page's search field
	KeyStart   KeyID = "start"   // start the run
	KeyPause   KeyID = "pause"   // pause or resume the run
	KeyAgain   KeyID = "again"   // verify again, check again
	KeyCopyAll KeyID = "copyall" // copy diagnostics
	KeyEnter   KeyID = "enter"   // the one Enter action of the page
	KeyTable   KeyID = "table"   // chart as a table
	KeyTick    KeyID = "tick"    // tick the selected run to compare it
	KeyFirst   KeyID = "first"   // the first of two answers is better
	KeySecond  KeyID = "second"  // the second is
	KeySame    KeyID = "same"    // neither is
	KeyFit     KeyID = "fit"     // fit the graph
	KeyLeft    KeyID = "left"    // previous row, along an edge
	KeyRight   KeyID = "right"   // next row
)

// Key is one line of the table of shortcuts.
type Key struct {
	ID    KeyID
	Name  fyne.KeyName
	Mod   fyne.KeyModifier
	Label string // what it does, for the list under F1
	Group string // heading in that list
}

// main is Ctrl, or Command on a Mac.
const main = fyne.KeyModifierShortcutDefault

// Keys is the one table of shortcuts: the frame registers it, buttons show it,
// F1 lists it. Numbers follow the sidebar of the design; 6, 8 and 9 belong to
// Serve, Rewards and Vote and stay free until those are built.
var Keys = []Key{
	{KeyHome, fyne.Key1, main, "Home", "Go to"},
	{KeyDataNets, fyne.Key2, main, "DataNets", "Go to"},
	{KeyRuns, fyne.Key3, main, "Runs", "Go to"},
	{KeyModels, fyne.Key4, main, "Models", "Go to"},
	{KeyLineage, fyne.Key5, main, "Lineage", "Go to"},
	{KeyWallet, fyne.Key7, main, "Wallet", "Go to"},
	{KeySettings, fyne.KeyComma, main, "Settings", "Go to"},
	{KeyHelp, fyne.KeyF1, 0, "Help and all keys", "Go to"},
	{KeyBack, fyne.KeyLeftBracket, main, "Back", "Go to"},
	{KeyForward, fyne.KeyRightBracket, main, "Forward", "Go to"},
	{KeyNewRun, fyne.KeyN, main, "New run", "Do"},
	{KeyImport, fyne.KeyO, main, "Import a file", "Do"},
	{KeyLock, fyne.KeyL, main, "Lock the wallet", "Do"},
	{KeyFind, fyne.KeyF, main, "Find on this page", "Do"},
	{KeyStart, fyne.KeyReturn, main, "Start the run", "Runs"},
	{KeyPause, fyne.KeyP, main, "Pause or resume", "Runs"},
	{KeyCopyAll, fyne.KeyC, main | fyne.KeyModifierShift, "Copy diagnostics", "Runs"},
	{KeyTable, fyne.KeyT, 0, "Chart as a table", "Runs"},
	{KeyTick, fyne.KeyM, main, "Tick the run to compare it", "Runs"},
	{KeyFirst, fyne.Key1, 0, "Answer A is better", "Runs"},
	{KeySecond, fyne.Key2, 0, "Answer B is better", "Runs"},
	{KeySame, fyne.Key0, 0, "The answers are equally good", "Runs"},
	{KeyLeft, fyne.KeyLeft, 0, "Previous row, or back along an edge", "On a page"},
	{KeyRight, fyne.KeyRight, 0, "Next row, or along an edge", "On a page"},
	{KeyAgain, fyne.KeyR, main, "Verify again, check again", "On a page"},
	{KeyFit, fyne.KeyF, 0, "Fit the graph", "On a page"},
	{KeyEnter, fyne.KeyReturn, 0, "The action marked Enter", "On a page"},
	{KeyBigger, fyne.KeyEqual, main, "Larger text", "Window"},
	{KeySmaller, fyne.KeyMinus, main, "Smaller text", "Window"},
	{KeyClose, fyne.KeyW, main, "Close the window", "Window"},
	{KeyQuit, fyne.KeyQ, main, "Quit", "Window"},
}

// Find returns the line of an id.
func Find(id KeyID) (Key, bool) {
	for _, k := range Keys {
		if k.ID == id {
			return k, true
		}
	}
	return Key{}, false
}

// Hint is how a shortcut is written on its button: "Ctrl+N", "⌘N", "Enter". It
// is empty for an unknown id.
func Hint(id KeyID) string {
	k, ok := Find(id)
	if !ok {
		return ""
	}
	return k.text(runtime.GOOS == "darwin")
}

func (k Key) text(mac bool) string {
	name := string(k.Name)
	switch k.Name {
	case fyne.KeyReturn:
		name = "Enter"
	case fyne.KeyEqual:
		name = "+"
	case fyne.KeyMinus:
		name = "−"
	}
	var b strings.Builder
	if k.Mod&fyne.KeyModifierShift != 0 && mac {
		b.WriteString("⇧")
	}
	if k.Mod&main != 0 {
		if mac {
			b.WriteString("⌘")
		} else {
			b.WriteString("Ctrl+")
		}
	}
	if k.Mod&fyne.KeyModifierShift != 0 && !mac {
		b.WriteString("Shift+")
	}
	b.WriteString(name)
	return b.String()
}

// Shortcut is what the canvas is given; nil for keys without a modifier, which
// come through the typed-key handler instead.
func (k Key) Shortcut() *desktop.CustomShortcut {
	if k.Mod == 0 {
		return nil
	}
	return &desktop.CustomShortcut{KeyName: k.Name, Modifier: k.Mod}
}
