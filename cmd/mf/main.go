package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/modelfactory/modelfactory/cmd/internal/studio"
	"github.com/modelfactory/modelfactory/cmd/internal/verbs"
)

// twoSignals is how long after an interrupt another one is taken for the same.
const twoSignals = 2 * time.Second

func main() { os.Exit(run(nil)) }

// run carries out the process's line. now is the clock; nil is the computer's own.
func run(now func() time.Time) int {
	studio.IgnoreFileLimit()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends mf without waiting: a trainer whose program is gone saves and leaves by itself. It counts from
	// twoSignals on, because timeout(1) and some shells send the first one twice.
	context.AfterFunc(ctx, func() { time.AfterFunc(twoSignals, stop) })
	dir, err := os.Getwd()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mf:", err)
		return verbs.ExitFailed
	}
	env := verbs.Env{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Dir: dir, Getenv: os.Getenv, Now: now,
	}
	if term.IsTerminal(int(os.Stdin.Fd())) {
		env.Ask = ask
	}
	return verbs.Main(ctx, env)
}

// ask puts a question on the terminal; secrets are not echoed.
func ask(prompt string, secret bool) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	if secret {
		defer fmt.Fprintln(os.Stderr)
		b, err := term.ReadPassword(int(os.Stdin.Fd()))
		return string(b), err
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
