package modelscreen

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/training/protocol"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/notice"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// chatPart is the chat of a model's page: the turns, and the composer under
// them.
type chatPart struct {
	page  *modelPage
	model *Chatting
	chat  Chat   // open, or nil
	open  func() // cancels opening
	stops []func()

	box    *fyne.Container
	heads  *fyne.Container
	turns  *fyne.Container
	scroll *widgets.Scroll
	state  *fyne.Container // loading, or why not
	entry  *widgets.Entry
	ask    *widgets.Button
	stop   *widgets.Button
	cards  []*answerCard
}

// answerCard shows one answer.
type answerCard struct {
	answer *Answer
	text   *widgets.Wrapped
	line   *widgets.Text
	error  *fyne.Container
	stop   *widgets.Link
	copy   *widgets.Button
}

func newChatPart(p *modelPage) *chatPart {
	c := &chatPart{page: p, model: &Chatting{}, heads: widgets.StretchRow(12), turns: widgets.VBox(8), state: widgets.VBox(8)}
	c.entry = widgets.NewEntry("Ask both the same question")
	c.entry.OnSubmitted = func(string) { c.askNow() }
	c.entry.OnChanged = func(string) { c.showButtons() }
	heat := widgets.NewSelect(TemperatureWords(), func(i int) { c.model.Temperature = Temperatures[i] }).Tip("0 gives the same answer each time; more gives other words each time")
	heat.SetSelected(0)
	heat.Small()
	remember := widgets.NewCheck("Remember earlier turns", func(on bool) { c.model.Remember = on }).Tip("Off: each question stands alone. On: each column goes on from its own answers.")
	c.ask = widgets.NewButton("Ask both", c.askNow).Primary().Icon(icons.ArrowRight).Key(nav.Hint(nav.KeyEnter))
	c.stop = widgets.NewButton("Stop", c.stopAll).Icon(icons.Stop)
	c.scroll = widgets.NewScroll(widgets.Pad(4, 4, 8, 0, widgets.VBox(8, c.state, c.turns)))
	composer := widgets.VBox(6,
		widgets.Row(8, widgets.Grow(c.entry), c.stop, c.ask),
		widgets.Row(12, heat, remember, widgets.Spacer(), widgets.NewLink("Clear", func() { c.model.Clear(); c.rebuild() }).Small()))
	c.box = widgets.VBox(8, c.heads, widgets.Grow(c.scroll), composer)
	return c
}

// enter loads the model when the chat comes to the front.
func (c *chatPart) enter() {
	if c.model.State == Unloaded || c.model.State == Failed {
		c.load()
	}
	c.lookForOllama()
	c.rebuild()
}

func (c *chatPart) load() {
	m := c.page.model.Model()
	if m.Damaged != "" {
		return
	}
	c.model.State, c.model.Problem = Opening, nil
	me := c.model
	opened := false
	cancel := task.Run(c.page.runner, func(ctx context.Context) (Chat, error) { return c.page.svc.OpenChat(ctx, m) }, func(chat Chat, err error) {
		opened = true
		if c.model != me || c.model.State != Opening { // left meanwhile
			if err == nil {
				task.Do(c.page.runner, func(context.Context) error { chat.Close(); return nil }, nil)
			}
			return
		}
		c.open = nil
		c.model.State, c.model.Problem, c.chat = Open, err, chat
		if err != nil {
			c.model.State, c.chat = Failed, nil
		}
		c.rebuild()
	})
	if !opened {
		c.open = cancel
	}
}

// leave stops the answers and lets the memory go. What was said stays.
func (c *chatPart) leave() {
	c.stopAll()
	if c.open != nil {
		c.open()
		c.open = nil
	}
	if chat := c.chat; chat != nil {
		c.chat = nil
		task.Do(c.page.runner, func(context.Context) error { chat.Close(); return nil }, nil)
	}
	c.model.State = Unloaded
}

// reset is another model.
func (c *chatPart) reset() {
	c.leave()
	old := c.model
	c.model = &Chatting{Temperature: old.Temperature, Remember: old.Remember}
	c.rebuild()
}

func (c *chatPart) lookForOllama() {
	me := c.model
	type found struct {
		version string
		models  []ollama.Model
	}
	task.Run(c.page.runner, func(ctx context.Context) (found, error) {
		server, err := c.page.svc.Ollama()
		if err != nil {
			return found{}, err
		}
		v, err := server.Version(ctx)
		if err != nil {
			return found{}, err
		}
		models, err := server.Models(ctx)
		return found{v, models}, err
	}, func(f found, err error) {
		if c.model == me {
			c.model.FoundOllama(f.version, f.models, err)
			c.page.refresh()
		}
	})
}

func (c *chatPart) askNow() {
	t, ok := c.model.Ask(c.entry.Text)
	if !ok {
		return
	}
	c.entry.SetText("")
	me, chat, third := c.model, c.chat, c.model.ThirdName()
	c.rebuild()
	c.stops = nil
	for _, a := range t.Answers {
		ask := me.Control(t, a.Column)
		show := task.Progress(c.page.runner, func(int64, int64) {
			if c.model == me && !a.Done {
				c.showAnswers()
			}
		})
		token := func(text string) { a.Token(text); show(0, 0) }
		cancel := task.Run(c.page.runner, func(ctx context.Context) (protocol.Answer, error) {
			if a.Column != Third {
				return chat.Ask(ctx, ask, token)
			}
			server, err := c.page.svc.Ollama()
			if err != nil {
				return protocol.Answer{}, err
			}
			return server.Chat(ctx, third, ask, token)
		}, func(whole protocol.Answer, err error) {
			a.End(whole, err)
			if c.model == me {
				c.showAnswers()
				c.showButtons()
			}
		})
		c.stops = append(c.stops, cancel)
	}
	c.showButtons()
}

