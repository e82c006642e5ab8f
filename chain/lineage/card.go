package lineage

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/modelfactory/modelfactory/datasets"
)

// CardInput is all that a model card is made of.
type CardInput struct {
	Name        string // used while there is no manifest
	Base        ManifestBase
	Data        []DataUse
	Recipe      []byte // recipe.json
	Metrics     Metrics
	Adapter     datasets.Digest
	Manifest    *Manifest    // nil before publishing
	Publication *Publication // nil before publishing
}

// Card writes the Hugging Face model card (README.md: YAML front matter and
// Markdown). The same input gives the same bytes on every machine, so verifying
// writes it again and compares. A published card is never written anew: a change
// of its words needs a new [ManifestSchema].
func Card(in CardInput) ([]byte, error) {
	if in.Manifest != nil {
		in.Name = in.Manifest.Name
	}
	var b bytes.Buffer
	frontMatter(&b, in)
	fmt.Fprintf(&b, "\n# %s\n\n", plain(in.Name))
	fmt.Fprintf(&b, "A LoRA adapter for %s, trained on %s with ModelFactory. Load it on that base with PEFT.\n", plain(baseRef(in.Base)), count(len(in.Data), "DataNet version", "DataNet versions"))
	cardData(&b, in)
	if err := cardRecipe(&b, in.Recipe); err != nil {
		return nil, err
	}
	cardMetrics(&b, in.Metrics)
	cardLineage(&b, in)
	return b.Bytes(), nil
}

func baseRef(base ManifestBase) string {
	if base.Revision == "" {
		return base.Name
	}
	return base.Name + "@" + base.Revision
}

// frontMatter follows the hub's model card metadata.
func frontMatter(b *bytes.Buffer, in CardInput) {
	base := in.Base.Repo
	if base == "" {
		base = in.Base.Name
	}
	b.WriteString("---\n")
	fmt.Fprintf(b, "base_model: %s\nbase_model_relation: adapter\n", quoted(base))
	b.WriteString("datasets:\n")
	var languages []string
	for _, d := range in.Data {
		fmt.Fprintf(b, "- %s\n", quoted(fmt.Sprintf("%s@%d", d.Net, d.Version)))
		if d.Language != "" && !slices.Contains(languages, d.Language) {
			languages = append(languages, d.Language)
		}
	}
	if len(languages) > 0 {
		b.WriteString("language:\n")
		slices.Sort(languages)
		for _, l := range languages {
			fmt.Fprintf(b, "- %s\n", quoted(l))
		}
	}
	b.WriteString("library_name: peft\n")
	if id, one := licence(in); one {
		fmt.Fprintf(b, "license: %s\n", quoted(strings.ToLower(id)))
	} else {
		b.WriteString("license: other\nlicense_name: \"base-and-data\"\nlicense_link: \"README.md\"\n")
	}
	fmt.Fprintf(b, "model_name: %s\n", quoted(in.Name))
	b.WriteString("pipeline_tag: text-generation\ntags:\n- lora\n- modelfactory\n---\n")
}

// licence is the one licence that covers base and data together, where there is
// one: everything equal, or nothing but public-domain data beside the base.
func licence(in CardInput) (string, bool) {
	id := in.Base.Licence
	for _, d := range in.Data {
		if d.SPDX == "CC0-1.0" || strings.EqualFold(d.SPDX, id) {
			continue
		}
		return "", false
	}
	return id, id != ""
}

func cardData(b *bytes.Buffer, in CardInput) {
	b.WriteString("\n## Data\n\n| DataNet | Version | Rows | Share | Licence | Allowed by |\n|---|---|---:|---:|---|---|\n")
	for _, d := range in.Data {
		fmt.Fprintf(b, "| %s | %d | %d | %s | %s | %s |\n", plain(d.Title), d.Version, d.Rows, percent(d.WeightPPM), plain(d.SPDX), plain(d.Licence))
	}
	b.WriteString("\nWhose rows they are, and how each version is proved:\n")
	for _, d := range in.Data {
		fmt.Fprintf(b, "\n### %s, version %d\n\n", plain(d.Title), d.Version)
		fmt.Fprintf(b, "- Merkle root of the rows: `%s`\n- Digest of the version: `%s`\n", d.Root, d.Digest)
		for _, c := range d.Contributors {
			who := "`" + string(c.Address) + "`"
			if c.Address == datasets.ZeroAddress {
				who = "No account yet"
			}
			fmt.Fprintf(b, "- %s: %s\n", who, count(c.Rows, "row", "rows"))
		}
	}
}

