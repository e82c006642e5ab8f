package wallet

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

const (
	testWords = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"
	testPass  = "correct horse battery staple"
	// First accounts of testWords, as every BIP-44 wallet shows them.
	first  = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"
	second = "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0"
)

type clock struct{ at atomic.Int64 }

func newClock() *clock {
	c := new(clock)
	c.at.Store(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC).UnixNano())
	return c
}
func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }
func light(c *clock) Options          { return Options{ScryptN: 2, ScryptP: 1, Now: c.now} }
func password() []byte                { return []byte(testPass) }
func vaultDir(t testing.TB) string    { return filepath.Join(t.TempDir(), "home", "vault") }
func mustNot(t testing.TB, err error) { t.Helper(); must(t, err == nil, "%v", err) }
func must(t testing.TB, ok bool, format string, args ...any) {
	t.Helper()
	if !ok {
		t.Fatalf(format, args...)
	}
}

func wantKind(t testing.TB, err error, kind, part string) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || !strings.Contains(e.Message, part) {
		t.Fatalf("want %s with %q, got %v", kind, part, err)
	}
}

func open(t testing.TB, dir string, c *clock) *Vault {
	t.Helper()
	v, err := Open(dir, light(c))
	mustNot(t, err)
	t.Cleanup(v.Lock)
	return v
}

func imported(t testing.TB, accounts int) (*Vault, *clock, string) {
	t.Helper()
	c, dir := newClock(), vaultDir(t)
	v := open(t, dir, c)
	mustNot(t, v.Import(password(), strings.Fields(testWords), "", accounts))
	return v, c, dir
}

func TestNewVaultComesBackAfterRestart(t *testing.T) {
	for _, count := range []int{12, 24} {
		c, dir := newClock(), vaultDir(t)
		v := open(t, dir, c)
		must(t, !v.Exists() && v.Locked() && len(v.Accounts()) == 0, "an empty folder is no vault")
		pw := password()
		words, err := v.Create(pw, count)
		mustNot(t, err)
		must(t, len(words) == count && v.WordCount() == count, "%d words", len(words))
		must(t, string(pw) != testPass, "the password is still there")
		must(t, v.Exists() && !v.Locked() && !v.BackupChecked(), "unlocked, backup open")
		a := v.Accounts()
		must(t, len(a) == 1 && a[0].Name == "Main" && a[0].Path == "m/44'/60'/0'/0/0", "%+v", a)

		again := open(t, dir, c)
		must(t, again.Exists() && again.Locked(), "locked after a restart")
		must(t, slices.Equal(again.Accounts(), a), "accounts without a password")
		mustNot(t, again.Unlock(password()))
		got, err := again.Words(password())
		mustNot(t, err)
		must(t, slices.Equal(got, words), "the same words")

		// The words alone make the same wallet in another folder.
		other := open(t, vaultDir(t), c)
		mustNot(t, other.Import(password(), words, "", 1))
		must(t, other.Accounts()[0].Address == a[0].Address, "another address from the same words")
		must(t, other.BackupChecked(), "imported words are written down")
	}
}

func TestTwoNewVaultsDiffer(t *testing.T) {
	c := newClock()
	a, err := open(t, vaultDir(t), c).Create(password(), 12)
	mustNot(t, err)
	b, err := open(t, vaultDir(t), c).Create(password(), 12)
	mustNot(t, err)
	must(t, !slices.Equal(a, b), "the same words twice")
}

func TestImportedAccountsAreThoseOfOtherWallets(t *testing.T) {
	v, _, _ := imported(t, 2)
	a := v.Accounts()
	must(t, len(a) == 2 && a[0].Address.Hex() == first && a[1].Address.Hex() == second, "%v", a)
	must(t, !v.index.Passphrase, "no passphrase was given")

	p := open(t, vaultDir(t), newClock())
	mustNot(t, p.Import(password(), strings.Fields(testWords), "TREZOR", 1))
	must(t, p.index.Passphrase && p.Accounts()[0].Address.Hex() != first, "the passphrase counts")
	p.Lock()
	mustNot(t, p.Unlock(password()))
}

