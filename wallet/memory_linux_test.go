//go:build linux

package wallet

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/sys/unix"
)

// secretsOf are the byte strings that must be gone after a lock. They are kept
// inverted, so that the test does not find its own copy.
func secretsOf(t *testing.T, words string) map[string][]byte {
	t.Helper()
	entropy, err := entropyOf(strings.Fields(words))
	mustNot(t, err)
	seed, err := seedOf([]byte(words), nil)
	mustNot(t, err)
	branch, err := derive(seed, branchPath)
	mustNot(t, err)
	key, err := accountKey(branch, 0)
	mustNot(t, err)
	private := crypto.FromECDSA(key)
	branchKey, err := branch.ECPrivKey()
	mustNot(t, err)
	out := map[string][]byte{
		"entropy": entropy, "entropy in base64": []byte(base64.StdEncoding.EncodeToString(entropy)),
		"words": []byte(words), "seed": seed, "account key": private, "branch key": branchKey.Serialize(),
		"branch chain code": branch.ChainCode(), "password": password(),
	}
	for _, b := range out {
		invert(b)
	}
	wipeKey(key)
	branchKey.Zero()
	branch.Zero()
	return out
}

func invert(b []byte) {
	for i := range b {
		b[i] ^= 0xff
	}
}

const memoryChild = "WALLET_TEST_MEMORY"

// TestLockLeavesNoSecretInMemory asks a fresh process that has nothing but a
// vault: it unlocks, signs, locks, and then looks through every live object of
// its heap. Found there would mean that this package, or a library it uses,
// still holds the secret. Bytes that Go freed but has not reused are counted
// and printed; no program in Go can promise those away, and Lock says so.
func TestLockLeavesNoSecretInMemory(t *testing.T) {
	if os.Getenv(memoryChild) == "" {
		dir := vaultDir(t)
		v := open(t, dir, newClock())
		words, err := v.Create(password(), 24)
		mustNot(t, err)
		cmd := exec.Command(os.Args[0], "-test.run=^TestLockLeavesNoSecretInMemory$", "-test.v")
		cmd.Env = append(os.Environ(), memoryChild+"="+dir)
		var in bytes.Buffer // not an argument, not the environment
		for _, name := range []string{"entropy", "entropy in base64", "words", "seed", "account key", "branch key", "branch chain code", "password"} {
			fmt.Fprintf(&in, "%s\t%s\n", name, hex.EncodeToString(secretsOf(t, strings.Join(words, " "))[name]))
		}
		cmd.Stdin = &in
		out, err := cmd.CombinedOutput()
		must(t, err == nil && bytes.Contains(out, []byte("looked for 8")), "%v\n%s", err, out)
		for line := range strings.Lines(string(out)) {
			if strings.Contains(line, "looked for") || strings.Contains(line, "freed memory") {
				t.Log(strings.TrimSpace(line))
			}
		}
		return
	}

	v, err := Open(os.Getenv(memoryChild), Options{ScryptN: 2, ScryptP: 1})
	mustNot(t, err)
	unlockFromStdin(t, v)
	secrets := readInverted(t)
	must(t, !v.Locked(), "locked")

	// The search itself must be able to find: while unlocked the branch key is
	// in the heap.
	must(t, found(t, heapDump(t), secrets)["branch key"] > 0, "the search finds nothing even while unlocked")

	v.Lock()
	settle()
	live := found(t, heapDump(t), secrets)
	must(t, len(live) == 0, "still held after the lock: %v", live)
	t.Logf("looked for %d secrets in the live heap after the lock: none", len(secrets))
	t.Logf("in freed memory of the process: %v", found(t, "/proc/self/mem", secrets))
}

// unlockFromStdin types the password and signs once, in a frame of its own.
//
//go:noinline
func unlockFromStdin(t *testing.T, v *Vault) {
	mustNot(t, v.Unlock(password()))
	signed, err := v.Sign(t.Context(), v.Accounts()[0].Address, dynamic(chainID), chainID)
	mustNot(t, err)
	_, err = types.Sender(types.LatestSignerForChainID(chainID), signed)
	mustNot(t, err)
}

func readInverted(t *testing.T) map[string][]byte {
	out := map[string][]byte{}
	scan := bufio.NewScanner(os.Stdin)
	for scan.Scan() {
		name, text, _ := strings.Cut(scan.Text(), "\t")
		raw, err := hex.DecodeString(text)
		mustNot(t, err)
		out[name] = raw
	}
	mustNot(t, scan.Err())
	return out
}

// settle empties the pools of the libraries and sweeps.
func settle() {
	for range 3 {
		runtime.GC()
	}
	debug.FreeOSMemory()
}

func heapDump(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "heap")
	f, err := os.Create(path)
	mustNot(t, err)
	defer f.Close()
	debug.WriteHeapDump(f.Fd())
	return path
}

// found counts secrets in a file: a heap dump, or this process's own writable
// memory. It reads in pieces into a buffer outside Go's heap and compares
// inverted bytes, so that it does not make what it looks for.
func found(t *testing.T, path string, secrets map[string][]byte) map[string]int {
	t.Helper()
	const piece, overlap = 1 << 20, 256
	buf, err := unix.Mmap(-1, 0, piece+overlap, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	mustNot(t, err)
	defer unix.Munmap(buf)
	f, err := os.Open(path)
	mustNot(t, err)
	defer f.Close()
	hits := map[string]int{}
	for _, r := range ranges(t, f, path) {
		for at := r[0]; at < r[1]; at += piece {
			n, _ := f.ReadAt(buf[:min(int64(len(buf)), r[1]-at)], at)
			invert(buf[:n])
			for name, s := range secrets {
				for from := 0; ; {
					i := bytes.Index(buf[from:n], s)
					if i < 0 || from+i >= piece {
						break
					}
					hits[name]++
					from += i + 1
				}
			}
			clear(buf)
		}
	}
	return hits
}

func ranges(t *testing.T, f *os.File, path string) [][2]int64 {
	if path != "/proc/self/mem" {
		info, err := f.Stat()
		mustNot(t, err)
		return [][2]int64{{0, info.Size()}}
	}
	maps, err := os.ReadFile("/proc/self/maps")
	mustNot(t, err)
	var out [][2]int64
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var mode string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); n == 3 && strings.HasPrefix(mode, "rw") && to-from < 1<<30 {
			out = append(out, [2]int64{from, to})
		}
	}
	return out
}

func TestCoreDumpsAreOff(t *testing.T) {
	imported(t, 1)
	var limit unix.Rlimit
	mustNot(t, unix.Getrlimit(unix.RLIMIT_CORE, &limit))
	must(t, limit.Cur == 0 && limit.Max == 0, "core files up to %d", limit.Cur)
	dumpable, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0)
	mustNot(t, err)
	must(t, dumpable == 0, "dumpable %d", dumpable)
}
