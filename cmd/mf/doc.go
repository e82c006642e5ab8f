// Command mf does every job of the studio in a terminal. The verbs live in cmd/internal/verbs; here are only the process's
// own parts: arguments, signals, the terminal, the exit code.
package main