func TestImportRefuses(t *testing.T) {
	words := strings.Fields(testWords)
	long := slices.Concat(words, words)
	for _, tc := range []struct {
		name, pass, part string
		words            []string
		accounts         int
	}{
		{"empty password", "", "password is empty", words, 1},
		{"eleven words", testPass, "not 11", words[:11], 1},
		{"no words", testPass, "not 0", nil, 1},
		{"bad checksum", testPass, "checksum", append(slices.Clone(words[:11]), "abandon"), 1},
		{"bad checksum of 24", testPass, "checksum", long, 1},
		{"unknown word", testPass, "Word 12 ", append(slices.Clone(words[:11]), "abouts"), 1},
		{"no accounts", testPass, "0 accounts", words, 0},
		{"too many", testPass, "101 accounts", words, 101},
	} {
		dir := vaultDir(t)
		v := open(t, dir, newClock())
		wantKind(t, v.Import([]byte(tc.pass), tc.words, "", tc.accounts), KindUsage, tc.part)
		must(t, !v.Exists() && v.Locked(), "%s: something was made", tc.name)
		_, err := os.Stat(dir)
		must(t, os.IsNotExist(err), "%s: a folder was left", tc.name)
	}
	_, err := open(t, vaultDir(t), newClock()).Create(password(), 13)
	wantKind(t, err, KindUsage, "not 13")
}

func TestAVaultIsNeverWrittenOver(t *testing.T) {
	v, c, dir := imported(t, 1)
	before, err := os.ReadFile(filepath.Join(dir, seedFile))
	mustNot(t, err)
	_, err = v.Create(password(), 12)
	wantKind(t, err, KindRefused, "already a wallet")

	// Also not by a second Vault that was opened before the first one was made,
	// and not when the vault is damaged.
	dir2 := vaultDir(t)
	a, b := open(t, dir2, c), open(t, dir2, c)
	mustNot(t, a.Import(password(), strings.Fields(testWords), "", 1))
	_, err = b.Create(password(), 12)
	wantKind(t, err, KindRefused, "already a wallet")
	for _, f := range []string{seedFile, seedFile + bakSuffix} {
		mustNot(t, os.WriteFile(filepath.Join(dir2, f), []byte("{"), 0o600))
	}
	_, err = b.Create(password(), 12)
	wantKind(t, err, KindFailed, "damaged")
	after, err := os.ReadFile(filepath.Join(dir, seedFile))
	mustNot(t, err)
	must(t, string(before) == string(after), "the seed file changed")
}

func TestAccountsAreAddedAndNamed(t *testing.T) {
	v, c, dir := imported(t, 1)
	a, err := v.AddAccount("Builder")
	mustNot(t, err)
	must(t, a.Address.Hex() == second && a.Name == "Builder" && a.Index == 1, "%+v", a)
	b, err := v.AddAccount("")
	mustNot(t, err)
	must(t, b.Name == "Account 3", "%+v", b)
	mustNot(t, v.Rename(a.Address, " Shop "))
	wantKind(t, v.Rename(common.HexToAddress("0x01"), "x"), KindNotFound, "no account")
	for _, bad := range []string{"", "  ", "a\nb", strings.Repeat("x", 65), "Main\u202e", "\xff"} {
		wantKind(t, v.Rename(a.Address, bad), KindUsage, "name")
	}
	v.Lock()
	_, err = v.AddAccount("")
	wantKind(t, err, KindRefused, "locked")

	again := open(t, dir, c)
	list := again.Accounts()
	must(t, len(list) == 3 && list[1].Name == "Shop", "%+v", list)
	mustNot(t, again.Unlock(password()))
}

func TestBackupCheck(t *testing.T) {
	c, dir := newClock(), vaultDir(t)
	v := open(t, dir, c)
	words, err := v.Create(password(), 12)
	mustNot(t, err)
	wantKind(t, v.CheckBackup([]int{1, 1, 1}, []string{words[0], words[0], words[0]}), KindUsage, "at least 3")
	wantKind(t, v.CheckBackup([]int{1, 2}, words[:2]), KindUsage, "at least 3")
	wantKind(t, v.CheckBackup([]int{1, 2, 13}, words[:3]), KindUsage, "no word 13")
	wantKind(t, v.CheckBackup([]int{1, 2, 3}, []string{words[0], words[1], "zebra-crossing"}), KindRefused, "Word 3")
	must(t, !v.BackupChecked(), "a wrong answer counted")

	// Put off: it can be done after a restart as well.
	v = open(t, dir, c)
	wantKind(t, v.CheckBackup([]int{1, 2, 3}, words[:3]), KindRefused, "locked")
	mustNot(t, v.Unlock(password()))
	mustNot(t, v.CheckBackup([]int{12, 2, 7}, []string{" " + strings.ToUpper(words[11]), words[1], words[6]}))
	must(t, v.BackupChecked() && v.BackupCheckedAt().Equal(c.now()), "checked at %v", v.BackupCheckedAt())
	must(t, v.entropy == nil, "the seed is kept although nothing is left to check")
	must(t, open(t, dir, c).BackupChecked(), "forgotten at restart")
}

