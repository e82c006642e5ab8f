package verbs

import (
	"slices"
	"testing"
)

func TestParseSources(t *testing.T) {
	for _, c := range []struct {
		args []string
		ppm  []uint32
	}{
		{[]string{"a"}, []uint32{1_000_000}},
		{[]string{"a", "b"}, []uint32{500_000, 500_000}},
		{[]string{"a:0.7", "b:0.3"}, []uint32{700_000, 300_000}},
		{[]string{"a:7", "b@2:3"}, []uint32{700_000, 300_000}},
		{[]string{"a:1e-9", "b"}, []uint32{1, 1_000_000}},
		{[]string{"a:0"}, nil},
		{[]string{"a:-1"}, nil},
		{[]string{"a:NaN"}, nil},
		{[]string{"a:Inf"}, nil},
		{[]string{"a:"}, nil},
		{[]string{":1"}, nil},
		{[]string{"../a"}, nil},
	} {
		sources, err := parseSources(c.args)
		if c.ppm == nil {
			if err == nil {
				t.Errorf("%v passed as %v", c.args, sources)
			}
			continue
		}
		var ppm []uint32
		for _, s := range sources {
			ppm = append(ppm, s.WeightPPM)
		}
		if err != nil || !slices.Equal(ppm, c.ppm) {
			t.Errorf("%v: %v, %v", c.args, ppm, err)
		}
	}
}

// Flags of every verb may stand anywhere; what follows -- is not one of them.
func TestGlobals(t *testing.T) {
	env := Env{Dir: t.TempDir(), Getenv: func(string) string { return "" }, Args: []string{"run", "--json", "list", "--home=h", "--yes", "--network", "n", "--", "--json"}}
	g, rest, err := globals(env)
	if err != nil || !g.JSON || !g.Yes || g.Network != "n" || g.Home != env.Dir+"/h" && g.Home != env.Dir+`\h` {
		t.Fatalf("%+v, %v", g, err)
	}
	if !slices.Equal(rest, []string{"run", "list", "--", "--json"}) {
		t.Errorf("the line is %q", rest)
	}
}
