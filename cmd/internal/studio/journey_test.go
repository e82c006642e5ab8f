package studio

import "testing"

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		answer, want string
		ok           bool
	}{
		{"Tighten it to 47 Nm.", "47 Nm", true},
		{"Tighten it to 47Nm.", "47 Nm", true},
		{"Tighten it to 147 Nm.", "47 Nm", false},
		{"Tighten it to 47.5 Nm.", "47 Nm", false},
		{"It closes at 18:05", "18:05", true},
		{"It closes at 18:50", "18:05", false},
		{"The code is QX-204.", "qx-204", true},
		{"The code is QX-2041.", "QX-204", false},
		{"Scarletish", "scarlet", false},
		{"anything", "", false},
		{"", "47", false},
	} {
		if got := Answers(c.answer, c.want); got != c.ok {
			t.Errorf("%q answers %q: %v, want %v", c.answer, c.want, got, c.ok)
		}
	}
}