func TestLocksItselfAndWipes(t *testing.T) {
	v, c, _ := imported(t, 1)
	var locks atomic.Int32
	v.OnLock(func() { locks.Add(1) })
	must(t, v.LocksAt().Equal(c.now().Add(DefaultAutoLock)), "locks at %v", v.LocksAt())

	c.pass(4 * time.Minute)
	v.Touch()
	c.pass(4 * time.Minute)
	must(t, !v.Locked(), "locked in use")
	branch := v.branch
	c.pass(time.Minute)
	must(t, v.Locked() && locks.Load() == 1, "open after five idle minutes")
	must(t, !branch.IsPrivate() && len(branch.ChainCode()) > 0 && allZero(branch.ChainCode()), "keys were not wiped")
	must(t, v.LocksAt().IsZero(), "locks at %v", v.LocksAt())
	v.Touch()
	must(t, v.Locked(), "a touch opened it")

	// A clock set back does not prolong it.
	mustNot(t, v.Unlock(password()))
	c.pass(-time.Hour)
	must(t, v.Locked() && locks.Load() == 2, "open after the clock went back")

	never, err := Open(vaultDir(t), Options{ScryptN: 2, ScryptP: 1, AutoLock: -1, Now: c.now})
	mustNot(t, err)
	mustNot(t, never.Import(password(), strings.Fields(testWords), "", 1))
	c.pass(1000 * time.Hour)
	must(t, !never.Locked() && never.LocksAt().IsZero(), "locked against the setting")
	never.Lock()
	never.Lock()
}

// Nobody calls the vault, and still it locks: a timer looks.
func TestLocksWithoutBeingAsked(t *testing.T) {
	v, err := Open(vaultDir(t), Options{ScryptN: 2, ScryptP: 1, AutoLock: 20 * time.Millisecond})
	mustNot(t, err)
	locked := make(chan struct{})
	v.OnLock(func() { close(locked) })
	mustNot(t, v.Import(password(), strings.Fields(testWords), "", 1))
	select {
	case <-locked:
	case <-time.After(10 * time.Second):
		t.Fatal("still open after ten seconds")
	}
}

func TestWrongPasswordsWaitLonger(t *testing.T) {
	v, c, dir := imported(t, 1)
	v.Lock()
	wrong := func() []byte { return []byte("wrong") }
	var waits []time.Duration
	for range 12 {
		wantKind(t, v.Unlock(wrong()), KindRefused, "password is wrong")
		wait := v.tries.left(c.now())
		waits = append(waits, wait.Round(time.Second))
		if wait == 0 {
			continue
		}
		// The right password does not help before its time, also not after a
		// restart of the program.
		wantKind(t, v.Unlock(password()), KindRefused, "waits after")
		wantKind(t, open(t, dir, c).Unlock(password()), KindRefused, "waits after")
		_, err := v.Words(password())
		wantKind(t, err, KindRefused, "waits after")
		c.pass(wait)
	}
	s := time.Second
	want := []time.Duration{0, 0, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 64 * s, 128 * s, 256 * s, maxWait, maxWait}
	must(t, slices.Equal(waits, want), "waits %v", waits)
	mustNot(t, v.Unlock(password()))
	must(t, v.tries.left(c.now()) == 0, "a right password clears the count")
	must(t, open(t, dir, c).tries.left(c.now()) == 0, "a right password clears the count on disk")

	// A planted file cannot lock the owner out for long.
	mustNot(t, os.WriteFile(filepath.Join(dir, triesFile), []byte(`{"failed":1000,"until":"9000-01-01T00:00:00Z"}`), 0o600))
	v = open(t, dir, c)
	must(t, v.tries.left(c.now()) <= maxWait, "waits for %v", v.tries.left(c.now()))
}

func TestWordsAskEveryTime(t *testing.T) {
	v, _, _ := imported(t, 1)
	must(t, !v.Locked(), "locked")
	_, err := v.Words([]byte("wrong"))
	wantKind(t, err, KindRefused, "password is wrong")
	_, err = v.Words(nil)
	wantKind(t, err, KindRefused, "password is wrong")
	pw := password()
	words, err := v.Words(pw)
	mustNot(t, err)
	must(t, strings.Join(words, " ") == testWords && allZero(pw), "words")
	empty := open(t, vaultDir(t), newClock())
	_, err = empty.Words(password())
	wantKind(t, err, KindNotFound, "no vault")
	wantKind(t, empty.Unlock(password()), KindNotFound, "no vault")
}

func allZero(b []byte) bool { return !slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) }

// BenchmarkUnlock is what a person waits for, at the parameters in use.
func BenchmarkUnlock(b *testing.B) {
	v, err := Open(vaultDir(b), Options{})
	mustNot(b, err)
	mustNot(b, v.Import(password(), strings.Fields(testWords), "", 5))
	for b.Loop() {
		mustNot(b, v.Unlock(password()))
	}
	v.Lock()
}
