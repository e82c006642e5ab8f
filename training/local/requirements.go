package local

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modelfactory/modelfactory/training"
)

// requirement is one entry of a requirements file: an exact version with the
// hashes of its files.
type requirement struct {
	name, version string
	marker        string // when it is needed, PEP 508; "" = always
	text          string // the entry as it stands, without the line's end
}

// parseRequirements reads the entries of a file that uv pip compile wrote.
func parseRequirements(raw []byte) []requirement {
	var out []requirement
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	var entry []string
	flush := func() {
		if len(entry) == 0 {
			return
		}
		head := strings.TrimSpace(strings.TrimSuffix(entry[0], "\\"))
		head, marker, _ := strings.Cut(head, ";")
		name, version, ok := strings.Cut(strings.TrimSpace(head), "==")
		if f := strings.Fields(version); ok && len(f) > 0 {
			out = append(out, requirement{name: plainName(name), version: f[0], marker: strings.TrimSpace(marker), text: strings.TrimRight(strings.Join(entry, "\n"), " \\\n")})
		}
		entry = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		if line == strings.TrimLeft(line, " \t") { // not indented: a new entry
			flush()
		}
		entry = append(entry, line)
	}
	flush()
	return out
}

var separators = regexp.MustCompile(`[-_.]+`)

// plainName is a package's name as indexes compare it (PEP 503).
func plainName(s string) string {
	s, _, _ = strings.Cut(s, "[")
	return separators.ReplaceAllString(strings.ToLower(strings.TrimSpace(s)), "-")
}

// needed says whether the entry is installed on this machine with this version
// of Python, such as 3.12. What cannot be told counts as needed.
func (q requirement) needed(m machine, python string) bool {
	if q.marker == "" {
		return true
	}
	p := &markerReader{words: markerWord.FindAllString(q.marker, -1), values: map[string]string{
		"sys_platform":        map[string]string{"windows": "win32"}[m.goos],
		"platform_machine":    map[string]string{"linux/amd64": "x86_64", "linux/arm64": "aarch64", "windows/amd64": "AMD64", "windows/arm64": "ARM64"}[m.goos+"/"+m.goarch],
		"python_full_version": python, "python_version": python,
	}}
	for k, v := range map[string]string{"sys_platform": m.goos, "platform_machine": m.goarch} {
		if p.values[k] == "" {
			p.values[k] = v
		}
	}
	is := p.or()
	return is || p.lost || p.at < len(p.words)
}

// markerReader evaluates the few markers that uv writes: comparisons joined by
// "and", "or" and brackets.
type markerReader struct {
	words  []string
	at     int
	values map[string]string
	lost   bool // something was not understood
}

var markerWord = regexp.MustCompile(`'[^']*'|"[^"]*"|[()]|[<>=!~]+|[A-Za-z_.]+`)

func (p *markerReader) next() string {
	if p.at >= len(p.words) {
		p.lost = true
		return ""
	}
	p.at++
	return p.words[p.at-1]
}

func (p *markerReader) peek(word string) bool {
	if p.at < len(p.words) && p.words[p.at] == word {
		p.at++
		return true
	}
	return false
}

func (p *markerReader) or() bool {
	is := p.and()
	for p.peek("or") {
		is = p.and() || is
	}
	return is
}

func (p *markerReader) and() bool {
	is := p.one()
	for p.peek("and") {
		is = p.one() && is
	}
	return is
}

func (p *markerReader) one() bool {
	if p.peek("(") {
		is := p.or()
		if !p.peek(")") {
			p.lost = true
		}
		return is
	}
	name, op, want := p.next(), p.next(), strings.Trim(p.next(), `'"`)
	have, known := p.values[name]
	if !known {
		p.lost = true
		return true
	}
	c := strings.Compare(have, want)
	if strings.HasPrefix(name, "python") {
		c = compareVersions(have, want)
	}
	switch op {
	case "==":
		return c == 0
	case "!=":
		return c != 0
	case "<":
		return c < 0
	case "<=":
		return c <= 0
	case ">":
		return c > 0
	case ">=":
		return c >= 0
	}
	p.lost = true
	return true
}

// compareVersions compares the numbers that both versions have.
func compareVersions(a, b string) int {
	x, y := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(x), len(y)) {
		n, _ := strconv.Atoi(x[i])
		k, _ := strconv.Atoi(y[i])
		if n != k {
			return n - k
		}
	}
	return 0
}

// missingWheels lists what an offline installation needs and the folder does
// not hold, as name==version. Whether a file is right is for uv to say: it
// compares hashes.
func missingWheels(dir string, lists ...[]requirement) ([]string, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, &training.Error{Kind: training.KindNotFound, Message: "the folder of wheels " + dir + " cannot be read", Next: "Name a folder that holds the .whl files.", Err: err}
	}
	have := map[string]bool{}
	for _, f := range files {
		if name, ok := strings.CutSuffix(f.Name(), ".whl"); ok {
			if part := strings.Split(name, "-"); len(part) >= 5 {
				have[plainName(part[0])+"=="+strings.ReplaceAll(part[1], "_", "-")] = true
			}
		}
	}
	var missing []string
	for _, list := range lists {
		for _, q := range list {
			if id := q.name + "==" + q.version; !have[id] && !slices.Contains(missing, id) {
				missing = append(missing, id)
			}
		}
	}
	return missing, nil
}

// checkWheels refuses a folder that lacks wheels, naming them, and leaves the
// whole list with its hashes beside the runtime, to fetch them with.
func (r *Runtime) checkWheels(dir string, lists ...[]requirement) error {
	missing, err := missingWheels(dir, lists...)
	if err != nil || len(missing) == 0 {
		return err
	}
	var all []string
	for _, list := range lists {
		for _, q := range list {
			all = append(all, q.text)
		}
	}
	path := filepath.Join(r.dir, "wheels.txt")
	if err := os.WriteFile(path, []byte(strings.Join(all, "\n")+"\n"), 0o644); err != nil {
		return installError(err, "the list of wheels cannot be written")
	}
	return &training.Error{
		Kind: training.KindRefused, Message: "the folder " + dir + " lacks " + strconv.Itoa(len(missing)) + " wheels: " + strings.Join(missing, ", "),
		Next: "The whole list with its hashes is " + path + ". On a computer with a network, the same system and the same Python, run: python3 -m pip download --no-deps --only-binary=:all: --require-hashes -r wheels.txt -d WHEELS",
	}
}
