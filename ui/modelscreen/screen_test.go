package modelscreen

import (
	"errors"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/training/ollama"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/theme"
	"github.com/modelfactory/modelfactory/ui/uitest"
)

func open(t *testing.T, f *uitest.Frame, svc Services, arg string) *modelPage {
	t.Helper()
	p := newModelPage(f, svc, f.Clock)
	f.Show(p, arg)
	return p
}

const question = "My brakes squeal in the rain. What do I do?"

func ask(f *uitest.Frame, p *modelPage, text string) {
	p.chat.entry.SetText(text)
	f.Tap(p.chat.model.AskWords())
}

func TestList(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio()
		f.Show(newListPage(f, svc, f.Clock, clock), "")
		f.Says("No models yet", "New run")
		f.Picture("models-empty")
		broken := helper3(t)
		broken.Digest, broken.Name, broken.Damaged = "d", "Touring helper", "adapter_config.json is missing"
		two := published(helper3(t))
		two.Digest, two.Name = "e", "Bike helper 2"
		svc.models = append(svc.models, helper3(t), two, broken)
		p := newListPage(f, svc, f.Clock, clock)
		f.Show(p, "")
		f.Says("Bike helper 3", "on Qwen3-0.6B · run 14", "Bicycle Workshop 70 %", "1.47", "10:24", "on this computer", "published, no. 412", "damaged", "adapter_config.json is missing")
		f.Picture("models")
		p.table.OnOpen(0)
		if f.Last() != (nav.Route{Page: nav.PageModel, Arg: string(digest)}) {
			t.Errorf("opens %v", f.Last())
		}
		svc.err = errors.New("the disk cannot be read")
		f.Clock.Tick()
		f.Says("The disk cannot be read.", "Bike helper 3")
		f.Leave()
		if f.Clock.Following() != 0 {
			t.Error("it follows after it was left")
		}
	})
}

func TestChat(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio(helper3(t))
		p := open(t, f, svc, string(digest))
		f.Says("Bike helper 3", "Ask something the data teaches", "Proved, not assumed", "A finite loss at each of 264 steps", "eval loss 1.47", "No Ollama server answers", "ollama serve", "Review and publish…", "40 MB")
		f.Picture("model-empty")
		seen := false
		svc.chat.during = func() {
			if !seen {
				seen = true
				p.chat.showAnswers() // the window sees ten states a second, a test asks for one
				f.Says("writing, 9 tokens", "Stop")
				f.Picture("model-writing")
			}
		}
		ask(f, p, question)
		f.Says(question, story["base"], story["model"], "0.52 s")
		if !seen || len(svc.chat.asked) != 2 {
			t.Errorf("seen while written %v, asked %d", seen, len(svc.chat.asked))
		}
		ask(f, p, "Chain skips under load in the middle of the cassette. It is two years old. What do I check first?")
		f.Picture("model-chat")
		f.Leave()
		if svc.chat.closed != 1 || f.Clock.Following() != 0 {
			t.Errorf("closed %d times, %d followers", svc.chat.closed, f.Clock.Following())
		}
	})
}

func TestStopKeepsThePart(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(helper3(t))
	p := open(t, f, svc, string(digest))
	f.Clock.Hold = true
	svc.chat.during = func() { p.chat.stopAll() }
	ask(f, p, question)
	f.Says("reading the question", "Stop")
	f.Clock.Release()
	f.Says("There could be many reasons why your brakes squeal", "stopped by you")
	f.Hides("consult a professional")
}

func TestThirdColumn(t *testing.T) {
	uitest.Both(t, fyne.NewSize(1920, 1080), func(t *testing.T, f *uitest.Frame) {
		svc := newStudio(helper3(t))
		svc.server = &server{models: []ollama.Model{{Name: "qwen3:0.6b"}}}
		p := open(t, f, svc, string(digest))
		f.Says("Ollama 0.34.1 runs on this computer")
		p.chat.model.ChooseThird(1)
		p.chat.rebuild()
		ask(f, p, question)
		f.Says("Ask all three", "Brakes squeal when wet.", "qwen3:0.6b")
		f.Picture("model-third-1920")
		if svc.server.asked != "qwen3:0.6b" {
			t.Errorf("asked %q", svc.server.asked)
		}
	})
}

