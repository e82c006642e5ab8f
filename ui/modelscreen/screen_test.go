package modelscreen

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"github.com/ethereum/go-ethereum/common"

	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/training"
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
		open(t, f, svc, string(digest)+"#files")
		f.Says("adapter_model.safetensors", "the weights of the adapter", "40 MB", "recipe.json")
		f.Picture("model-files")
		f.Show(newModelPage(f, svc, f.Clock), string(digest)+"#card")
		f.Says("license: other", "![x](http://far/x.png)", "Bicycle | Workshop", "Merkle root: 8c1f")
		f.Picture("model-card")
		if svc.opened != 0 {
			t.Error("the model was loaded for reading its files")
		}
	})
}

func TestExport(t *testing.T) {
	uitest.Both(t, fyne.Size{}, func(t *testing.T, f *uitest.Frame) {
		svc := newStudio(helper3(t))
		f.Pick = "/exports"
		p := open(t, f, svc, string(digest)+"#files")
		f.Tap("Export…")
		f.Says("Export Bike helper 3", "Adapter (PEFT)", "Merged model", "GGUF, 8 bits", "hardly a difference", "GGUF adapter", "Straight into the Ollama server", "Choose a folder…")
		f.Picture("model-export-choice")
		f.Tap("Cancel")
		seen := false
		svc.exporting = func() {
			seen = true
			p.refresh() // the window sees it while it runs, a test has to ask
			f.Says("Writing", "60 MB of 144 MB", "GGUF, 8 bits", "Cancel")
			if off, _ := f.Disabled("Export…"); !off {
				t.Error("a second export can be started")
			}
			f.Picture("model-exporting")
		}
		p.startExport(format(t, "gguf:q8_0"))
		if svc.exported != "/exports/bike-helper-3-c7f5aa11-gguf-q8_0" || svc.format != "gguf:q8_0" || !seen {
			t.Errorf("exported %s to %s, seen %v", svc.format, svc.exported, seen)
		}
		f.Says("1 file, 144 MB, written to", "Read back by transformers 5.23.0 (GGUF): 1 of 2 answers are the same as the run's.", "Open the folder")
		f.Tap("See the comparison")
		f.Says("The run", "Wet rims let pads vibrate.", "Every 200 km, and after each wash.", "Every 200 km and after each wash.", "97 % of 187 tokens", "0.0041 nats, at most 0.02", "100.0 %")
		f.Picture("model-export-compared")
		f.Tap("Close")
		f.Hides("Every 200 km")
		if svc.opened != 0 {
			t.Error("the model was loaded for a chat")
		}
	})
}

func format(t *testing.T, name string) training.ExportFormat {
	t.Helper()
	for _, f := range training.ExportFormats() {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("there is no format %q", name)
	return training.ExportFormat{}
}

func TestExportElsewhere(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	svc := newStudio(helper3(t))
	p := open(t, f, svc, string(digest)+"#files")
	p.startExport(format(t, "peft")) // the person closes the file dialog
	if svc.format != "" {
		t.Error("exported without a folder")
	}
	p.startExport(format(t, "ollama"))
	f.Says("On the Ollama server as studio/bike-helper-3:c7f5aa11", "See the comparison")
	f.Hides("Open the folder")
	f.Pick = "/exports"
	p.startExport(format(t, "peft"))
	f.Says("Not compared with the run: the base Qwen3-0.6B@c1899de of this model is not on this computer.", "Open the folder")
	f.Hides("See the comparison")
	svc.exportErr = &training.Error{Kind: "failed", Message: "the exported file was read back and is not the run", Next: "Export again."}
	p.startExport(format(t, "merged"))
	f.Says("The exported file was read back and is not the run.", "Export again.", "The model itself is as it was.")
	f.Picture("model-export-failed")
	svc.exportErr = context.Canceled
	p.startExport(format(t, "merged"))
	f.Hides("Merged model", "Export again.")
}

// An export that goes on while another model is looked at does not show up there.
func TestExportStaysWithItsModel(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	other := helper3(t)
	other.Digest, other.Name = "d00d", "Bike helper 4"
	svc := newStudio(helper3(t), other)
	f.Pick = "/exports"
	p := open(t, f, svc, string(digest)+"#files")
	f.Clock.Hold = true
	p.startExport(format(t, "merged"))
	f.Clock.Hold = false
	p.Shown("d00d#files")
	f.Clock.Release()
	f.Says("Bike helper 4")
	f.Hides("written to")
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

// A byte that changed on disk after training is seen on the model's own page.
func TestChangedFile(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	m := helper3(t)
	weights, err := os.OpenFile(filepath.Join(m.Dir, lineage.AdapterFile), os.O_RDWR, 0)
	if err == nil {
		_, err = weights.WriteAt([]byte{1}, 2000)
		err = errors.Join(err, weights.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, f, newStudio(m), string(digest)+"#files")
	f.Says("adapter_model.safetensors is no longer what was trained", "changed after training", "adapter_model.safetensors was changed after training.")
	f.Picture("model-changed")
	if ok, _ := p.model.CanPublish(); ok {
		t.Error("it can be published")
	}
}

// The page reads the adapter's files again when their size or time changed, not whenever something else did.
// While the page is shown size and time tell whether to read a file again; showing it reads all of them.
func TestFilesAreReadWhenThePageIsShown(t *testing.T) {
	f := uitest.Open(t, theme.Light, fyne.Size{})
	m := helper3(t)
	path := filepath.Join(m.Dir, lineage.AdapterFile)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	p := open(t, f, newStudio(m), string(digest)+"#files")
	trained, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Repeat([]byte{1}, int(before.Size()))
	if err := errors.Join(os.WriteFile(path, spoilt, 0o644), os.Chtimes(path, before.ModTime(), before.ModTime())); err != nil {
		t.Fatal(err)
	}
	for _, again := range []func(){f.Clock.Tick, p.reload} {
		again()
		f.Hides("no longer what was trained")
	}
	p.Hidden()
	p.Shown(string(digest) + "#files")
	f.Says("adapter_model.safetensors is no longer what was trained")
	later := before.ModTime().Add(time.Second)
	if err := errors.Join(os.WriteFile(path, trained, 0o644), os.Chtimes(path, later, later)); err != nil {
		t.Fatal(err)
	}
	f.Clock.Tick()
	f.Hides("no longer what was trained")
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
