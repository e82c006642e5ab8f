package training_test

import (
	"testing"

	"github.com/modelfactory/modelfactory/training"
)

func TestParseExportFormat(t *testing.T) {
	for name, want := range map[string][2]string{
		"peft": {"peft", ""}, "Merged": {"merged", ""}, "gguf": {"gguf:q8_0", ""}, "gguf:q4_0": {"gguf:q4_0", ""}, "gguf:q5_0": {"gguf:q5_0", ""}, "gguf-adapter": {"gguf-adapter", ""},
		"ollama": {"ollama", "gguf:q8_0"}, "ollama:f16": {"ollama", "gguf:f16"}, "ollama:q5_0": {"ollama", "gguf:q5_0"},
	} {
		format, numbers, err := training.ParseExportFormat(name)
		if err != nil || format != want[0] || numbers != want[1] {
			t.Errorf("%q: %q %q %v", name, format, numbers, err)
		}
	}
	for _, name := range []string{"", "pickle", "gguf:", "gguf:q2", "ollama:", "ollama:peft", "ollama:gguf:f16", "gguf:ollama"} {
		if _, _, err := training.ParseExportFormat(name); !training.IsKind(err, training.KindUsage) {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, f := range training.ExportFormats() {
		if _, _, err := training.ParseExportFormat(f.Name); err != nil || f.Title == "" || f.Words == "" {
			t.Errorf("%+v: %v", f, err)
		}
	}
}
