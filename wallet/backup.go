package wallet

import (
	"crypto/subtle"
	"fmt"
	"slices"
	"strings"
	"time"
)

// BackupChecked says whether the words were asked back and right, or imported.
func (v *Vault) BackupChecked() bool { return !v.BackupCheckedAt().IsZero() }

// BackupCheckedAt is when that was; zero when not yet.
func (v *Vault) BackupCheckedAt() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.index == nil || v.index.Checked == nil {
		return time.Time{}
	}
	return *v.index.Checked
}

// MinChecked is how many different words a backup check asks at least.
const MinChecked = 3

// CheckBackup compares words at positions (counted from 1) with the seed and
// notes a right answer. The vault must be unlocked and the check still open.
func (v *Vault) CheckBackup(positions []int, words []string) error {
	v.slow.Lock()
	defer v.slow.Unlock()
	distinct := slices.Clone(positions)
	slices.Sort(distinct)
	if len(positions) != len(words) || len(slices.Compact(distinct)) < MinChecked {
		return &Error{
			Kind: KindUsage, Message: fmt.Sprintf("The check asks at least %d different words", MinChecked),
			Next: "Give one word for each position.",
		}
	}
	if v.Locked() {
		return v.lockedError()
	}
	ix, err := v.compareWords(positions, words)
	if err != nil || ix == nil {
		return err
	}
	if err := v.saveIndex(ix); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.entropy)
	v.entropy = nil
	return nil
}

// compareWords gives the list with the check noted; nil when it was noted before.
func (v *Vault) compareWords(positions []int, words []string) (*index, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.branch == nil {
		return nil, errLocked()
	}
	if v.index.Checked != nil {
		return nil, nil
	}
	want, err := wordsOf(v.entropy)
	if err != nil {
		return nil, err
	}
	for i, p := range positions {
		if p < 1 || p > len(want) {
			return nil, &Error{Kind: KindUsage, Message: fmt.Sprintf("There is no word %d", p), Next: fmt.Sprintf("Positions run from 1 to %d.", len(want))}
		}
		got := strings.ToLower(strings.TrimSpace(words[i]))
		if subtle.ConstantTimeCompare([]byte(got), []byte(want[p-1])) != 1 {
			return nil, refused(fmt.Sprintf("Word %d is not the one that was shown", p), "Look at what you wrote down and try again.")
		}
	}
	ix, at := v.index.clone(), v.now().UTC()
	ix.Checked = &at
	v.used = v.now()
	return ix, nil
}
