package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// shape is a known set of columns and what they mean.
type shape struct {
	format Format
	need   []string          // columns that must be there
	uses   map[string]string // their use, and that of optional companions
}

// shapes are tried in order; the first whose needed columns are all there
// wins. Names compare without case.
var shapes = []shape{
	preference("prompt"),
	preference("question"),
	preference("query"),
	preference("instruction", "input", "context"),
	preference("input"),
	{FormatPreference, []string{"conversations", "chosen", "rejected"}, map[string]string{"conversations": UseMessages, "chosen": UseChosen, "rejected": UseRejected, "system": UseSystem}},
	{FormatPreference, []string{"chosen", "rejected"}, map[string]string{"chosen": UseChosen, "rejected": UseRejected, "system": UseSystem}},
	{FormatMessages, []string{"messages"}, map[string]string{"messages": UseMessages}},
	{FormatShareGPT, []string{"conversations"}, map[string]string{"conversations": UseMessages, "system": UseSystem}},
	{FormatShareGPT, []string{"conversation"}, map[string]string{"conversation": UseMessages, "system": UseSystem}},
	{FormatAlpaca, []string{"instruction", "output"}, alpacaUses},
	{FormatAlpaca, []string{"instruction", "response"}, alpacaUses},
	{FormatPrompt, []string{"prompt", "completion"}, promptUses},
	{FormatPrompt, []string{"prompt", "response"}, promptUses},
	{FormatPrompt, []string{"prompt", "answer"}, promptUses},
	{FormatPrompt, []string{"prompt", "output"}, promptUses},
	{FormatPrompt, []string{"question", "answer"}, promptUses},
	{FormatPrompt, []string{"question", "response"}, promptUses},
	{FormatPrompt, []string{"query", "response"}, promptUses},
	{FormatPrompt, []string{"query", "answer"}, promptUses},
	{FormatPrompt, []string{"input", "output"}, promptUses},
	{FormatPrompt, []string{"user", "assistant"}, promptUses},
	{FormatPrompt, []string{"user", "bot"}, promptUses},
	{FormatText, []string{"text"}, map[string]string{"text": UseText}},
}

// preference is a question beside the answers chosen and rejected.
func preference(question string, contexts ...string) shape {
	uses := map[string]string{question: UseUser, "chosen": UseChosen, "rejected": UseRejected, "system": UseSystem, "history": UseHistory}
	for _, c := range contexts {
		uses[c] = UseContext
	}
	return shape{FormatPreference, []string{question, "chosen", "rejected"}, uses}
}

var alpacaUses = map[string]string{
	"instruction": UseUser, "input": UseContext, "context": UseContext, "output": UseAssistant, "response": UseAssistant,
	"system": UseSystem, "history": UseHistory,
}

var promptUses = map[string]string{
	"prompt": UseUser, "question": UseUser, "query": UseUser, "input": UseUser, "user": UseUser, "context": UseContext,
	"completion": UseAssistant, "response": UseAssistant, "answer": UseAssistant, "output": UseAssistant, "assistant": UseAssistant, "bot": UseAssistant,
	"system": UseSystem,
}

// Uses are the uses a column can have in a mapping, for a list to choose from.
func Uses() []string {
	return []string{UseUser, UseAssistant, UseSystem, UseContext, UseHistory, UseMessages, UseChosen, UseRejected, UseText, UseNone}
}

// plan is how the columns of a file become rows.
type plan struct {
	format  Format
	mapping map[string]string
	why     string
}

// choosePlan settles format and mapping from the columns that were seen.
func choosePlan(kind Format, columns []string, opt ImportOptions) (plan, error) {
	if len(opt.Mapping) > 0 {
		return mappedPlan(kind, columns, opt.Mapping)
	}
	have := map[string]string{}
	for _, c := range columns {
		if key := strings.ToLower(c); have[key] == "" {
			have[key] = c
		}
	}
	for _, s := range shapes {
		if opt.Format != "" && kind == "" && s.format != opt.Format {
			continue
		}
		if slices.ContainsFunc(s.need, func(n string) bool { return have[n] == "" }) {
			continue
		}
		p := plan{format: s.format, mapping: map[string]string{}, why: "columns " + strings.Join(s.need, " and ")}
		taken := map[string]bool{}
		for _, n := range s.need {
			p.mapping[have[n]] = s.uses[n]
			taken[s.uses[n]] = true
		}
		for name, use := range s.uses { // optional companions, one for each use
			if have[name] != "" && !taken[use] {
				p.mapping[have[name]] = use
				if use != UseContext {
					taken[use] = true
				}
			}
		}
		if kind != "" {
			p.format = kind
		}
		return p, nil
	}
	names := make([]string, 0, len(columns))
	for _, c := range columns[:min(len(columns), 12)] {
		names = append(names, quote(c))
	}
	what := "the columns " + strings.Join(names, ", ") + " are not known"
	if opt.Format != "" && kind == "" {
		what = fmt.Sprintf("the rows are not %s: their columns are %s", opt.Format, strings.Join(names, ", "))
	}
	return plan{}, &Error{Kind: KindUsage, Message: what, Next: "Say which column is the question and which the answer, for example --map question=user --map reply=assistant.", Err: nil}
}

