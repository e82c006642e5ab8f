package verbs

import (
	"context"
	"io"
	"strings"
	"testing"
)

// How many words a verb takes is read from its usage line, which a person reads too.
func TestExtraWordsAreRefused(t *testing.T) {
	for line, want := range map[string]int{
		"": 0, "RUN": 1, "[ADDRESS] [--amount N]": 1, "RUN RUN …": -1, "NAME[@VERSION] … [--base NAME] [--set key=value …]": -1,
		"--data NET[@VERSION][:WEIGHT] … [--base NAME] [--set key=value …] [--queue]": 0, "FILE --name NAME [--map column=role …] [--skip-bad]": 1,
		"[--models A --datanets A --licences A]": 0, "[--install|--repair|--use-processor] [--set NAME]": 0,
	} {
		if got := (&verb{args: line}).takes(); got != want {
			t.Errorf("%q takes %d words, want %d", line, got, want)
		}
	}
	for _, v := range table() {
		most := v.takes()
		if most < 0 {
			continue
		}
		env := Env{Args: append(strings.Fields("--home "+t.TempDir()+" "+v.path), strings.Fields("one two three")[:most+1]...), Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }}
		if code := Main(context.Background(), env); code != ExitUsage {
			t.Errorf("mf %v: exit code %d, want %d", env.Args[2:], code, ExitUsage)
		}
	}
}
