package training

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// maxRecipeBytes bounds a recipe file; a real one has a few kilobytes.
const maxRecipeBytes = 1 << 20

const recipeAdvice = "See a valid one with: mf run recipe."

// ParseRecipe reads a recipe file, YAML or JSON. Fields that the file leaves
// out have their default; a field that does not exist is an error that names it
// and the one that was probably meant.
func ParseRecipe(b []byte) (Recipe, error) {
	if len(b) > maxRecipeBytes {
		return Recipe{}, usage(recipeAdvice, "the recipe is %d bytes long, at most %d are read", len(b), maxRecipeBytes)
	}
	unreadable := func(err error) (Recipe, error) {
		return Recipe{}, &Error{Kind: KindUsage, Message: "the recipe cannot be read", Next: recipeAdvice, Err: err}
	}
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		var err error
		if b, err = jsonOfYAML(b); err != nil {
			return unreadable(err)
		}
	}
	d := json.NewDecoder(bytes.NewReader(b))
	var given map[string]json.RawMessage
	if err := d.Decode(&given); err != nil {
		return unreadable(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Recipe{}, usage(recipeAdvice, "the recipe file holds more than one recipe")
	}
	known := []string{"base", "data"}
	for _, f := range Fields() {
		known = append(known, f.Key)
	}
	for key := range given {
		if !slices.Contains(known, key) {
			return Recipe{}, usage("The nearest one is "+nearest(key, known)+". All of them: "+strings.Join(known, ", ")+".", "a recipe has no field %q", key)
		}
	}
	var r Recipe
	if err := json.Unmarshal(b, &r); err != nil {
		return unreadable(err)
	}
	return r, r.Settings.Validate()
}

// jsonOfYAML turns the one document of a YAML file into JSON.
func jsonOfYAML(b []byte) ([]byte, error) {
	d := yaml.NewDecoder(bytes.NewReader(b))
	var doc map[string]any
	if err := d.Decode(&doc); err != nil {
		return nil, err
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file holds more than one document")
	}
	return json.Marshal(doc)
}

// YAML writes the recipe as a file for people: every field with its help.
// ParseRecipe reads it back to the same recipe.
func (r Recipe) YAML() ([]byte, error) {
	if r.Data == nil {
		r.Data = []Source{}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	// JSON is YAML: its nodes are put in order, in block style, with comments.
	var doc yaml.Node
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		return nil, err
	}
	pairs := doc.Content[0].Content
	out := &yaml.Node{Kind: yaml.MappingNode}
	add := func(key, comment string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i].Value == key {
				name, value := &yaml.Node{Kind: yaml.ScalarNode, Value: key, HeadComment: comment}, pairs[i+1]
				blockStyle(value)
				out.Content = append(out.Content, name, value)
			}
		}
	}
	add("base", "The base, name@revision.")
	add("data", "The data; weight_ppm is a share of the rows drawn, only the ratio counts.")
	for _, f := range Fields() {
		add(f.Key, f.HelpText())
	}
	return yaml.Marshal(out)
}

// blockStyle puts lists and their entries on lines of their own. Text keeps its
// quotes: older readers take a bare on or off for a truth value.
func blockStyle(n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		n.Style = 0
	}
	for _, c := range n.Content {
		blockStyle(c)
	}
}

// elsewhere is what TRL, PEFT and axolotl call a setting that has another name
// here.
var elsewhere = map[string]string{
	"lr": "learning_rate", "epochs": "passes", "num_epochs": "passes", "num_train_epochs": "passes", "steps": "max_steps",
	"r": "rank", "lora_r": "rank", "lora_alpha": "alpha", "lora_dropout": "dropout", "micro_batch_size": "batch_size",
	"per_device_train_batch_size": "batch_size", "gradient_accumulation_steps": "accumulation",
	"max_seq_length": "max_length", "sequence_len": "max_length", "warmup_ratio": "warmup_share",
	"lr_scheduler_type": "scheduler", "gradient_checkpointing": "recompute", "save_steps": "checkpoint_every",
	"eval_steps": "eval_every",
}

// nearest is the name a word elsewhere has here, else the one with the fewest
// letters to change (Levenshtein 1966).
func nearest(word string, names []string) string {
	if name := elsewhere[word]; slices.Contains(names, name) {
		return name
	}
	best, least := "", len(word)+64
	for _, name := range names {
		row := make([]int, len(name)+1)
		for j := range row {
			row[j] = j
		}
		for i := range len(word) {
			diagonal := row[0]
			row[0] = i + 1
			for j := range len(name) {
				cost := diagonal
				if word[i] != name[j] {
					cost++
				}
				diagonal, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
			}
		}
		if row[len(name)] < least {
			best, least = name, row[len(name)]
		}
	}
	return best
}
