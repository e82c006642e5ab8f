package verbs

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/training"
)

// Exit codes, documented in docs/cli.md.
const (
	ExitDone     = 0
	ExitFailed   = 1
	ExitUsage    = 2
	ExitRefused  = 3 // by a rule: licence missing, wrong password, not enough OPEN, digest differs
	ExitNotFound = 4
	ExitBusy     = 5 // the program that holds the data folder does not answer
)

// Env is what a verb sees of the program that called it. The holder of a data folder builds one from a connection.
type Env struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Dir            string                                           // relative paths of arguments start here
	Getenv         func(string) string                              // MODELFACTORY_* only
	Ask            func(prompt string, secret bool) (string, error) // nil where nobody can answer
	Now            func() time.Time                                 // the clock; nil = the computer's own
}

// Globals are the flags every verb takes.
type Globals struct {
	Home         string
	JSON         bool
	Network      string
	Yes          bool
	PasswordFile string
}

// Call is one execution of a verb.
type Call struct {
	Env
	Globals
	Studio *studio.Studio
	Args   []string // positional arguments
	out    *json.Encoder
}

// verb is one entry of the table.
type verb struct {
	path  string // "run start"
	args  string // positional arguments and the flags worth showing, for the usage line
	short string
	json  string // what --json prints, for docs/cli.md
	more  string // further lines for docs/cli.md and --help
	setup func(*flag.FlagSet) func(context.Context, *Call) error
}

// usageError is a mistake in the line itself.
type usageError struct{ message, advice string }

func (e *usageError) Error() string  { return e.message }
func (e *usageError) Advice() string { return e.advice }
func (e *usageError) Code() string   { return "usage" }

func usagef(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...), advice: "See mf help."}
}

// shown marks an error whose result document was already printed: only the exit code is left.
type shown struct{ code string }

func (e *shown) Error() string { return "shown" }
func (e *shown) Code() string  { return e.code }

// Main runs one command line and gives the exit code. It opens the data folder, or lets its holder do the work.
func Main(ctx context.Context, env Env) int {
	env.Stdout, env.Stderr = printable{env.Stdout}, printable{env.Stderr}
	g, rest, err := globals(env)
	if err != nil {
		return report(env, g, err)
	}
	if len(rest) == 0 || rest[0] == "help" || rest[0] == "--help" || rest[0] == "-h" {
		var topic []string
		if len(rest) > 1 {
			topic = rest[1:]
		}
		return report(env, g, help(env.Stdout, g.JSON, topic))
	}
	if rest[0] == "version" || rest[0] == "--version" {
		if g.JSON {
			return report(env, g, encoder(env.Stdout).Encode(map[string]string{"version": studio.Version}))
		}
		fmt.Fprintln(env.Stdout, studio.Version)
		return ExitDone
	}
	v, run, args, err := parse(rest)
	if err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return report(env, g, help(env.Stdout, g.JSON, strings.Fields(v.path)))
		}
		return report(env, g, err)
	}
	if env, err = withPassword(env, g); err != nil {
		return report(env, g, err)
	}
	lock, code, err := acquire(ctx, env, g)
	if err != nil {
		return report(env, g, err)
	}
	if lock == nil {
		return code
	}
	st, err := studio.Open(ctx, studio.Options{Home: g.Home, Lock: lock, Log: env.Stderr, Getenv: env.Getenv, Now: env.Now})
	if err != nil {
		return report(env, g, errors.Join(err, lock.Release()))
	}
	stop := Serve(ctx, st)
	code = report(env, g, execute(ctx, env, g, st, run, args))
	stop()
	if err := st.Close(context.WithoutCancel(ctx)); err != nil {
		fmt.Fprintln(env.Stderr, "closing:", err)
	}
	return code
}

// acquire takes the data folder, or, without a lock and an error, gives the exit code of its holder, which has carried
// out the line. A holder that is just opening or leaving is given the time of one answer.
func acquire(ctx context.Context, env Env, g Globals) (lock *studio.Lock, code int, err error) {
	for limit := time.Now().Add(helloWithin); ; {
		lock, err = studio.Acquire(g.Home)
		var held *studio.HeldError
		if !errors.As(err, &held) {
			return lock, ExitDone, err
		}
		code, err = forward(ctx, env, g, held)
		if err == nil || !errors.Is(err, errNotBegun) || time.Now().After(limit) {
			return nil, code, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return nil, code, err
		}
	}
}

// inHolder runs a line in the program that holds the folder.
func inHolder(ctx context.Context, env Env, st *studio.Studio) int {
	env.Stdout, env.Stderr = printable{env.Stdout}, printable{env.Stderr}
	g, rest, err := globals(env)
	if err != nil {
		return report(env, g, err)
	}
	_, run, args, err := parse(rest)
	if err != nil {
		return report(env, g, err)
	}
	return report(env, g, execute(ctx, env, g, st, run, args))
}

