package datasets

import (
	"errors"
	"slices"
	"strings"
)

// preferenceOf brings a preference into normal form. The answers are given
// alone, after a prompt, or as whole conversations, whose common beginning is
// then the prompt.
func preferenceOf(prompt, chosen, rejected []Message) (Row, error) {
	if len(chosen) == 0 || len(rejected) == 0 {
		return Row{}, errors.New("one of the two answers is missing")
	}
	if n := len(prompt); n > 0 { // the prompt may be a conversation written as one text
		if turns, ok := transcript(prompt[n-1].Content); ok {
			prompt = append(prompt[:n-1:n-1], turns...)
		}
	}
	whole := chosen[0].Role != RoleAssistant
	if whole != (rejected[0].Role != RoleAssistant) {
		return Row{}, errors.New("only one of the two answers is a whole conversation")
	}
	if whole {
		n := 0
		for n < min(len(chosen), len(rejected)) && chosen[n] == rejected[n] {
			n++
		}
		for n > 0 && chosen[n-1].Role != RoleUser {
			n--
		}
		common := chosen[:n]
		if i := len(prompt) - 1; i >= 0 && prompt[i].Role == RoleUser && !slices.ContainsFunc(common, func(m Message) bool {
			return m.Role == RoleUser && strings.TrimSpace(m.Content) == strings.TrimSpace(prompt[i].Content)
		}) {
			return Row{}, errors.New("the prompt is not in the common beginning of the two conversations")
		}
		if n > 0 && len(prompt) > 0 && prompt[0].Role == RoleSystem && common[0].Role != RoleSystem {
			common = append([]Message{prompt[0]}, common...)
		}
		prompt, chosen, rejected = common, chosen[n:], rejected[n:]
	}
	return Row{Prompt: prompt, Chosen: chosen, Rejected: rejected}, nil
}

// answer reads an answer, or a conversation that ends with it: a text, a
// message, a list of messages, or a conversation written as one text.
func (c column) answer() ([]Message, error) {
	switch {
	case len(c.raw) > 0 && c.raw[0] == '[':
		return c.messages(nil)
	case len(c.raw) > 0 && c.raw[0] == '{':
		m, err := parseMessage(c.raw)
		return []Message{m}, err
	}
	s, err := c.string()
	if err != nil {
		return nil, err
	}
	if turns, ok := transcript(s); ok {
		return turns, nil
	}
	return []Message{{RoleAssistant, s}}, nil
}

// transcript reads a conversation in one text, as Anthropic's HH data has it:
// "Human: …", an empty line, "Assistant: …". An empty last turn, which asks
// for the answer, is left out.
func transcript(s string) ([]Message, bool) {
	const human, assistant = "\n\nHuman:", "\n\nAssistant:"
	s = "\n\n" + strings.TrimSpace(s)
	if !strings.HasPrefix(s, human) {
		return nil, false
	}
	var turns []Message
	for s != "" {
		m := Message{Role: RoleUser}
		if rest, ok := strings.CutPrefix(s, assistant); ok {
			m.Role, s = RoleAssistant, rest
		} else {
			s = strings.TrimPrefix(s, human)
		}
		end := len(s)
		for _, mark := range []string{human, assistant} {
			if i := strings.Index(s, mark); i >= 0 {
				end = min(end, i)
			}
		}
		m.Content, s = strings.TrimSpace(s[:end]), s[end:]
		turns = append(turns, m)
	}
	if last := turns[len(turns)-1]; last.Role == RoleAssistant && last.Content == "" {
		turns = turns[:len(turns)-1]
	}
	return turns, true
}
