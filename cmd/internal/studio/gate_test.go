package studio

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/training"
)

func TestTheGateTellsALicenceFromOtherRefusals(t *testing.T) {
	home := t.TempDir()
	s, err := Open(t.Context(), Options{Home: home, Log: io.Discard, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	cause := func(net datasets.Slug) string {
		t.Helper()
		err := gate{s}.Allow(t.Context(), "", []training.Source{{Ref: datasets.Ref{Net: net, Version: 1}, WeightPPM: 1}})
		e, ok := errors.AsType[*training.Error](err)
		if !ok || e.Kind != training.KindRefused || e.Next == "" {
			t.Fatalf("%s: %v", net, err)
		}
		return e.Cause
	}
	if got := cause("bicycle-workshop"); got != training.FailLicence {
		t.Errorf("a net without its licence: %q", got)
	}
	// A free net that says it is registered under another one's number.
	other, err := os.ReadFile(filepath.Join(home, "datanets", "harbour-notices", "chain.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, "datanets", "orchard-almanac", "chain.json"), other, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := cause("orchard-almanac"); got != training.FailData {
		t.Errorf("a net that is not what is registered: %q", got)
	}
}
