package training_test

import (
	"strings"
	"testing"

	"github.com/modelfactory/modelfactory/training"
)

// A run's name is a line of a list, and becomes its model's name in the manifest.
func TestNamesOfRuns(t *testing.T) {
	m := training.NewManager(training.ManagerConfig{})
	for _, name := range []string{"two\nlines", "\x1b[31mred", "half \xff", strings.Repeat("n", 121)} {
		if _, err := m.Create(t.Context(), training.RunSpec{Name: name}); !training.IsKind(err, training.KindUsage) {
			t.Errorf("%q: %v", name, err)
		}
	}
}
