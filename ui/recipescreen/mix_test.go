package recipescreen

import (
	"testing"

	"github.com/modelfactory/modelfactory/datasets"
)

func mixOf(weights ...int) Mix {
	var m Mix
	for i, w := range weights {
		m = append(m, MixSource{Ref: datasets.Ref{Net: datasets.Slug('a' + rune(i)), Version: 1}, Weight: w * percent})
	}
	return m
}

func shares(m Mix) []int {
	out := []int{}
	for _, s := range m {
		out = append(out, s.Weight)
	}
	return out
}

func checkWhole(t *testing.T, m Mix) {
	t.Helper()
	sum := 0
	for _, s := range m {
		sum += s.Weight
		if s.Weight <= 0 {
			t.Fatalf("a source with weight %d in %v", s.Weight, shares(m))
		}
	}
	if len(m) > 0 && sum != Whole {
		t.Fatalf("the weights %v make %d, want %d", shares(m), sum, Whole)
	}
}

func TestMixStaysWhole(t *testing.T) {
	for _, c := range []struct {
		name string
		have Mix
		do   func(Mix) Mix
		want []int // percent
	}{
		{"move one", mixOf(70, 20, 10), func(m Mix) Mix { m.Set(0, 40*percent); return m }, []int{40, 40, 20}},
		{"all of it", mixOf(70, 20, 10), func(m Mix) Mix { m.Set(0, Whole); return m }, []int{98, 1, 1}},
		{"nothing of it", mixOf(70, 20, 10), func(m Mix) Mix { m.Set(0, 0); return m }, []int{1, 66, 33}},
		{"one is locked", mixOf(70, 20, 10), func(m Mix) Mix { m[1].Locked = true; m.Set(0, 75*percent); return m }, []int{75, 20, 5}},
		{"more than the lock leaves", mixOf(70, 20, 10), func(m Mix) Mix { m[1].Locked = true; m.Set(0, Whole); return m }, []int{79, 20, 1}},
		{"all others locked", mixOf(70, 20, 10), func(m Mix) Mix { m[1].Locked, m[2].Locked = true, true; m.Set(0, 30*percent); return m }, []int{70, 20, 10}},
		{"only one", mixOf(100), func(m Mix) Mix { m.Set(0, 30*percent); return m }, []int{100}},
		{"remove", mixOf(70, 20, 10), func(m Mix) Mix { return m.Remove(0) }, []int{67, 33}},
		{"add the third", mixOf(50, 50), func(m Mix) Mix { return m.Add(datasets.Ref{Net: "z"}) }, []int{34, 33, 33}},
		{"add twice", mixOf(60, 40), func(m Mix) Mix { return m.Add(datasets.Ref{Net: "a"}) }, []int{60, 40}},
		{"other sums", NewMix(mixOf(7, 2, 1)...), func(m Mix) Mix { return m }, []int{70, 20, 10}},
	} {
		m := c.do(c.have)
		checkWhole(t, m)
		for i, w := range c.want {
			if m[i].Weight != w*percent {
				t.Errorf("%s: %v, want %v percent", c.name, shares(m), c.want)
				break
			}
		}
	}
	fine := NewMix(MixSource{Ref: datasets.Ref{Net: "a"}, Weight: 123_456}, MixSource{Ref: datasets.Ref{Net: "b"}, Weight: 876_544})
	if fine[0].Weight != 123_456 {
		t.Errorf("the weights of a recipe file are rounded: %v", shares(fine))
	}
	if m := mixOf(100).Remove(0); len(m) != 0 {
		t.Errorf("left over: %v", m)
	}
}

func FuzzMix(f *testing.F) {
	f.Add([]byte{3, 0, 40, 1, 90, 2, 200, 9, 9})
	f.Fuzz(func(t *testing.T, script []byte) {
		var m Mix
		for i := 0; i+1 < len(script); i += 2 {
			op, arg := script[i], int(script[i+1])
			switch {
			case op%4 == 0 && len(m) < 20:
				m = m.Add(datasets.Ref{Net: datasets.Slug('a' + rune(arg%26))})
			case op%4 == 1 && len(m) > 0:
				m = m.Remove(arg % len(m))
			case op%4 == 2 && len(m) > 0:
				m[arg%len(m)].Locked = !m[arg%len(m)].Locked
			case len(m) > 0:
				m.Set(arg%len(m), int(op)*percent/2)
			}
			checkWhole(t, m)
		}
	})
}
