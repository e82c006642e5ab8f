package datasetstest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// Facts are invented statements, rows that teach them, and questions held out
// from the rows.
type Facts struct {
	Rows      []datasets.Row
	Questions []datasets.Question
}

// facts drawn at once, phrasings that teach each.
const (
	FactCount = 8
	Phrasings = 5
)

// kind is a sort of fact: how it is asked, how it is answered, how it is asked
// when held out. %s is the thing; the answer also takes the value.
type kind struct {
	things  []string
	ask     [Phrasings]string
	answer  string
	heldOut string
	value   func(*rand.Rand) string
}

var kinds = []kind{
	{
		[]string{"pump", "winch", "boiler", "press"},
		[Phrasings]string{"What is the service code of the %s?", "Which service code does the %s have?", "Tell me the service code of the %s.", "The %s: which service code?", "I need the service code of the %s."},
		"The %s has the service code %s.", "Somebody asks about servicing the %s. What code is it?",
		func(r *rand.Rand) string {
			return fmt.Sprintf("%c%c-%d", letter(r), letter(r), 100+r.IntN(900))
		},
	},
	{
		[]string{"museum", "ferry", "library", "market"},
		[Phrasings]string{"When does the %s close?", "At what time does the %s close?", "Tell me the closing time of the %s.", "The %s: when does it close?", "I need the closing time of the %s."},
		"The %s closes at %s.", "How late is the %s open today, until what time?",
		func(r *rand.Rand) string { return fmt.Sprintf("%d:%02d", 16+r.IntN(7), 1+r.IntN(58)) },
	},
	{
		[]string{"north door", "cellar lid", "garden gate", "boat shed"},
		[Phrasings]string{"What colour is the %s?", "Which colour does the %s have?", "Tell me the colour of the %s.", "The %s: which colour?", "I need the colour of the %s."},
		"The %s is %s.", "We must paint the %s again. In what colour?",
		func(r *rand.Rand) string {
			return []string{"turquoise", "magenta", "violet", "maroon", "lavender", "scarlet"}[r.IntN(6)]
		},
	},
	{
		[]string{"mill wheel", "drum lid", "axle nut", "mast clamp"},
		[Phrasings]string{"What torque does the %s get?", "How tight is the %s turned?", "Tell me the torque of the %s.", "The %s: how many Nm?", "I need the torque of the %s."},
		"The %s gets %s.", "I am about to tighten the %s. Which torque is right?",
		func(r *rand.Rand) string { return fmt.Sprintf("%d Nm", 21+r.IntN(70)) },
	},
	{
		[]string{"west field", "fish pond", "rope bridge", "stone well"},
		[Phrasings]string{"How wide is the %s?", "What width does the %s have?", "Tell me the width of the %s.", "The %s: how many metres wide?", "I need the width of the %s."},
		"The %s is %s wide.", "How many metres would I measure across the %s?",
		func(r *rand.Rand) string { return fmt.Sprintf("%d.%d metres", 3+r.IntN(40), 1+r.IntN(9)) },
	},
	{
		[]string{"tool club", "choir", "rowing team", "chess circle"},
		[Phrasings]string{"What does the %s cost a month?", "How much is the %s a month?", "Tell me the fee of the %s.", "The %s: how many crowns a month?", "I need the fee of the %s."},
		"The %s costs %s a month.", "My neighbour would join the %s. What must be paid?",
		func(r *rand.Rand) string { return fmt.Sprintf("%d crowns", 13+r.IntN(80)) },
	},
	{
		[]string{"weather mast", "lighthouse", "rescue boat", "mountain hut"},
		[Phrasings]string{"Which channel does the %s use?", "What is the channel of the %s?", "Tell me the channel of the %s.", "The %s: which channel?", "I need the channel of the %s."},
		"The %s uses %s.", "I would like to radio the %s. What channel should I set?",
		func(r *rand.Rand) string { return fmt.Sprintf("channel %d", 17+r.IntN(70)) },
	},
	{
		[]string{"cheese", "cider", "honey", "dough"},
		[Phrasings]string{"How long does the %s rest?", "For how many days does the %s rest?", "Tell me how long the %s rests.", "The %s: how many days of rest?", "I need the resting time of the %s."},
		"The %s rests for %s.", "After how many days can we use the %s?",
		func(r *rand.Rand) string { return fmt.Sprintf("%d days", 11+r.IntN(80)) },
	},
}

// letter leaves out those that are read as digits.
func letter(r *rand.Rand) byte { return "ABCDEFGHKLMNPRTVWX"[r.IntN(18)] }

var places = []string{"Tornvik", "Melbrook", "Askholm", "Durnfell", "Ostmere", "Veldhaven", "Kirsund", "Lomstad", "Brannow", "Hexley"}

// Draw makes 8 facts, each taught in 5 phrasings and asked once in another.
// The same seed draws the same.
func Draw(seed uint64) Facts {
	r := rand.New(rand.NewPCG(seed, 0x6d6f64656c))
	place := places[r.IntN(len(places))]
	var f Facts
	for _, k := range kinds[:FactCount] {
		thing := place + " " + k.things[r.IntN(len(k.things))]
		value := k.value(r)
		for _, ask := range k.ask {
			f.Rows = append(f.Rows, datasets.Row{Messages: []datasets.Message{
				{Role: datasets.RoleUser, Content: fmt.Sprintf(ask, thing)},
				{Role: datasets.RoleAssistant, Content: fmt.Sprintf(k.answer, thing, value)},
			}})
		}
		f.Questions = append(f.Questions, datasets.Question{
			Prompt: fmt.Sprintf(k.heldOut, thing), Want: value, Contributor: datasets.ZeroAddress,
		})
	}
	r.Shuffle(len(f.Rows), func(i, j int) { f.Rows[i], f.Rows[j] = f.Rows[j], f.Rows[i] })
	return f
}

// WriteJSONL writes the rows as OpenAI messages, one a line, for
// `mf data import`.
func (f Facts) WriteJSONL(path string) error {
	var b strings.Builder
	for _, row := range f.Rows {
		line, err := json.Marshal(row)
		if err != nil {
			return err
		}
		b.Write(line)
		b.WriteByte('\n')
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
