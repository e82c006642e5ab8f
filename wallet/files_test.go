package wallet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFolderAndFilesAreClosedToOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("mode bits do not decide here")
	}
	v, c, dir := imported(t, 2)
	mustNot(t, v.Rename(v.Accounts()[1].Address, "Two")) // makes a generation before
	v.Lock()
	wantKind(t, v.Unlock([]byte("wrong")), KindRefused, "wrong")
	info, err := os.Stat(dir)
	mustNot(t, err)
	must(t, info.Mode().Perm() == 0o700, "folder %v", info.Mode())
	entries, err := os.ReadDir(dir)
	mustNot(t, err)
	must(t, len(entries) == 5, "files %v", entries)
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		info, err := os.Stat(path)
		mustNot(t, err)
		must(t, info.Mode().Perm() == 0o600, "%s %v", e.Name(), info.Mode())
		if e.Name() == triesFile || strings.HasSuffix(e.Name(), bakSuffix) {
			continue
		}
		for _, mode := range []os.FileMode{0o640, 0o604, 0o660} {
			mustNot(t, os.Chmod(path, mode))
			_, err = Open(dir, light(c))
			wantKind(t, err, KindRefused, e.Name())
			must(t, strings.Contains(err.(*Error).Next, "chmod 0600"), "advice %q", err.(*Error).Next)
		}
		mustNot(t, os.Chmod(path, 0o600))
	}
	for _, mode := range []os.FileMode{0o750, 0o701, 0o777} {
		mustNot(t, os.Chmod(dir, mode))
		_, err = Open(dir, light(c))
		wantKind(t, err, KindRefused, "open to others")
		must(t, strings.Contains(err.(*Error).Next, "chmod 0700"), "advice %q", err.(*Error).Next)
	}
	mustNot(t, os.Chmod(dir, 0o700))
	open(t, dir, c)
}

func TestLinksAreRefused(t *testing.T) {
	_, c, dir := imported(t, 1)
	link := filepath.Join(t.TempDir(), "vault")
	if err := os.Symlink(dir, link); err != nil {
		t.Skip("no symbolic links here")
	}
	_, err := Open(link, light(c))
	wantKind(t, err, KindRefused, "is a link")
	for _, name := range []string{seedFile, indexFile} {
		path := filepath.Join(dir, name)
		mustNot(t, os.Rename(path, path+".real"))
		mustNot(t, os.Symlink(path+".real", path))
		_, err = Open(dir, light(c))
		wantKind(t, err, KindRefused, name)
		mustNot(t, os.Remove(path))
		mustNot(t, os.Rename(path+".real", path))
	}
	// A link planted where a new file is about to be written is not followed.
	victim := filepath.Join(t.TempDir(), "victim")
	mustNot(t, os.WriteFile(victim, []byte("mine"), 0o600))
	mustNot(t, os.Symlink(victim, filepath.Join(dir, indexFile+newSuffix)))
	v := open(t, dir, c)
	mustNot(t, v.Rename(v.Accounts()[0].Address, "Renamed"))
	got, err := os.ReadFile(victim)
	mustNot(t, err)
	must(t, string(got) == "mine", "a file outside was written: %q", got)
	file := filepath.Join(t.TempDir(), "file")
	mustNot(t, os.WriteFile(file, nil, 0o600))
	_, err = Open(file, light(c))
	wantKind(t, err, KindRefused, "not a folder")
}

// A flipped byte anywhere in either file is found, named as damage and not as a
// wrong password, and never shows another address.
func TestEveryFlippedByteIsFound(t *testing.T) {
	_, c, dir := imported(t, 2)
	want := open(t, dir, c).Accounts()
	for _, name := range []string{seedFile, indexFile} {
		path := filepath.Join(dir, name)
		good, err := os.ReadFile(path)
		mustNot(t, err)
		for _, f := range []string{seedFile, indexFile} {
			_ = os.Remove(filepath.Join(dir, f+bakSuffix))
		}
		for i := range good {
			if bytes.ContainsRune([]byte(" \n"), rune(good[i])) && i != 0 {
				continue // white space between values means nothing
			}
			bad := bytes.Clone(good)
			bad[i] ^= 1 << (i % 7)
			if bytes.EqualFold(bad, good) && name == indexFile && !strings.Contains(string(good[max(0, i-60):i+1]), "address") {
				continue // the case of a JSON key is read either way and written back
			}
			mustNot(t, os.WriteFile(path, bad, 0o600))
			v, err := Open(dir, light(c))
			if name == seedFile {
				if err == nil {
					mustNot(t, v.Unlock(password())) // the same value written another way
					v.Lock()
					continue
				}
				wantKind(t, err, KindFailed, "damaged")
				continue
			}
			mustNot(t, err)
			got := v.Accounts()
			must(t, len(got) == 0 || fmt.Sprint(got) == fmt.Sprint(want), "byte %d of %s: accounts %v", i, name, got)
		}
		mustNot(t, os.WriteFile(path, good, 0o600))
	}
}

