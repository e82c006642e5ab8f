package wallet

import (
	"encoding/json"
	"fmt"
	"time"
)

// freeTries wrong passwords cost nothing but the second that scrypt takes;
// after that the wait doubles from two seconds up to maxWait.
const (
	freeTries = 3
	maxWait   = 5 * time.Minute
)

// tries is tries.json: it outlives the program, so that starting anew does not
// shorten the wait. It slows down a person at the keyboard; who can copy the
// folder is slowed by scrypt alone.
type tries struct {
	Failed int       `json:"failed"`
	Until  time.Time `json:"until"`
}

func loadTries(dir string) tries {
	var t tries
	data, err := readFile(dir, triesFile)
	if err != nil || strictJSON(data, &t) != nil || t.Failed < 0 {
		return tries{}
	}
	return t
}

func waitAfter(failed int) time.Duration {
	if failed < freeTries {
		return 0
	}
	return min(maxWait, time.Second<<min(failed-freeTries+1, 20))
}

// left is how long the next try has to wait.
func (t tries) left(now time.Time) time.Duration {
	// Not longer than the wait itself, whatever the clock or the file says.
	return max(0, min(t.Until.Sub(now), waitAfter(t.Failed)))
}

// mayTry refuses while the wait runs.
func (v *Vault) mayTry() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	left := v.tries.left(v.now())
	if left <= 0 {
		return nil
	}
	seconds := int((left + time.Second - 1) / time.Second)
	return refused(fmt.Sprintf("The vault waits after %d wrong passwords", v.tries.Failed),
		fmt.Sprintf("Try again in %d s.", seconds))
}

// noteTry counts a wrong password or forgets the count after a right one.
func (v *Vault) noteTry(right bool) {
	v.mu.Lock()
	before := v.tries
	if right {
		v.tries = tries{}
	} else {
		v.tries.Failed = min(v.tries.Failed+1, 1000)
		v.tries.Until = v.now().Add(waitAfter(v.tries.Failed)).UTC()
	}
	now := v.tries
	v.mu.Unlock()
	if now == before {
		return
	}
	// The count in memory holds even when the disk is full.
	if raw, err := json.Marshal(now); err == nil {
		_ = writeFile(v.dir, triesFile, raw)
	}
}
