//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// kill -9 of the trainer, of mf, or of both during an export: --out is not there, or whole, and the same line works at
// once; in the end nothing else lies beside it.
func TestKillsWhileExporting(t *testing.T) {
	t.Parallel()
	undisturbed(t)
	home, where := filepath.Join(t.TempDir(), "home"), t.TempDir()
	copyTree(t, whole.home, home)
	formats := []string{"peft", "merged", "gguf-adapter"}
	want, takes := map[string]map[string]int64{}, map[string]time.Duration{}
	for _, format := range formats {
		out, start := filepath.Join(where, format), time.Now()
		tiny(t, home, "model", "export", whole.adapter, "--format", format, "--out", out).want(t, 0)
		want[format], takes[format] = tree(t, out), time.Since(start)
	}
	n, rng := points(t, 6, 60)
	modes := []string{"trainer", "mf", "both"}
	for i := range n {
		mode, format := modes[i%3], formats[(i+i/3)%3]
		late := time.Duration(rng.Int64N(int64(takes[format])))
		t.Run(fmt.Sprintf("%s of %s after %v", mode, format, late.Round(time.Millisecond)), func(t *testing.T) {
			beside := t.TempDir()
			out := filepath.Join(beside, "out")
			line := []string{"model", "export", whole.adapter, "--format", format, "--out", out}
			program := begin(t, tinyCommand(t, home, line...))
			time.Sleep(late)
			trainers := children(program.cmd.Process.Pid)
			if mode != "trainer" {
				must(t, program.cmd.Process.Kill())
			}
			if mode != "mf" {
				for _, pid := range trainers {
					if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
						t.Fatal(err)
					}
				}
			}
			ended := program.end(t)
			ready := func() bool {
				found := tree(t, out)
				if len(found) > 0 && !maps.Equal(found, want[format]) {
					t.Fatalf("half an export is there: %v", found)
				}
				return len(found) > 0
			}
			switch {
			case mode == "trainer" && len(trainers) > 0 && !ready():
				ended.refuses(t, 1, "failed")
			case mode == "trainer":
				ended.want(t, 0) // the kill came before the trainer, or after it
			}
			if ready() {
				tiny(t, home, line...).refuses(t, 3, "refused", "not empty")
			} else {
				tiny(t, home, line...).want(t, 0)
				if !ready() {
					t.Error("the same line again made nothing")
				}
			}
			for limit := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
				entries, err := os.ReadDir(beside)
				must(t, err)
				if len(entries) == 1 && entries[0].Name() == "out" {
					break
				}
				if time.Now().After(limit) {
					t.Fatalf("beside it lies %v", entries)
				}
			}
			for _, pid := range trainers {
				for limit := time.Now().Add(time.Minute); syscall.Kill(pid, 0) == nil; time.Sleep(20 * time.Millisecond) {
					if time.Now().After(limit) {
						t.Fatal("the trainer of the killed mf still works")
					}
				}
			}
		})
	}
}

// children are the processes that a program started.
func children(pid int) (pids []int) {
	out, _ := exec.Command("ps", "-e", "-o", "pid=,ppid=").Output()
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && f[1] == strconv.Itoa(pid) {
			if child, err := strconv.Atoi(f[0]); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}