func mappedPlan(kind Format, columns []string, mapping map[string]string) (plan, error) {
	p := plan{format: kind, mapping: map[string]string{}, why: "the mapping given"}
	if kind == "" {
		p.format = FormatColumns
	}
	uses := map[string]bool{}
	for c, use := range mapping {
		if !slices.Contains(columns, c) {
			return p, usage("The columns are: "+shorten(strings.Join(columns, ", "))+".", "there is no column %s", quote(c))
		}
		if !slices.Contains(Uses(), use) {
			return p, usage("Use one of "+strings.Join(Uses(), ", ")+".", "%s is no use of a column", quote(use))
		}
		if use != UseNone {
			p.mapping[c] = use
			uses[use] = true
		}
	}
	switch {
	case uses[UseText] && len(uses) > 1:
		return p, usage("Map one column to text, or columns to user and assistant.", "text is mixed with chat columns")
	case uses[UseChosen] != uses[UseRejected]:
		return p, usage("Map one column to chosen and one to rejected; to learn the chosen answers alone, map theirs to assistant.", "the mapping has only one of two answers")
	case uses[UseChosen] && uses[UseAssistant]:
		return p, usage("Map the answers to chosen and rejected, or one to assistant.", "an answer stands beside the chosen and the rejected one")
	case uses[UseChosen]:
	case !uses[UseText] && !uses[UseMessages] && !(uses[UseUser] && uses[UseAssistant]):
		return p, usage("Map one column to user and one to assistant, or one to messages, or one to text.", "the mapping has no question or no answer")
	}
	return p, nil
}

// row makes a row of a record's columns.
func (p plan) row(cols []column) (Row, error) {
	var system string
	var history, chat, answer, chosen, rejected []Message
	var question, contexts []string
	var row Row
	known := false
	for _, c := range cols {
		use, ok := p.mapping[c.name]
		if !ok {
			continue
		}
		known = true
		var err error
		switch use {
		case UseMessages:
			chat, err = c.messages(chat)
		case UseHistory:
			history, err = c.history()
		case UseUser, UseAssistant:
			err = c.turn(use, &chat, &answer, &question)
		case UseChosen:
			chosen, err = c.answer()
		case UseRejected:
			rejected, err = c.answer()
		default:
			var s string
			if s, err = c.string(); err != nil {
				break
			}
			switch use {
			case UseSystem:
				system = s
			case UseContext:
				contexts = append(contexts, s)
			case UseText:
				row.Text += s
			}
		}
		if err != nil {
			return Row{}, fmt.Errorf("column %s: %w", quote(c.name), err)
		}
	}
	if !known && len(cols) > 0 {
		return Row{}, fmt.Errorf("the row is not %s as the others: its columns are %s", p.format, columnNames(cols))
	}
	var msgs []Message
	if strings.TrimSpace(system) != "" {
		msgs = append(msgs, Message{RoleSystem, system})
	}
	msgs = append(append(msgs, history...), chat...)
	if q := joinNonEmpty(append(question, contexts...)); len(question) > 0 {
		msgs = append(msgs, Message{RoleUser, q})
	}
	if len(chosen)+len(rejected) > 0 {
		var err error
		if row, err = preferenceOf(msgs, chosen, rejected); err != nil {
			return Row{}, err
		}
	} else {
		row.Messages = append(msgs, answer...)
	}
	if err := row.Check(); err != nil {
		return Row{}, err
	}
	return row, nil
}

// columnNames are the first names of a record's columns.
func columnNames(cols []column) string {
	var names []string
	for _, c := range cols[:min(len(cols), 5)] {
		names = append(names, quote(c.name))
	}
	return strings.Join(names, ", ")
}

// turn reads a question or an answer: a text, or a list of messages as TRL
// writes conversational prompts.
func (c column) turn(use string, chat, answer *[]Message, question *[]string) error {
	if len(c.raw) > 0 && c.raw[0] == '[' {
		list, err := c.messages(nil)
		if use == UseUser {
			*chat = append(*chat, list...)
		} else {
			*answer = append(*answer, list...)
		}
		return err
	}
	s, err := c.string()
	if use == UseUser {
		*question = append(*question, s)
	} else {
		*answer = append(*answer, Message{RoleAssistant, s})
	}
	return err
}

