package training

import (
	"strings"

	"github.com/modelfactory/modelfactory/training/protocol"
)

// ExportFormat is a form in which a model leaves the studio.
type ExportFormat struct {
	Name  string // as on the command line, e.g. "gguf:q8_0"
	Title string
	Words string // what it is for, one line
}

// FormatOllama puts a GGUF model into an Ollama server; "ollama:q4_0" names its
// numbers.
const FormatOllama = "ollama"

// ExportFormats lists the formats, the most common first.
func ExportFormats() []ExportFormat {
	return []ExportFormat{
		{protocol.FormatPEFT, "Adapter (PEFT)", "Small. With its records and model card; for PEFT, transformers and vLLM, on the same base."},
		{protocol.FormatMerged, "Merged model", "Base and adapter in one, as safetensors; for transformers, vLLM and further training."},
		{protocol.FormatGGUFQ8, "GGUF, 8 bits", "For llama.cpp, LM Studio, Jan: half the size, hardly a difference."},
		{protocol.FormatGGUFQ5, "GGUF, 5 bits", "Little larger than 4 bits, and much nearer to the run."},
		{protocol.FormatGGUFQ4, "GGUF, 4 bits", "The smallest and fastest; small bases lose much by it."},
		{protocol.FormatGGUFF16, "GGUF, 16 bits", "For llama.cpp without loss, and to make other GGUF files of."},
		{protocol.FormatGGUFAdapter, "GGUF adapter", "Small. For llama.cpp with --lora, on a GGUF of the same base."},
		{FormatOllama, "Ollama", "Straight into the Ollama server of this computer, as an 8-bit GGUF with template and stop words."},
	}
}

// ParseExportFormat reads a format's name; "gguf" and "ollama" alone mean 8
// bits. forOllama is the GGUF format to make for Ollama, else empty.
func ParseExportFormat(name string) (format, forOllama string, err error) {
	name = strings.ToLower(name)
	if name == "gguf" {
		name = protocol.FormatGGUFQ8
	}
	kind, numbers, cut := strings.Cut(name, ":")
	if kind == FormatOllama {
		if !cut {
			numbers = "q8_0"
		}
		format, forOllama = FormatOllama, "gguf:"+numbers
		name = forOllama
	} else {
		format = name
	}
	for _, f := range ExportFormats() {
		if f.Name == name && f.Name != FormatOllama {
			return format, forOllama, nil
		}
	}
	var names []string
	for _, f := range ExportFormats() {
		names = append(names, f.Name)
	}
	return "", "", usage("Choose one of "+strings.Join(names, ", ")+"; gguf alone is gguf:q8_0, and ollama:q5_0 or ollama:f16 name other numbers.", "there is no export format %q", name)
}

// Exported is a model that was exported.
type Exported struct {
	Format     string                `json:"format"`
	Files      []protocol.BaseFile   `json:"files"`
	Check      *protocol.ExportCheck `json:"check"`       // nil: not compared
	NotChecked string                `json:"not_checked"` // why not
	Ollama     string                `json:"ollama"`      // the model's name on the server
}
