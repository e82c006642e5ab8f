package notice

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"syscall"

	"github.com/modelfactory/modelfactory/ui/widgets"
)

// advisor and coder are what the errors of every domain package answer.
type advisor interface {
	error
	Advice() string
}

type coder interface {
	error
	Code() string
}

// Explain says an error in the words of a card: what happened, and what to do.
// kept says what was not lost, where the caller knows it. Every error of the
// window goes through here.
func Explain(err error, kept string) widgets.Failure {
	f := widgets.Failure{Title: Sentence(err), Kept: kept}
	var a advisor
	if errors.As(err, &a) {
		f.Next = a.Advice()
	}
	if f.Next == "" {
		f.Next = defaultNext(Code(err))
	}
	return f
}

// Sentence is the error as a sentence: capital at its start, full stop at its
// end, whatever its package writes.
func Sentence(err error) string {
	if errors.Is(err, context.Canceled) {
		return "Cancelled."
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "It took too long and was given up."
	}
	s := strings.TrimSpace(plain(err))
	if s == "" {
		return "Something failed without a reason."
	}
	// The name of a file or of an exception at the start stays as it is.
	if word, _, _ := strings.Cut(s, " "); !strings.ContainsAny(strings.TrimRight(word, ".:,"), "._/") {
		r := []rune(s)
		s = strings.ToUpper(string(r[:1])) + string(r[1:])
	}
	if !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") && !strings.HasSuffix(s, "…") {
		s += "."
	}
	return s
}

// plain is the text of an error in which what a connection says of itself, with
// its addresses and calls, stands in plain words.
func plain(err error) string {
	var request *url.Error // holds the others
	var line *net.OpError
	var name *net.DNSError
	var raw error
	switch {
	case errors.As(err, &request):
		raw = request
	case errors.As(err, &line):
		raw = line
	case errors.As(err, &name):
		raw = name
	default:
		return err.Error()
	}
	words := "the connection was cut"
	var slow net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		words = "nothing listens at its address"
	case errors.As(err, &name):
		words = "its name was not found, or this computer is offline"
	case errors.As(err, &slow) && slow.Timeout():
		words = "it took too long"
	}
	return strings.Replace(err.Error(), raw.Error(), words, 1)
}

// Code is the kind of an error, "failed" when it has none.
func Code(err error) string {
	var c coder
	if errors.As(err, &c) && c.Code() != "" {
		return c.Code()
	}
	return "failed"
}

func defaultNext(code string) string {
	switch code {
	case "busy":
		return "Wait until the other task has ended, then try again."
	case "not_found":
		return "Look whether it was moved or deleted."
	case "usage", "refused":
		return ""
	}
	return "Try again. If it fails again, copy the diagnostics."
}

// Line is an error in one line of plain text, for the place beside a field.
func Line(err error) string {
	f := Explain(err, "")
	if f.Next == "" {
		return f.Title
	}
	return fmt.Sprintf("%s %s", f.Title, f.Next)
}
