package modelscreen

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/training"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
)

func TestParseArg(t *testing.T) {
	for arg, want := range map[string]struct {
		id  string
		tab Tab
	}{"c7f5": {"c7f5", TabChat}, "c7f5#files": {"c7f5", TabFiles}, "c7f5#card": {"c7f5", TabCard}, "c7f5#": {"c7f5", TabChat}, "#x": {"", TabChat}} {
		if id, tab := ParseArg(arg); id != want.id || tab != want.tab {
			t.Errorf("%q: %q %v", arg, id, tab)
		}
	}
}

func TestCanPublish(t *testing.T) {
	m := helper3(t)
	damaged := m
	damaged.Damaged = "manifest.json cannot be read"
	for name, c := range map[string]struct {
		model   lineage.Model
		account common.Address
		why     string
	}{
		"yes": {m, mine, ""}, "no wallet": {m, common.Address{}, "needs a wallet"}, "published": {published(m), mine, "already"}, "damaged": {damaged, mine, "manifest.json cannot be read"},
	} {
		var p Page
		p.Apply(c.model, chain.Profile{Title: "OpenLedger"}, c.account)
		if ok, why := p.CanPublish(); ok != (c.why == "") || !strings.Contains(why, c.why) {
			t.Errorf("%s: %v %q", name, ok, why)
		}
	}
	var p Page
	p.Apply(m, chain.Profile{Title: "OpenLedger"}, mine)
	p.Waiting = true
	if ok, why := p.CanPublish(); ok || !strings.Contains(why, "waits for a block") {
		t.Errorf("while its registration is on its way: %v %q", ok, why)
	}
	p = Page{}
	p.Apply(m, chain.Profile{Title: "x", Dev: true}, mine)
	public, private := p.Public()
	if !strings.Contains(public, "test chain") || !strings.Contains(private, "Shop emails 2025") || strings.Contains(private, "Polite") {
		t.Errorf("%q %q", public, private)
	}
}

func TestChatAsksBothTheSame(t *testing.T) {
	c := &Chatting{State: Open}
	if _, ok := c.Ask("  "); ok {
		t.Error("an empty question is asked")
	}
	one, ok := c.Ask(" Why? ")
	if !ok || len(one.Answers) != 2 {
		t.Fatalf("asked %v %v", one, ok)
	}
	if _, ok := c.Ask("Again?"); ok {
		t.Error("a second question is asked while the first is answered")
	}
	base, model := c.Control(one, Base), c.Control(one, Result)
	if base.Which != "base" || model.Which != "model" || base.Messages[0].Content != "Why?" || !slices.Equal(base.Messages, model.Messages) || base.Seed != model.Seed {
		t.Errorf("asked %v and %v", base, model)
	}
	one.Answers[0].Token("par")
	one.Answers[0].End(protocol.Answer{Text: "part", Tokens: 1, Finish: "cancelled"}, nil)
	one.Answers[1].Token("written so far")
	one.Answers[1].End(protocol.Answer{}, errors.New("gone"))
	if one.Answers[0].Text() != "part" || !strings.Contains(one.Answers[0].Line(), "stopped by you") || one.Answers[1].Text() != "written so far" {
		t.Errorf("%q %q %q", one.Answers[0].Text(), one.Answers[0].Line(), one.Answers[1].Text())
	}
	c.Remember = true
	two, _ := c.Ask("And then?")
	if got := c.Control(two, Base).Messages; len(got) != 3 || got[1].Role != "assistant" || got[1].Content != "part" {
		t.Errorf("the base remembers %v", got)
	}
	if got := c.Control(two, Result).Messages; len(got) != 1 {
		t.Errorf("an answer that failed is remembered: %v", got)
	}
	c.Clear()
	if len(c.Turns()) != 2 {
		t.Error("the chat was cleared while an answer is written")
	}
}

func TestOllama(t *testing.T) {
	c := &Chatting{State: Open}
	c.FoundOllama("", nil, errors.New("refused"))
	if words, command := c.OllamaState(); !strings.Contains(words, "No Ollama server") || command != "ollama serve" {
		t.Errorf("%q %q", words, command)
	}
	c.FoundOllama("0.34.1", nil, nil)
	if _, command := c.OllamaState(); !strings.HasPrefix(command, "ollama pull") {
		t.Errorf("no model: %q", command)
	}
	c.FoundOllama("0.34.1", []ollama.Model{{Name: "qwen3:0.6b"}}, nil)
	c.ChooseThird(1)
	if len(c.Columns()) != 3 || c.AskWords() != "Ask all three" || c.ThirdIndex() != 1 {
		t.Errorf("columns %v", c.Columns())
	}
	c.FoundOllama("", nil, errors.New("stopped"))
	if len(c.Columns()) != 2 {
		t.Error("the third column stays after the server is gone")
	}
}

func TestCard(t *testing.T) {
	got := ParseCard("---\na: b\n---\n\n# Title \\*x\\*\n\nOne\ntwo `three`\n\n- item\n\n| A | B |\n|---|---:|\n| c \\| d | 2 |\n\n```\n# code\n```\n")
	want := []Block{
		{Kind: Literal, Text: "a: b"},
		{Kind: Heading, Level: 1, Text: "Title *x*"},
		{Kind: Paragraph, Text: "One two three"},
		{Kind: Item, Text: "item"},
		{Kind: Literal, Text: "A       B\nc | d   2"},
		{Kind: Literal, Text: "# code"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %#v", got)
	}
}

func FuzzCard(f *testing.F) {
	for _, s := range []string{"---", "```\n", "| a |\n|b", "# \\", "---\nx\n---\n- y\n\n|\\||"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range ParseCard(s) {
			if b.Kind == Heading && b.Level < 1 {
				t.Errorf("%q: heading of level %d", s, b.Level)
			}
		}
	})
}

func TestExportFolder(t *testing.T) {
	for name, want := range map[string]string{"Bike helper 3": "bike-helper-3-c7f5aa11", "../../etc": "etc-c7f5aa11", "Ω": "model-c7f5aa11", "a / b": "a-b-c7f5aa11"} {
		if got := ExportFolder(lineage.Model{Name: name, Digest: digest}, training.ExportFormat{Name: "gguf:f16"}); got != want+"-gguf-f16" {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestListSorts(t *testing.T) {
	a, b := helper3(t), helper3(t)
	b.Digest, b.Name, b.Created, b.Metrics.EvalLoss = "b", "Alpine", clock().AddDate(0, -1, 0), nil
	l := &List{Now: clock}
	l.Apply([]lineage.Model{b, a}, nil)
	if l.At(0).Name != "Bike helper 3" {
		t.Error("the newest is not on top")
	}
	l.SortBy("name")
	if l.At(0).Name != "Alpine" || l.Row("b") != 0 || l.Row("x") != -1 {
		t.Error("not sorted by name")
	}
	l.SortBy("loss")
	if l.At(0).Name != "Bike helper 3" || EvalText(l.At(1)) != "–" {
		t.Error("a model without eval loss sorts before one with")
	}
	l.Apply(nil, errors.New("disk"))
	if l.Count() != 2 {
		t.Error("an error takes the list away")
	}
}
