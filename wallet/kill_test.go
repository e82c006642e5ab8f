package wallet

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Environment of the child that dies in the middle of a write.
const (
	killJob  = "WALLET_TEST_KILL_JOB"
	killDir  = "WALLET_TEST_KILL_DIR"
	killStep = "WALLET_TEST_KILL_STEP"
)

func TestMain(m *testing.M) {
	if os.Getenv(killJob) != "" {
		os.Exit(killChild())
	}
	os.Exit(m.Run())
}

// killChild does one job and ends itself, as a power cut would, after the given
// step of writing. It exits 0 when the job has fewer steps.
func killChild() int {
	left, err := strconv.Atoi(os.Getenv(killStep))
	if err != nil {
		return 2
	}
	arm := func() {
		afterStep = func(string) {
			if left--; left == 0 {
				self, _ := os.FindProcess(os.Getpid())
				_ = self.Kill()
				time.Sleep(time.Minute) // the signal is on its way
			}
		}
	}
	job := os.Getenv(killJob)
	if job == "full disk" {
		return fullDiskChild(os.Getenv(killDir))
	}
	if job == "heal" { // opening itself writes
		arm()
	}
	v, err := Open(os.Getenv(killDir), light(newClock()))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	switch job {
	case "import":
		arm()
		err = v.Import(password(), strings.Fields(testWords), "", 2)
	case "add":
		if err = v.Unlock(password()); err == nil {
			arm()
			_, err = v.AddAccount("Third")
		}
	case "rename":
		arm()
		err = v.Rename(v.Accounts()[0].Address, "Renamed")
	case "heal":
		err = v.Unlock(password())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}

// runKilled says whether the child was killed at that step.
func runKilled(t *testing.T, job, dir string, step int) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), killJob+"="+job, killDir+"="+dir, killStep+"="+strconv.Itoa(step))
	out, err := cmd.CombinedOutput()
	if err == nil {
		return false
	}
	var exit *exec.ExitError
	must(t, errors.As(err, &exit) && exit.ExitCode() == -1, "%s, step %d: %v\n%s", job, step, err, out)
	return true
}

func TestAKillAtAnyStepLosesNothing(t *testing.T) {
	for _, job := range []string{"import", "add", "rename", "heal"} {
		t.Run(job, func(t *testing.T) {
			step := 1
			for ; ; step++ {
				must(t, step < 100, "no end of steps")
				c, dir := newClock(), vaultDir(t)
				if job != "import" {
					v := open(t, dir, c)
					mustNot(t, v.Import(password(), strings.Fields(testWords), "", 2))
					v.Lock()
				}
				if job == "heal" {
					mustNot(t, os.WriteFile(filepath.Join(dir, seedFile), []byte("cut"), 0o600))
				}
				killed := runKilled(t, job, dir, step)
				afterKill(t, job, dir, c)
				if !killed {
					break
				}
			}
			must(t, step > 6, "only %d steps", step)
			t.Logf("%s: killed at each of %d steps", job, step-1)
		})
	}
}

// afterKill checks that the vault is the old one or the new one, whole, and
// that the job can be done again.
func afterKill(t *testing.T, job, dir string, c *clock) {
	t.Helper()
	v := open(t, dir, c)
	if job == "import" && !v.Exists() {
		mustNot(t, v.Import(password(), strings.Fields(testWords), "", 2))
	}
	must(t, v.Exists(), "the vault is gone")
	list := v.Accounts()
	must(t, len(list) >= 2 && list[0].Address.Hex() == first && list[1].Address.Hex() == second, "accounts %v", list)
	if v.Locked() {
		mustNot(t, v.Unlock(password()))
	}
	words, err := v.Words(password())
	mustNot(t, err)
	must(t, strings.Join(words, " ") == testWords, "other words")
	if job == "add" && len(list) == 2 {
		third, err := v.AddAccount("Third")
		mustNot(t, err)
		must(t, third.Index == 2, "%+v", third)
	}
	mustNot(t, v.Rename(list[0].Address, "Renamed"))
	must(t, open(t, dir, c).Accounts()[0].Name == "Renamed", "cannot be written any more")
}

// A list that cannot be written leaves the old one and a plain error.
func TestAFailedWriteChangesNothing(t *testing.T) {
	v, c, dir := imported(t, 1)
	blocked := filepath.Join(dir, indexFile+newSuffix)
	mustNot(t, os.MkdirAll(filepath.Join(blocked, "in the way"), 0o700))
	before := v.Accounts()
	_, err := v.AddAccount("")
	wantKind(t, err, KindFailed, "cannot be written")
	must(t, len(v.Accounts()) == 1, "an account that is not on disk is shown")
	must(t, fmt.Sprint(open(t, dir, c).Accounts()) == fmt.Sprint(before), "the list changed")
}