func TestLoading(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(helper3(t))
	f.Clock.Hold = true
	p := open(t, f, svc, string(digest))
	f.Says("Reading base and model", "Looking for an Ollama server")
	f.Picture("model-loading")
	f.Leave() // before it is loaded
	f.Clock.Release()
	if svc.chat.closed != 1 || p.chat.chat != nil {
		t.Errorf("a chat loaded after the page was left is closed %d times", svc.chat.closed)
	}
	svc.chatErr = errors.New("the base Qwen3-0.6B is not on this computer")
	f.Show(p, string(digest))
	f.Says("The base Qwen3-0.6B is not on this computer.", "Try again")
	f.Picture("model-load-failed")
	svc.chatErr = nil
	f.Tap("Try again")
	f.Says("Ask something the data teaches")
}

func TestAnswerFails(t *testing.T) {
	f := uitest.Open(t, theme.Dark, fyne.Size{})
	svc := newStudio(helper3(t))
	svc.chat.err = errors.New("the trainer ended")
	p := open(t, f, svc, string(digest))
	ask(f, p, question)
	f.Says("The trainer ended.", "Wet rims let pads vibrate.")
	f.Picture("model-answer-failed")
}

func TestFilesAndCard(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio(helper3(t))
		f.Pick = "/exports"
		open(t, f, svc, string(digest)+"#files")
		f.Says("adapter_model.safetensors", "the weights of the adapter", "40 MB", "recipe.json")
		f.Tap("Export…")
		if svc.exported != "/exports/bike-helper-3-c7f5aa11" {
			t.Errorf("exported to %s", svc.exported)
		}
		f.Says("2 files, 40 MB, written to", "Open the folder")
		f.Picture("model-files")
		f.Show(newModelPage(f, svc, f.Clock), string(digest)+"#card")
		f.Says("license: other", "![x](http://far/x.png)", "Bicycle | Workshop", "Merkle root: 8c1f")
		f.Picture("model-card")
		if svc.opened != 0 {
			t.Error("the model was loaded for reading its files")
		}
	})
}

func TestPublish(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(helper3(t))
	open(t, f, svc, string(digest)+"#files")
	f.Tap("Review and publish…")
	if f.Last() != (nav.Route{Page: nav.PageReview, Arg: "publish=" + string(digest)}) {
		t.Errorf("leads to %v", f.Last())
	}
	svc.account = common.Address{}
	f.Clock.Tick()
	if off, why := f.Disabled("Review and publish…"); !off || why == "" {
		t.Error("it can be published without a wallet, or does not say why not")
	}
	f.Tap("Create a wallet")
	svc.models[0] = published(svc.models[0])
	f.Clock.Tick()
	f.Says("published, no. 412", "Lineage and verify")
	f.Hides("Review and publish…")
	f.Picture("model-published")
}

func TestDamagedAndGone(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	m := helper3(t)
	m.Damaged = "adapter_config.json is missing"
	svc := newStudio(m)
	open(t, f, svc, string(digest))
	f.Says("This model cannot be loaded.", "adapter_config.json is missing")
	f.Hides("Proved, not assumed")
	f.Picture("model-damaged")
	f.Show(newModelPage(f, svc, f.Clock), "beef")
	f.Says("There is no model beef.", "Look under Models.", "All models")
	f.Picture("model-gone")
}

func TestRename(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(helper3(t))
	p := open(t, f, svc, string(digest)+"#card")
	f.Tap("Rename…")
	f.Says("Rename the model")
	f.Picture("model-rename")
	f.Tap("Rename")
	if svc.renamed != "Bike helper 3" || p.model.Title() != "Bike helper 3" {
		t.Errorf("renamed to %q", svc.renamed)
	}
}

func TestSmallWindow(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.NewSize(960, 640))
	svc := newStudio(helper3(t))
	p := open(t, f, svc, string(digest))
	ask(f, p, question)
	f.Picture("model-960")
}
