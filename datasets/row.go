package datasets

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// Roles of a message in normal form.
const (
	RoleSystem    = "system"
	RoleUser      = "user"
	RoleAssistant = "assistant"
)

// Message is one turn of a chat.
type Message struct {
	Role    string `json:"role"` // system, user or assistant
	Content string `json:"content"`
}

// Row is one training example in normal form, of exactly one kind: a chat,
// plain text, or a preference, which is a prompt with the answer that people
// chose and the one they rejected.
type Row struct {
	Messages []Message `json:"messages,omitempty"`
	Text     string    `json:"text,omitempty"`
	Prompt   []Message `json:"prompt,omitempty"`
	Chosen   []Message `json:"chosen,omitempty"`
	Rejected []Message `json:"rejected,omitempty"`
}

// Preference says whether the row is a preference.
func (r Row) Preference() bool { return len(r.Prompt)+len(r.Chosen)+len(r.Rejected) > 0 }

// Turn is a part of a row as a person reads it. What is the role of who
// speaks, or "chosen", "rejected" or "text".
type Turn struct {
	What, Content string
	Learnt        bool
}

// Turns are the row's parts in the order they are read.
func (r Row) Turns() []Turn {
	if r.Text != "" {
		return []Turn{{UseText, r.Text, true}}
	}
	var turns []Turn
	add := func(messages []Message, answer string, learnt bool) {
		for _, m := range messages {
			if m.Role == RoleAssistant {
				turns = append(turns, Turn{answer, m.Content, learnt})
			} else {
				turns = append(turns, Turn{m.Role, m.Content, false})
			}
		}
	}
	add(r.Messages, RoleAssistant, true)
	add(r.Prompt, RoleAssistant, false)
	add(r.Chosen, UseChosen, true)
	add(r.Rejected, UseRejected, true)
	return turns
}

// Check says in plain words why a row cannot be used, or nil: a chat begins
// with an optional system message, then the user's, and holds at least one
// answer; a preference is two such chats that part after a question of the
// user; nothing is empty; all text is UTF-8 without NUL.
func (r Row) Check() error {
	switch {
	case r.Preference():
		if len(r.Messages) > 0 || r.Text != "" {
			return errors.New("the row has both a preference and messages or text")
		}
		return r.checkPreference()
	case len(r.Messages) > 0:
		if r.Text != "" {
			return errors.New("the row has both messages and text")
		}
		return checkChat(r.Messages)
	}
	if strings.TrimSpace(r.Text) == "" {
		return errors.New("the row is empty")
	}
	return checkText("text", r.Text)
}

func (r Row) checkPreference() error {
	if len(r.Prompt) == 0 || r.Prompt[len(r.Prompt)-1].Role != RoleUser {
		return errors.New("the prompt does not end with a question")
	}
	for _, side := range []struct {
		name   string
		answer []Message
	}{{"chosen", r.Chosen}, {"rejected", r.Rejected}} {
		n := len(side.answer)
		if n == 0 || side.answer[0].Role != RoleAssistant || side.answer[n-1].Role != RoleAssistant {
			return errors.New("what was " + side.name + " is no answer")
		}
		if err := checkChat(slices.Concat(r.Prompt, side.answer)); err != nil {
			return errors.New(side.name + ": " + err.Error())
		}
	}
	if slices.Equal(r.Chosen, r.Rejected) {
		return errors.New("the chosen and the rejected answer are the same")
	}
	return nil
}

func checkChat(messages []Message) error {
	answers := 0
	for i, m := range messages {
		if err := checkText("message", m.Content); err != nil {
			return err
		}
		empty := strings.TrimSpace(m.Content) == ""
		switch m.Role {
		case RoleSystem:
			if i != 0 {
				return errors.New("a system message stands after the first message")
			}
			if empty {
				return errors.New("the system message is empty")
			}
		case RoleUser:
			if empty {
				return errors.New("the question is empty")
			}
		case RoleAssistant:
			if empty {
				return errors.New("the answer is empty")
			}
			if i == 0 || i == 1 && messages[0].Role == RoleSystem {
				return errors.New("the row begins with an answer, there is no question before it")
			}
			answers++
		default:
			return errors.New("unknown role " + quote(m.Role))
		}
	}
	if answers == 0 {
		return errors.New("the row has no answer")
	}
	return nil
}

func checkText(what, s string) error {
	if !utf8.ValidString(s) {
		return errors.New("the " + what + " is not UTF-8")
	}
	if strings.IndexByte(s, 0) >= 0 {
		return errors.New("the " + what + " has a NUL character")
	}
	return nil
}

// Canonical returns the row's RFC 8785 bytes: sorted names, no spaces, the
// fewest escapes. It fails for a row that does not pass [Row.Check].
func (r Row) Canonical() ([]byte, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	return r.appendCanonical(nil), nil
}

// appendCanonical writes a checked row. The shapes are fixed, so the sorted
// order is written out: chosen, prompt, rejected; content before role.
func (r Row) appendCanonical(b []byte) []byte {
	switch {
	case r.Preference():
		b = appendMessages(append(b, `{"chosen":`...), r.Chosen)
		b = appendMessages(append(b, `,"prompt":`...), r.Prompt)
		b = appendMessages(append(b, `,"rejected":`...), r.Rejected)
	case len(r.Messages) > 0:
		b = appendMessages(append(b, `{"messages":`...), r.Messages)
	default:
		b = appendString(append(b, `{"text":`...), r.Text)
	}
	return append(b, '}')
}

func appendMessages(b []byte, messages []Message) []byte {
	b = append(b, '[')
	for i, m := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"content":`...)
		b = appendString(b, m.Content)
		b = append(b, `,"role":`...)
		b = appendString(b, m.Role)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendString writes a JSON string as RFC 8785 3.2.2.2 asks: the five short
// escapes, \u00xx in lower case for other controls, everything else as it is.
func appendString(b []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[start:i]...)
		start = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// ID returns the row's id, the SHA-256 of its canonical bytes.
func (r Row) ID() (Digest, error) {
	b, err := r.Canonical()
	if err != nil {
		return "", err
	}
	return DigestOf(b), nil
}

// DigestOf is the SHA-256 of bytes.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}

func quote(s string) string { return "\"" + shorten(s) + "\"" }
