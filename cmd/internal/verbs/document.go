package verbs

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

//go:generate go test -run TestCommandLineDocument -update .

// Document writes docs/cli.md from the table of verbs.
func Document(w io.Writer) {
	fmt.Fprint(w, `# The command line

`+"`mf`"+` does every job of the studio. This page is generated from the code (`+"`make generate`"+`); it changes only with a line in CHANGELOG.md.

`+"```"+`
mf [--home DIR] [--json] [--network NAME] [--yes] [--password-file FILE] VERB …
`+"```"+`

| Flag | Meaning |
|---|---|
| --home DIR | the data folder; also MODELFACTORY_HOME |
| --json | one JSON document, or JSON lines for streams, on stdout; logs on stderr |
| --network NAME | the network for this line; mf chain use keeps one |
| --yes | answer yes to questions |
| --password-file FILE | the wallet's password; also MODELFACTORY_PASSWORD, else it is asked |

MODELFACTORY_RUNTIME names the folder of the trainer and the bases, when it is not the data folder.

One program holds a data folder. While the window, or another mf, holds it, that program carries the line out and the output is the same.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | failed |
| 2 | the line is wrong |
| 3 | refused by a rule: licence missing, wrong password, not enough OPEN, a digest differs |
| 4 | not found |
| 5 | the program that holds the data folder does not answer |

Errors with --json: `+"`"+`{"error":{"code","message","advice"}}`+"`"+`. Money is in wei, as text. Digests are lower-case hex.

`+"`mf help`, `mf help VERB` and `mf version` open no data folder. With --json: `"+`{"verbs":[{"verb","args","about","more","flags":[{"name","about","default"}],"json"}]}`+"` and `"+`{"version"}`+"`"+`.
`)
	for _, v := range table() {
		fmt.Fprintf(w, "\n## mf %s\n\n`mf %s`\n\n%s.\n", v.path, strings.TrimSpace(v.path+" "+v.args), strings.ToUpper(v.short[:1])+v.short[1:])
		if v.more != "" {
			fmt.Fprintf(w, "\n%s\n", v.more)
		}
		first := true
		v.flags(func(f *flag.Flag) {
			if first {
				fmt.Fprint(w, "\n| Flag | Meaning | Default |\n|---|---|---|\n")
				first = false
			}
			fmt.Fprintf(w, "| --%s | %s | %s |\n", f.Name, strings.ReplaceAll(f.Usage, "|", "\\|"), f.DefValue)
		})
		if v.json != "" {
			fmt.Fprintf(w, "\n--json: `%s`\n", v.json)
		}
	}
}
