package local

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/training"
)

// Device chooses what a run trains on, in torch's words. A run that asks for a
// card never starts on the processor instead: where the card that is there
// cannot be used, "auto" is refused with the reason until a person agrees to
// the processor, for one run by device cpu or for all by UseProcessor.
func (r *Runtime) Device(ctx context.Context, asked string) (string, error) {
	if asked == "cpu" {
		return asked, nil
	}
	cards, set, _, err := r.cards(ctx)
	if err != nil {
		return "", err
	}
	auto := asked == "" || asked == "auto"
	for _, d := range cards {
		if d.Usable && (auto || torchDevice(d.Kind) == asked) {
			return torchDevice(d.Kind), nil
		}
	}
	const orCPU = "Or train on the processor: choose cpu as the device."
	if !auto {
		for _, d := range cards {
			if torchDevice(d.Kind) == asked {
				return "", &training.Error{Kind: training.KindRefused, Message: fmt.Sprintf("this run asks for %s, and %s cannot be used: %s", asked, d.Name, d.Reason), Next: strings.TrimSpace(d.Fix + " " + orCPU)}
			}
		}
		return "", &training.Error{Kind: training.KindRefused, Message: fmt.Sprintf("this run asks for %s, and this computer has no such card; the trainer's packages (%s) are for %s", asked, set.Name, set.For), Next: "Choose auto or cpu as the device."}
	}
	if why := r.ask(cards); why != "" {
		fix := ""
		for _, d := range cards {
			fix = d.Fix
			break
		}
		return "", &training.Error{
			Kind: training.KindRefused, Message: why + "; a run would take the processor, which is much slower",
			Next: strings.TrimSpace(fix + " " + orCPU + " For all runs: agree in the settings, or with mf doctor --use-processor."),
		}
	}
	return "cpu", nil
}

// ask says why the processor has to be agreed to; "" when a card can be used,
// when there is none, or when it was agreed to for just these reasons.
func (r *Runtime) ask(cards []Device) string {
	if len(cards) == 0 || slices.ContainsFunc(cards, func(d Device) bool { return d.Usable }) {
		return ""
	}
	why := cards[0].Name + " cannot be used: " + cards[0].Reason
	var a agreed
	if raw, err := os.ReadFile(r.agreedPath()); err == nil && json.Unmarshal(raw, &a) == nil && slices.Equal(a.Cards, reasons(cards)) {
		return ""
	}
	return why
}

// UseProcessor notes that a person agrees to train on the processor although a
// card is there. It holds until the card, its driver or the reason changes.
func (r *Runtime) UseProcessor(ctx context.Context) error {
	cards, _, _, err := r.cards(ctx)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return installError(err, "the runtime folder cannot be made")
	}
	if err := writeRecord(r.agreedPath(), agreed{Cards: reasons(cards)}); err != nil {
		return installError(err, "the choice of the processor cannot be written")
	}
	return nil
}

// agreed is processor.json.
type agreed struct {
	Cards []string `json:"cards"` // each with its driver and why it is not used
}

func (r *Runtime) agreedPath() string { return r.path("processor.json") }

func reasons(cards []Device) []string {
	out := []string{}
	for _, d := range cards {
		out = append(out, d.Name+" / "+d.Driver+" / "+d.Reason)
	}
	return out
}