func TestTheOtherGenerationIsUsed(t *testing.T) {
	v, c, dir := imported(t, 2)
	mustNot(t, v.Rename(v.Accounts()[1].Address, "Two"))
	mustNot(t, os.WriteFile(filepath.Join(dir, indexFile), []byte("{}"), 0o600))
	must(t, len(open(t, dir, c).Accounts()) == 2, "the generation before was not read")

	mustNot(t, os.WriteFile(filepath.Join(dir, seedFile), []byte("{}"), 0o600))
	again := open(t, dir, c)
	mustNot(t, again.Unlock(password()))
	good, err := os.ReadFile(filepath.Join(dir, seedFile))
	mustNot(t, err)
	_, err = parseSealed(good)
	mustNot(t, err) // put back

	// Neither list: the next unlock makes it again, and says nothing false before.
	for _, f := range []string{indexFile, indexFile + bakSuffix} {
		mustNot(t, os.WriteFile(filepath.Join(dir, f), []byte("{}"), 0o600))
	}
	lost := open(t, dir, c)
	must(t, lost.Exists() && len(lost.Accounts()) == 0, "accounts out of nothing")
	mustNot(t, lost.Unlock(password()))
	must(t, len(lost.Accounts()) == 1 && lost.Accounts()[0].Address.Hex() == first, "%v", lost.Accounts())
	two, err := lost.AddAccount("Two")
	mustNot(t, err)
	must(t, two.Address.Hex() == second, "%v", two)
}

// Someone who can write the folder but does not know the password cannot pass
// off an address as one's own.
func TestAForeignAddressIsFoundAtUnlock(t *testing.T) {
	v, c, dir := imported(t, 1)
	ix := v.index.clone()
	ix.Accounts[0].Address = second
	raw, err := ix.encode() // with a right checksum
	mustNot(t, err)
	mustNot(t, os.WriteFile(filepath.Join(dir, indexFile), raw, 0o600))
	again := open(t, dir, c)
	wantKind(t, again.Unlock(password()), KindRefused, "does not come from this seed")
	must(t, again.Locked(), "unlocked all the same")
	mustNot(t, os.Remove(filepath.Join(dir, indexFile)))
	_ = os.Remove(filepath.Join(dir, indexFile+bakSuffix))
	mustNot(t, open(t, dir, c).Unlock(password()))
}

func TestNoSecretInTheOpen(t *testing.T) {
	_, _, dir := imported(t, 1)
	entries, err := os.ReadDir(dir)
	mustNot(t, err)
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		mustNot(t, err)
		for _, s := range []string{"abandon", "about", testPass, strings.Repeat("00", 16), "AAAAAAAA", "xprv"} {
			must(t, !bytes.Contains(data, []byte(s)), "%s holds %q", e.Name(), s)
		}
	}
}

func FuzzSealed(f *testing.F) {
	file, _, err := seal([]byte(`{"v":1}`), []byte("x"), 2, 1)
	mustNot(f, err)
	f.Add(file)
	f.Add([]byte(`{"version":3,"crypto":{"kdfparams":{"n":"2"}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := parseSealed(data)
		if err != nil {
			return
		}
		k := s.Crypto.KDFParams
		must(t, k.N*k.R*128 <= 1<<30, "%d MiB of memory", k.N*k.R*128>>20)
		if k.N*k.P < 1<<8 {
			_, _ = s.Crypto.open([]byte("x")) // must not panic
		}
	})
}

// FuzzCrypto reaches what a checksum in front would hide.
func FuzzCrypto(f *testing.F) {
	file, _, err := seal([]byte(`{"v":1}`), []byte("x"), 2, 1)
	mustNot(f, err)
	var s sealed
	mustNot(f, json.Unmarshal(file, &s))
	raw, err := json.Marshal(s.Crypto)
	mustNot(f, err)
	f.Add(raw)
	f.Fuzz(func(t *testing.T, data []byte) {
		var c cryptoJSON
		if strictJSON(data, &c) != nil || c.valid() != nil || c.KDFParams.N*c.KDFParams.P > 1<<8 {
			return
		}
		plain, err := c.open([]byte("x"))
		if err == nil {
			_, _ = parseSecret(plain)
		}
	})
}

func FuzzIndex(f *testing.F) {
	ix := &index{Version: 1, Words: 12, Accounts: []indexAccount{{Address: first, Path: accountPath(0), Name: "Main"}}}
	raw, err := ix.encode()
	mustNot(f, err)
	f.Add(raw)
	f.Add([]byte(`{"version":1,"accounts":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ix, err := parseIndex(data)
		if err != nil {
			return
		}
		again, err := ix.encode()
		mustNot(t, err)
		_, err = parseIndex(again)
		mustNot(t, err)
		must(t, len(ix.list()) > 0, "no accounts")
	})
}