func (c *chatPart) stopAll() {
	for _, stop := range c.stops {
		stop()
	}
}

// rebuild lays the turns out anew: a question came, or the columns changed.
func (c *chatPart) rebuild() {
	c.turns.Objects, c.cards = nil, nil
	for _, t := range c.model.Turns() {
		bubble := widgets.Hug(24, t.Question, widgets.Layers(widgets.NewFill(theme.Track, theme.RadiusControl), widgets.Pad(5, 12, 5, 12, widgets.NewWrapped(t.Question, widgets.Body))))
		row := widgets.StretchRow(12)
		for _, a := range t.Answers {
			row.Add(widgets.Grow(c.newAnswer(a)))
		}
		c.turns.Add(bubble)
		c.turns.Add(row)
	}
	c.entry.SetPlaceHolder(c.model.AskWords() + " the same question")
	c.layHeads()
	c.layState()
	c.showAnswers()
	c.showButtons()
	c.box.Refresh()
	c.scroll.ScrollToBottom()
}

func (c *chatPart) newAnswer(a *Answer) fyne.CanvasObject {
	card := &answerCard{answer: a, text: widgets.NewWrapped("", widgets.Body), line: widgets.NewText("", widgets.Caption).Elide(), error: widgets.VBox(0)}
	card.stop = widgets.NewLink("Stop", c.stopAll).Small()
	card.copy = widgets.NewIconButton(icons.Copy, "Copy the answer", func() { c.page.frame.Copy(a.Text()); c.page.frame.Toast("Copied") }).Small().Ghost()
	c.cards = append(c.cards, card)
	foot := widgets.Row(8, widgets.Grow(card.line), card.stop, card.copy)
	edge := theme.Line
	if a.Column == Result {
		edge = theme.Primary
	}
	return widgets.Layers(widgets.NewFrame(theme.Surface, edge, theme.RadiusCard), widgets.Pad(9, 13, 7, 13, widgets.VBox(4, card.text, card.error, widgets.Spacer(), foot)))
}

// showAnswers copies the answers into their cards.
func (c *chatPart) showAnswers() {
	follow := c.scroll.AtBottom()
	for _, card := range c.cards {
		a := card.answer
		text := a.Text()
		if strings.TrimSpace(text) == "" && a.Done && a.Err == nil {
			text = "It wrote nothing that can be read."
		}
		card.text.SetText(text)
		setVisible(card.text, text != "")
		card.line.SetText(a.Line())
		setVisible(card.stop, !a.Done)
		setVisible(card.copy, a.Done && a.Text() != "")
		if a.Err != nil && len(card.error.Objects) == 0 {
			card.error.Objects = []fyne.CanvasObject{widgets.NewNote(widgets.Failed, icons.Error, notice.Line(a.Err))}
		}
		setVisible(card.error, a.Err != nil)
	}
	c.turns.Refresh()
	c.scroll.Refresh()
	if follow {
		c.scroll.ScrollToBottom()
	}
}

func (c *chatPart) layHeads() {
	m := c.page.model
	c.heads.Objects = nil
	for _, col := range c.model.Columns() {
		var name, sub *widgets.Text
		switch col {
		case Base:
			name, sub = widgets.NewText("Base", widgets.Strong), widgets.NewText(BaseName(m.Model()), widgets.Caption).Elide()
		case Result:
			name, sub = widgets.NewText(m.Title(), widgets.Strong.In(theme.Primary)), widgets.NewText("adapter on the same base, "+widgets.Bytes(m.AdapterBytes()), widgets.Caption).Elide()
		default:
			name, sub = widgets.NewText("Ollama", widgets.Strong), widgets.NewText(c.model.ThirdName(), widgets.Caption).Elide()
		}
		c.heads.Add(widgets.Grow(widgets.Row(8, name, widgets.Grow(sub))))
	}
	c.heads.Refresh()
}

// layState says how loading stands, or invites the first question.
func (c *chatPart) layState() {
	c.state.Objects = nil
	m := c.page.model.Model()
	switch {
	case m.Damaged != "":
		c.state.Add(widgets.NewErrorCard(widgets.Failure{Title: "This model cannot be loaded.", What: m.Damaged, Next: "Verify it on its lineage page to see which file differs."}))
	case c.model.State == Opening:
		row := widgets.NewProgressRow(nil)
		row.Set("Reading base and model", -1, "a few seconds; they stay in memory while this page is open")
		c.state.Add(widgets.NewCard(0, row))
	case c.model.State == Failed:
		c.state.Add(widgets.NewErrorCard(notice.Explain(c.model.Problem, "The model itself is as it was."), widgets.NewButton("Try again", func() { c.load(); c.rebuild() })))
	case c.model.State == Open && len(c.model.Turns()) == 0:
		c.state.Add(widgets.NewNote(widgets.Neutral, icons.Chat, "Ask something the data teaches. Base and result get the same question and answer side by side, so you see what training changed."))
	}
	setVisible(c.state, len(c.state.Objects) > 0)
}

func (c *chatPart) showButtons() {
	ok, why := c.model.CanAsk(c.entry.Text)
	if strings.TrimSpace(c.entry.Text) == "" && c.model.State == Open && !c.model.Busy() {
		why = "Type a question first."
	}
	c.ask.SetText(c.model.AskWords())
	c.ask.SetEnabled(ok, why)
	setVisible(c.stop, c.model.Busy())
	c.box.Refresh()
}