func execute(ctx context.Context, env Env, g Globals, st *studio.Studio, run func(context.Context, *Call) error, args []string) error {
	c := &Call{Env: env, Globals: g, Studio: st, Args: args, out: encoder(env.Stdout)}
	if g.Network != "" {
		var err error
		if ctx, err = st.OnNetwork(ctx, g.Network); err != nil {
			return err
		}
	}
	return run(ctx, c)
}

// encoder writes JSON documents, a line each, with <, > and & as they are.
func encoder(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

// globals takes the flags of every verb out of the line, wherever they stand.
func globals(env Env) (Globals, []string, error) {
	g := Globals{Home: env.Getenv("MODELFACTORY_HOME")}
	var rest []string
	for i := 0; i < len(env.Args); i++ {
		name, value, hasValue := strings.Cut(env.Args[i], "=")
		take := func() (string, error) {
			if hasValue {
				return value, nil
			}
			if i+1 >= len(env.Args) {
				return "", usagef("%s needs a value", name)
			}
			i++
			return env.Args[i], nil
		}
		var err error
		switch name {
		case "--home", "-home":
			g.Home, err = take()
		case "--network", "-network":
			g.Network, err = take()
		case "--password-file", "-password-file":
			g.PasswordFile, err = take()
		case "--json", "-json", "--yes", "-yes":
			on := true
			if hasValue {
				if on, err = strconv.ParseBool(value); err != nil {
					err = usagef("%s cannot be %q: leave the value out, or say true or false", name, value)
				}
			}
			if strings.HasSuffix(name, "json") {
				g.JSON = on
			} else {
				g.Yes = on
			}
		case "--":
			rest = append(rest, env.Args[i:]...)
			i = len(env.Args)
		default:
			rest = append(rest, env.Args[i])
		}
		if err != nil {
			return g, nil, err
		}
	}
	if g.Home == "" {
		home, err := studio.DefaultHome()
		if err != nil {
			return g, nil, err
		}
		g.Home = home
	}
	g.Home = resolve(env.Dir, g.Home)
	return g, rest, nil
}

// resolve makes a path of the caller absolute.
func resolve(dir, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// Path makes a path argument absolute, as the caller meant it.
func (c *Call) Path(p string) string { return resolve(c.Dir, p) }

// parse finds the verb (one or two words) and reads its flags, which may stand between positional arguments.
func parse(line []string) (*verb, func(context.Context, *Call) error, []string, error) {
	v, rest := find(line)
	if v == nil {
		return nil, nil, nil, &usageError{
			message: fmt.Sprintf("there is no verb %q", strings.Join(line[:min(2, len(line))], " ")),
			advice:  "mf help lists them.",
		}
	}
	fs := flag.NewFlagSet("mf "+v.path, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	run := v.setup(fs)
	var args []string
	for len(rest) > 0 {
		if err := fs.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return v, nil, nil, err
			}
			return v, nil, nil, &usageError{message: fmt.Sprintf("mf %s: %v", v.path, err), advice: "See mf help " + v.path + "."}
		}
		rest = fs.Args()
		if len(rest) > 0 {
			args = append(args, rest[0])
			rest = rest[1:]
		}
	}
	if most := v.takes(); most >= 0 && len(args) > most {
		return v, nil, nil, &usageError{
			message: fmt.Sprintf("mf %s takes no %q", v.path, args[most]),
			advice:  "It is called like this: mf " + strings.TrimSpace(v.path+" "+v.args),
		}
	}
	return v, run, args, nil
}

// takes is how many words beside flags the usage line of a verb allows; -1 is any number.
func (v *verb) takes() int {
	most, flagged := 0, false // flagged: the last word was a flag, or its value
	for words := strings.Fields(v.args); len(words) > 0; words = words[1:] {
		switch word := words[0]; {
		case strings.HasPrefix(strings.TrimLeft(word, "["), "--"):
			flagged = true
			if !strings.HasSuffix(word, "]") { // its value follows
				words = words[1:]
			}
		case strings.HasPrefix(word, "…"):
			if !flagged {
				return -1
			}
		default:
			most, flagged = most+1, false
		}
	}
	return most
}

func find(line []string) (*verb, []string) {
	for n := min(2, len(line)); n > 0; n-- {
		path := strings.Join(line[:n], " ")
		for _, v := range table() {
			if v.path == path {
				return v, line[n:]
			}
		}
	}
	return nil, nil
}

// coded is an error that knows its kind; every domain's error type is one.
type coded interface {
	error
	Code() string
}

// advised is an error that knows the next step.
type advised interface {
	error
	Advice() string
}

// report turns the end of a verb into an exit code and, for an error, into words or a document.
func report(env Env, g Globals, err error) int {
	if err == nil {
		return ExitDone
	}
	code := "failed"
	var c coded
	if errors.As(err, &c) {
		code = c.Code()
	}
	// 5 is for the program that holds the folder; that a run must wait for another is a rule.
	if e, ok := errors.AsType[*training.Error](err); ok && code == "busy" && e.Code() == "busy" {
		code = "refused"
	}
	var s *shown
	if !errors.As(err, &s) {
		var a advised
		advice := ""
		if errors.As(err, &a) {
			advice = a.Advice()
		}
		if g.JSON {
			_ = encoder(env.Stdout).Encode(map[string]any{"error": map[string]string{"code": code, "message": err.Error(), "advice": advice}})
		} else {
			fmt.Fprintln(env.Stderr, "mf:", err.Error())
			if advice != "" {
				fmt.Fprintln(env.Stderr, "   ", advice)
			}
		}
	}
	switch code {
	case "usage":
		return ExitUsage
	case "refused":
		return ExitRefused
	case "not_found":
		return ExitNotFound
	case "busy":
		return ExitBusy
	}
	return ExitFailed
}

// Print writes one result: a JSON document, or words.
func (c *Call) Print(doc any, words func(w io.Writer)) error {
	if c.JSON {
		return c.out.Encode(doc)
	}
	words(c.Stdout)
	return nil
}

// Event writes one line of a stream: JSON on stdout, or words.
func (c *Call) Event(doc any, words string) error {
	if c.JSON {
		return c.out.Encode(doc)
	}
	if words != "" {
		_, err := fmt.Fprintln(c.Stdout, words)
		return err
	}
	return nil
}

// Say writes progress for a person; it never touches stdout of --json.
func (c *Call) Say(format string, args ...any) {
	w := c.Stdout
	if c.JSON {
		w = c.Stderr
	}
	fmt.Fprintf(w, format+"\n", args...)
}

// help tells of all verbs, or of those that begin with the words of topic.
func help(w io.Writer, asJSON bool, topic []string) error {
	prefix := strings.Join(topic, " ")
	verbs := slices.DeleteFunc(table(), func(v *verb) bool {
		return prefix != "" && v.path != prefix && !strings.HasPrefix(v.path, prefix+" ")
	})
	if len(verbs) == 0 {
		return usagef("there is no verb %q", prefix)
	}
	if asJSON {
		docs := make([]map[string]any, len(verbs))
		for i, v := range verbs {
			docs[i] = v.document()
		}
		return encoder(w).Encode(map[string]any{"verbs": docs})
	}
	if prefix != "" {
		for _, v := range verbs {
			describe(w, v)
		}
		return nil
	}
	fmt.Fprintln(w, "mf: train, own and verify small models from data that people own")
	fmt.Fprintln(w, "\nUsage: mf [--home DIR] [--json] [--network NAME] [--yes] [--password-file FILE] VERB …")
	fmt.Fprintln(w)
	for _, v := range verbs {
		fmt.Fprintf(w, "  %-18s %s\n", v.path, v.short)
	}
	fmt.Fprintln(w, "\nmf help VERB tells more. Exit codes: 0 done, 1 failed, 2 usage, 3 refused by a rule, 4 not found, 5 busy.")
	return nil
}

// document is a verb for other programs.
func (v *verb) document() map[string]any {
	flags := []map[string]string{}
	v.flags(func(f *flag.Flag) {
		flags = append(flags, map[string]string{"name": f.Name, "about": f.Usage, "default": f.DefValue})
	})
	return map[string]any{"verb": v.path, "args": v.args, "about": v.short, "more": v.more, "flags": flags, "json": v.json}
}

// flags calls f for each of a verb's own flags, in alphabetical order.
func (v *verb) flags(f func(*flag.Flag)) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	v.setup(fs)
	fs.VisitAll(f)
}

func describe(w io.Writer, v *verb) {
	fmt.Fprintf(w, "mf %s %s\n    %s\n", v.path, v.args, v.short)
	if v.more != "" {
		fmt.Fprintln(w, indent(v.more))
	}
	v.flags(func(f *flag.Flag) {
		value := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0" {
			value = " (default " + f.DefValue + ")"
		}
		fmt.Fprintf(w, "    --%-14s %s%s\n", f.Name, f.Usage, value)
	})
	if v.json != "" {
		fmt.Fprintf(w, "    --json prints %s\n", v.json)
	}
	fmt.Fprintln(w)
}

func indent(s string) string { return "    " + strings.ReplaceAll(s, "\n", "\n    ") }