func joinNonEmpty(parts []string) string {
	var kept []string
	for _, p := range parts {
		if strings.TrimSpace(p) != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n\n")
}

// string reads a text; numbers and true or false count as written, null as
// empty.
func (c column) string() (string, error) {
	if c.raw == nil {
		return c.text, nil
	}
	switch c.raw[0] {
	case '"':
		return decodeString(c.raw)
	case 'n':
		return "", nil
	case '{', '[':
		return "", errors.New("a text is expected, not a list or an object")
	}
	return string(c.raw), nil
}

// messages appends a list of turns, written with role and content or with
// from and value.
func (c column) messages(to []Message) ([]Message, error) {
	raw := c.raw
	if raw == nil { // a table cell may hold the list as JSON
		cols, err := parseObject([]byte(`{"list":` + c.text + `}`))
		if err != nil || len(cols) != 1 {
			return nil, errors.New("a list of messages is expected")
		}
		raw = cols[0].raw
	}
	if raw[0] != '[' {
		return nil, errors.New("a list of messages is expected")
	}
	err := splitArray(raw, func(el []byte) error {
		m, err := parseMessage(el)
		to = append(to, m)
		return err
	})
	return to, err
}

func parseMessage(raw []byte) (Message, error) {
	if raw[0] != '{' {
		return Message{}, errors.New("a message is not an object")
	}
	cols, err := splitObject(raw)
	if err != nil {
		return Message{}, err
	}
	var role, content column
	for _, c := range cols {
		switch c.name {
		case "role", "from":
			role = c
		case "content", "value":
			content = c
		case "tool_calls", "function_call":
			if !bytes.Equal(c.raw, []byte("null")) && !bytes.Equal(c.raw, []byte("[]")) {
				return Message{}, errors.New("calls of tools cannot be learnt yet")
			}
		}
	}
	if role.raw == nil || content.raw == nil {
		return Message{}, errors.New("a message needs role and content, or from and value")
	}
	name, err := role.string()
	if err != nil {
		return Message{}, err
	}
	m := Message{}
	if m.Role, err = roleOf(name); err != nil {
		return m, err
	}
	m.Content, err = contentOf(content)
	return m, err
}

// roleOf gives the usual names of speakers their normal form.
func roleOf(name string) (string, error) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "user", "human", "customer", "prompter":
		return RoleUser, nil
	case "assistant", "gpt", "bot", "model", "chatgpt", "bing", "bard", "ai":
		return RoleAssistant, nil
	case "system", "developer":
		return RoleSystem, nil
	case "tool", "function", "function_call", "observation":
		return "", errors.New("calls of tools cannot be learnt yet")
	}
	return "", fmt.Errorf("unknown role %s", quote(name))
}

// contentOf reads a message's text, or the texts of OpenAI's list of parts.
func contentOf(c column) (string, error) {
	if c.raw[0] != '[' {
		return c.string()
	}
	var b strings.Builder
	err := splitArray(c.raw, func(part []byte) error {
		if part[0] != '{' {
			return errors.New("a part of a message is not an object")
		}
		cols, err := splitObject(part)
		if err != nil {
			return err
		}
		var kind, text string
		for _, p := range cols {
			switch p.name {
			case "type":
				kind, err = p.string()
			case "text":
				text, err = p.string()
			}
			if err != nil {
				return err
			}
		}
		if kind != "text" {
			return fmt.Errorf("a message holds %s; only text can be learnt", quote(kind))
		}
		b.WriteString(text)
		return nil
	})
	return b.String(), err
}

// history reads earlier turns as Alpaca files have them: a list of
// [question, answer].
func (c column) history() ([]Message, error) {
	if c.raw == nil && strings.TrimSpace(c.text) == "" || len(c.raw) > 0 && c.raw[0] == 'n' {
		return nil, nil
	}
	if c.raw == nil || c.raw[0] != '[' {
		return nil, errors.New("a list of [question, answer] is expected")
	}
	var msgs []Message
	err := splitArray(c.raw, func(pair []byte) error {
		if pair[0] != '[' {
			return errors.New("a list of [question, answer] is expected")
		}
		role := RoleUser
		n := 0
		err := splitArray(pair, func(el []byte) error {
			s, err := column{raw: el}.string()
			msgs = append(msgs, Message{role, s})
			role = RoleAssistant
			n++
			return err
		})
		if err == nil && n != 2 {
			err = errors.New("a list of [question, answer] is expected")
		}
		return err
	})
	return msgs, err
}
