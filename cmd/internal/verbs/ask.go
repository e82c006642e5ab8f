package verbs

import (
	"os"
	"strings"
)

// withPassword reads the password file here: it can be a pipe of the caller's, which a holder could not open. It stands
// before the environment's.
func withPassword(env Env, g Globals) (Env, error) {
	if g.PasswordFile == "" {
		return env, nil
	}
	b, err := os.ReadFile(resolve(env.Dir, g.PasswordFile))
	if err != nil {
		return env, &usageError{message: "cannot read the password file: " + err.Error(), advice: "Name a readable file with --password-file."}
	}
	getenv := env.Getenv
	env.Getenv = func(name string) string {
		if name == "MODELFACTORY_PASSWORD" {
			return strings.TrimRight(string(b), "\r\n")
		}
		return getenv(name)
	}
	return env, nil
}

// Password reads the wallet's password: of the file or the environment, or asked for.
func (c *Call) Password(prompt string) ([]byte, error) {
	if p := c.Getenv("MODELFACTORY_PASSWORD"); p != "" {
		return []byte(p), nil
	}
	if c.Ask == nil {
		return nil, &usageError{
			message: "the wallet's password is needed and there is nobody to ask",
			advice:  "Give --password-file FILE or set MODELFACTORY_PASSWORD.",
		}
	}
	p, err := c.Ask(prompt, true)
	return []byte(p), err
}

// Confirm asks before something that cannot be taken back. --yes answers it.
func (c *Call) Confirm(question string) error {
	if c.Yes {
		return nil
	}
	if c.Ask == nil {
		return &usageError{message: "this needs a yes: " + question, advice: "Look at it with --json, then repeat the line with --yes."}
	}
	answer, err := c.Ask(question+" [y/N] ", false)
	if err != nil {
		return err
	}
	if a := strings.ToLower(strings.TrimSpace(answer)); a != "y" && a != "yes" {
		return &usageError{message: "nothing was done", advice: ""}
	}
	return nil
}
