package walletscreen

import (
	"context"
	"fmt"

	"fyne.io/fyne/v2"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/task"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// formWidth is how wide the forms of the setup are.
const formWidth = 560

// laySetup lays out the step on the way to a wallet.
func (p *page) laySetup() {
	p.form = nil
	switch p.setup.Step {
	case Create:
		p.layCreate()
	case Import:
		p.layImport()
	case ShowWords:
		p.layWords()
	case AskBack:
		p.layAsk()
	default:
		p.layChoose()
	}
}

// column puts parts into one centred card.
func (p *page) column(parts ...fyne.CanvasObject) {
	p.body.Add(widgets.Pad(24, 0, 0, 0, widgets.Row(0, widgets.Spacer(), widgets.Fixed(formWidth, 0, widgets.NewCard(12, parts...)), widgets.Spacer())))
}

func (p *page) layChoose() {
	p.column(
		widgets.Row(10, widgets.NewIcon(icons.Wallet, 22, theme.Primary), widgets.NewText("There is no wallet yet", widgets.Title)),
		widgets.NewWrapped("A wallet signs what you publish and pays for licences. Training and chatting work without one.", widgets.Body),
		widgets.NewWrapped("Its keys come from recovery words that only you have. They are sealed with a password on this computer; nobody can bring them back for you.", widgets.Caption),
		widgets.Row(8,
			widgets.NewButton("Create a wallet", func() { p.setup.Step = Create; p.refresh() }).Primary().Icon(icons.Plus),
			widgets.NewButton("Import words", func() { p.setup.Step = Import; p.refresh() }).Icon(icons.Download)),
		p.devNote(),
	)
}

// devNote says what the first account gets.
func (p *page) devNote() fyne.CanvasObject {
	if p.svc.Network().Dev {
		return widgets.NewNote(widgets.Neutral, icons.Info, "On the development chain of this computer the first account gets 1,000 test OPEN by itself. Test OPEN is worth nothing.")
	}
	return widgets.Spacer()
}

// passwords are the two fields of a new password.
func (p *page) passwords() (first, second *widgets.Entry, box fyne.CanvasObject) {
	first, second = widgets.NewPassword("8 characters or more"), widgets.NewPassword("The same again")
	changed := func(string) { p.setup.Password(first.Text, second.Text); p.form() }
	first.OnChanged, second.OnChanged = changed, changed
	return first, second, widgets.Split(0.5,
		widgets.NewFormField("Password for this computer", first, "Asked when the wallet is opened."),
		widgets.NewFormField("Once more", second, ""))
}

// goRow is the row of buttons under a form.
func (p *page) goRow(words string, act func()) (row fyne.CanvasObject, show func()) {
	button := widgets.NewButton(words, act).Primary()
	back := widgets.NewButton("Back", p.again)
	why := widgets.NewText("", widgets.Caption)
	return widgets.Row(8, back, widgets.Spacer(), why, button), func() {
		on, reason := p.setup.CanGo()
		button.SetEnabled(on, reason)
		back.SetEnabled(!p.setup.Busy, "The key is being made.")
		why.SetText(reason)
	}
}

// statusRow shows that a key is being made, or what went wrong.
func (p *page) statusRow() (box *fyne.Container, show func()) {
	box = widgets.VBox(0)
	return box, func() {
		box.Objects = nil
		switch {
		case p.setup.Busy:
			row := widgets.NewProgressRow(nil)
			row.Set("Sealing the key", -1, "about a second")
			box.Add(row)
		case p.setup.Err != nil:
			box.Add(errorNote(p.setup.Err))
		}
		setVisible(box, len(box.Objects) > 0)
	}
}

func (p *page) layCreate() {
	_, _, fields := p.passwords()
	status, showStatus := p.statusRow()
	row, showRow := p.goRow("Create the wallet", p.create)
	selected := 0
	if p.setup.Count == 24 {
		selected = 1
	}
	p.column(widgets.NewText("Create a wallet", widgets.Title), fields,
		widgets.NewText("Recovery words", widgets.Label),
		widgets.NewRadioGroup([]widgets.RadioItem{{Label: "12 words", Detail: "enough for anyone"}, {Label: "24 words", Detail: "as some hardware wallets want them"}}, selected, func(i int) { p.setup.Count = 12 + 12*i }),
		status, row)
	p.form = func() { showStatus(); showRow(); p.body.Refresh() }
}

func (p *page) create() {
	password, _, ok := p.setup.Go()
	if !ok {
		return
	}
	p.refresh()
	s, count := p.setup, p.setup.Count
	task.Run(p.runner, func(ctx context.Context) ([]string, error) { return p.svc.CreateWallet(ctx, password, count) }, func(words []string, err error) {
		s.Created(words, err)
		if err != nil {
			p.drawn = -1 // the fields are empty again
		}
		p.look()
		p.refresh()
	})
}

func (p *page) layImport() {
	words := widgets.NewTextArea("word one, word two, …", 3)
	field := widgets.NewFormField("Recovery words", words, "12 to 24 English words in their order, with spaces between them.")
	words.OnChanged = func(text string) { p.setup.Typed(text); field.SetError(p.setup.WordsProblem()); p.form() }
	_, _, fields := p.passwords()
	status, showStatus := p.statusRow()
	row, showRow := p.goRow("Import the wallet", p.importWords)
	p.column(widgets.NewText("Import words", widgets.Title),
		widgets.NewNote(widgets.Caution, icons.EyeOff, "Whoever sees these words has everything in the wallet. Look around for eyes and cameras, and type them only here."),
		field, fields, status, row)
	p.form = func() { showStatus(); showRow(); p.body.Refresh() }
}

func (p *page) importWords() {
	password, words, ok := p.setup.Go()
	if !ok {
		return
	}
	p.refresh()
	s := p.setup
	task.Do(p.runner, func(ctx context.Context) error { return p.svc.ImportWallet(ctx, password, words, 1) }, func(err error) {
		clear(words)
		s.Imported(err)
		if err != nil {
			p.drawn = -1
		}
		p.look()
		p.refresh()
	})
}

// wordGrid shows recovery words with their numbers, three in a row.
func wordGrid(words []string) fyne.CanvasObject {
	grid := widgets.VBox(8)
	for i := 0; i < len(words); i += 3 {
		row := widgets.StretchRow(8)
		for j := i; j < min(i+3, len(words)); j++ {
			cell := widgets.Row(8, widgets.Fixed(22, 0, widgets.NewText(fmt.Sprint(j+1), widgets.Hint.Right())), widgets.NewText(words[j], widgets.Strong))
			row.Add(widgets.Grow(widgets.Layers(widgets.NewFrame(theme.Sunken, theme.Line, theme.RadiusControl), widgets.Pad(8, 10, 8, 8, cell))))
		}
		grid.Add(row)
	}
	return grid
}

func (p *page) layWords() {
	p.column(widgets.NewText("Write these words down", widgets.Title),
		widgets.NewWrapped("They are shown once. On paper, in this order: with them you have your wallet back on any computer, and so has everybody else who reads them.", widgets.Body),
		widgets.NewNote(widgets.Caution, icons.EyeOff, "Look around for eyes and cameras. Take no photo and keep no copy in a file."),
		wordGrid(p.setup.Words()),
		widgets.Row(8, widgets.NewButton("Later", p.later).Tip("The wallet works; Home reminds you until the words are checked"), widgets.Spacer(),
			widgets.NewButton("I wrote them down", func() { p.setup.Ask(); p.refresh() }).Primary()))
}

// later puts the check off.
func (p *page) later() {
	p.setup.Finish()
	p.frame.Toast("The words are not checked yet; Wallet keeps asking")
	p.goOn()
}

// goOn leads to the review that waited for the wallet, or to the wallet.
func (p *page) goOn() {
	if p.next != "" {
		p.frame.Replace(nav.Route{Page: nav.PageReview, Arg: p.next})
		return
	}
	p.look()
	p.refresh()
}

func (p *page) layAsk() {
	parts := []fyne.CanvasObject{
		widgets.NewText("Check what you wrote", widgets.Title),
		widgets.NewWrapped("Three of the words are asked back, so that a slip is found while it can still be mended.", widgets.Body),
	}
	done := widgets.NewButton("Check", p.check).Primary()
	problem := widgets.VBox(0)
	row := widgets.StretchRow(12)
	for _, position := range p.setup.Asked() {
		entry := widgets.NewEntry("")
		entry.OnChanged = func(text string) { p.setup.Answer(position, text); p.form() }
		entry.OnSubmitted = func(string) { p.check() }
		row.Add(widgets.Grow(widgets.NewFormField(fmt.Sprintf("Word %d", position), entry, "")))
	}
	parts = append(parts, row, problem, widgets.Row(8, widgets.NewButton("Later", p.later), widgets.Spacer(), done))
	p.column(parts...)
	p.form = func() {
		_, _, ok := p.setup.Answered()
		done.SetEnabled(ok && !p.setup.Busy, "Type all three words.")
		problem.Objects = nil
		if p.setup.Err != nil {
			problem.Add(errorNote(p.setup.Err))
		}
		setVisible(problem, p.setup.Err != nil)
		p.body.Refresh()
	}
}

func (p *page) check() {
	positions, words, ok := p.setup.Answered()
	if !ok || p.setup.Busy {
		return
	}
	s := p.setup
	s.Busy = true
	task.Do(p.runner, func(context.Context) error { return p.svc.CheckBackup(positions, words) }, func(err error) {
		s.Busy = false
		s.Checked(err)
		if err != nil {
			p.look()
			p.refresh()
			return
		}
		p.frame.Toast("The words are right")
		p.goOn()
	})
}
