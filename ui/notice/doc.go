// Package notice tells the person what happened: the toast (one at a time,
// success or trivia), the words of an error card, and the notice centre behind
// the bell.
//
// It knows no domain: it is given texts, errors and routes. An error never goes
// into a toast only; Explain turns it into what a card says. Start with
// explain.go, then toast.go and centre.go.
package notice