// cardRecipe lists the settings by their keys, as the recipe file has them.
func cardRecipe(b *bytes.Buffer, raw []byte) error {
	var recipe map[string]json.RawMessage
	if err := json.Unmarshal(raw, &recipe); err != nil {
		return fmt.Errorf("%s: %w", RecipeFile, err)
	}
	keys := make([]string, 0, len(recipe))
	for k := range recipe {
		if k != "base" && k != "data" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	b.WriteString("\n## Recipe\n\n| Setting | Value |\n|---|---|\n")
	for _, k := range keys {
		fmt.Fprintf(b, "| %s | `%s` |\n", plain(k), strings.Trim(string(recipe[k]), "\"`"))
	}
	return nil
}

func cardMetrics(b *bytes.Buffer, m Metrics) {
	b.WriteString("\n## Measured\n\n| What | Value |\n|---|---:|\n")
	fmt.Fprintf(b, "| Training | %s |\n| Steps | %d |\n| Trained tokens | %d |\n| Time | %s s |\n", plain(m.State), m.Steps, m.TrainedTokens, number(m.Seconds, 1))
	fmt.Fprintf(b, "| Loss at the first step | %s |\n| Loss at the last step | %s |\n", number(m.FirstLoss, 4), number(m.LastLoss, 4))
	if m.EvalLoss != nil {
		fmt.Fprintf(b, "| Loss on held-out rows | %s |\n", number(*m.EvalLoss, 4))
	} else {
		b.WriteString("| Loss on held-out rows | not measured |\n")
	}
	fmt.Fprintf(b, "\nTrainer %s on %s, torch %s, transformers %s, peft %s.\n", plain(m.Trainer.Version), plain(cmp.Or(m.DeviceName, m.Device)), plain(m.Torch), plain(m.Transformers), plain(m.PEFT))
}

func cardLineage(b *bytes.Buffer, in CardInput) {
	b.WriteString("\n## Lineage\n\n")
	if in.Manifest == nil || in.Publication == nil {
		fmt.Fprintf(b, "Not registered on a chain. The adapter's digest is `%s`.\n", in.Adapter)
		return
	}
	p := in.Publication
	b.WriteString("| What | Value |\n|---|---|\n")
	fmt.Fprintf(b, "| Creator | `%s` |\n| Chain id | %d |\n| Genesis | `%s` |\n| Registry | `%s` |\n| Model | %d |\n| Transaction | `%s` |\n", in.Manifest.Creator, p.ChainID, p.Genesis, p.Contract, p.ID, p.Tx)
	fmt.Fprintf(b, "| Manifest | `%s` |\n| Adapter | `%s` |\n| Base | `%s` |\n", p.Manifest, in.Manifest.Adapter, in.Manifest.Base.Digest)
	for _, q := range in.Manifest.Parents {
		fmt.Fprintf(b, "| Made from | model %d of `%s` |\n", q.ID, q.Contract)
	}
	b.WriteString("\nThe manifest's SHA-256 is the word on the chain; it names every file here. To check all of it against the chain, run `mf model verify` on this folder.\n")
}

// plain makes text inert: no Markdown, no HTML, no line break, no table cell.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case unicode.IsControl(r):
			b.WriteByte(' ')
		case unicode.Is(unicode.Cf, r): // turns the direction of writing, or hides
		case strings.ContainsRune("\\`*_{}[]()<>#+!|~&$", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// quoted is a YAML string: JSON strings are YAML.
func quoted(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func number(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }

// percent writes ppm with as many digits as they need: 700000 is "70 %".
func percent(ppm uint32) string {
	s := fmt.Sprintf("%d.%04d", ppm/10_000, ppm%10_000)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".") + " %"
}
