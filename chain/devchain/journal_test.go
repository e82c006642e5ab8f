package devchain

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/common"
)

var testGenesis = common.HexToHash("0x1234")

// written makes a journal of three records and returns its path and bytes.
func written(t *testing.T) (string, []record, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "journal")
	j, records, err := openJournal(path, testGenesis)
	if err != nil || len(records) != 0 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	want := []record{
		{time: 100, block: common.Hash{1}, raw: []byte("first")},
		{time: 101, block: common.Hash{2}, raw: bytes.Repeat([]byte("x"), 5000)},
		{time: 1 << 40, block: common.Hash{3}, raw: []byte{0}},
	}
	for _, r := range want {
		if err := j.append(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, want, b
}

func sameRecords(a, b []record) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].time != b[i].time || a[i].block != b[i].block || !bytes.Equal(a[i].raw, b[i].raw) {
			return false
		}
	}
	return true
}

func TestJournalComesBack(t *testing.T) {
	path, want, _ := written(t)
	j, got, err := openJournal(path, testGenesis)
	if err != nil || !sameRecords(got, want) {
		t.Fatalf("%d records, %v", len(got), err)
	}
	more := record{time: 7, raw: []byte("more")}
	if err := j.append(more); err != nil {
		t.Fatal(err)
	}
	j.close()
	if _, got, err = openJournal(path, testGenesis); err != nil || !sameRecords(got, append(want, more)) {
		t.Fatalf("after another record: %d, %v", len(got), err)
	}
}

// A crash cuts the file anywhere in the last record, or leaves zeros there.
func TestJournalTornRecordIsCutOff(t *testing.T) {
	_, want, whole := written(t)
	last := len(whole) - (recordHeader + recordFixed + 1 + 32)
	for cut := last; cut < len(whole); cut++ {
		for _, zeros := range []int{0, 1, 40, 5000} {
			path := filepath.Join(t.TempDir(), "journal")
			b := append(bytes.Clone(whole[:cut]), make([]byte, zeros)...)
			if len(b) >= len(whole) && zeros > 0 && cut > last {
				continue // not a torn write: the length says where the record ends
			}
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			j, got, err := openJournal(path, testGenesis)
			if err != nil || !sameRecords(got, want[:2]) {
				t.Fatalf("cut at %d with %d zeros: %d records, %v", cut-last, zeros, len(got), err)
			}
			if err := j.append(want[2]); err != nil {
				t.Fatal(err)
			}
			j.close()
			if after, _ := os.ReadFile(path); !bytes.Equal(after, whole) {
				t.Fatalf("cut at %d: writing the record again does not give the same file", cut-last)
			}
		}
	}
}

// No flipped bit before the last record may pass or silently drop records.
func TestJournalFlippedBitIsDamage(t *testing.T) {
	path, _, whole := written(t)
	last := len(whole) - (recordHeader + recordFixed + 1 + 32)
	for i := 0; i < last; i++ {
		if i > journalHeader+200 && i < last-200 && i%97 != 0 {
			continue // the middle of the long record: a sample is enough
		}
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, got, err := openJournal(path, testGenesis); !errors.Is(err, errDamaged) {
			t.Fatalf("byte %d flipped: %d records, %v; want damage", i, len(got), err)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(after, b) {
			t.Fatalf("byte %d flipped: the damaged journal was changed", i)
		}
	}
}

func TestJournalOfAnotherChainIsRefused(t *testing.T) {
	path, _, _ := written(t)
	if _, _, err := openJournal(path, common.Hash{9}); !errors.Is(err, errDamaged) {
		t.Fatalf("journal of another genesis: %v", err)
	}
}

// A kill while the journal is made leaves part of its header at most.
func TestJournalHalfHeaderIsMadeAgain(t *testing.T) {
	for _, n := range []int{0, 3, len(journalMagic), journalHeader - 1} {
		path := filepath.Join(t.TempDir(), "journal")
		if err := os.WriteFile(path, append([]byte(journalMagic), testGenesis[:]...)[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, got, err := openJournal(path, testGenesis); err != nil || len(got) != 0 {
			t.Fatalf("%d bytes: %d records, %v", n, len(got), err)
		}
	}
}

func FuzzJournal(f *testing.F) {
	path := filepath.Join(f.TempDir(), "journal")
	j, _, err := openJournal(path, testGenesis)
	if err != nil {
		f.Fatal(err)
	}
	for i := range 3 {
		if err := j.append(record{time: uint64(i), raw: []byte("transaction")}); err != nil {
			f.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b[journalHeader:])
	f.Add([]byte{})
	f.Add(make([]byte, 100))
	f.Fuzz(func(t *testing.T, b []byte) {
		records, link, good, err := readJournal(b, testGenesis)
		// What is left over without an error is one record's start at most.
		if good > len(b) || (err == nil && len(bytes.TrimRight(b[good:], "\x00")) > recordHeader+recordFixed+maxTransaction+32) {
			t.Fatalf("%d of %d bytes are good, %v", good, len(b), err)
		}
		// What was accepted reads the same alone.
		again, link2, good2, err2 := readJournal(b[:good], testGenesis)
		if err2 != nil || good2 != good || link2 != link || !sameRecords(again, records) {
			t.Fatalf("the good part reads differently: %v", err2)
		}
	})
}
