package nav

import (
	"testing"

	"fyne.io/fyne/v2"
)

func TestKeyText(t *testing.T) {
	for _, tc := range []struct {
		id        KeyID
		text, mac string
	}{
		{KeyNewRun, "Ctrl+N", "⌘N"},
		{KeyStart, "Ctrl+Enter", "⌘Enter"},
		{KeyCopyAll, "Ctrl+Shift+C", "⇧⌘C"},
		{KeyEnter, "Enter", "Enter"},
		{KeyHelp, "F1", "F1"},
		{KeySmaller, "Ctrl+−", "⌘−"},
	} {
		k, ok := Find(tc.id)
		if !ok {
			t.Fatalf("no key %s", tc.id)
		}
		if got := k.text(false); got != tc.text {
			t.Errorf("%s is written %q, want %q", tc.id, got, tc.text)
		}
		if got := k.text(true); got != tc.mac {
			t.Errorf("%s is written %q on a Mac, want %q", tc.id, got, tc.mac)
		}
	}
	if Hint("no such key") != "" {
		t.Error("an unknown key has a hint")
	}
}

// TestKeysReachTheWindow holds that a key with a modifier is a shortcut, and
// that one without is not: Fyne gives the two by different ways.
func TestKeysReachTheWindow(t *testing.T) {
	for _, k := range Keys {
		s := k.Shortcut()
		if (s == nil) != (k.Mod == 0) {
			t.Errorf("%s: modifier %d, shortcut %v", k.ID, k.Mod, s)
		}
		if s != nil && (s.KeyName != k.Name || s.Modifier&fyne.KeyModifierShortcutDefault == 0) {
			t.Errorf("%s is registered as %v", k.ID, s)
		}
		if k.Label == "" || k.Group == "" {
			t.Errorf("%s is not explained in the list of keys", k.ID)
		}
	}
}
