package datasets

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/gowebpki/jcs"
)

func chat(texts ...string) Row {
	var r Row
	for i, s := range texts {
		r.Messages = append(r.Messages, Message{[]string{RoleUser, RoleAssistant}[i%2], s})
	}
	return r
}

func TestRowCanonical(t *testing.T) {
	tests := []struct {
		row  Row
		want string
		id   Digest // printf '%s' … | sha256sum
	}{
		{Row{Text: "a"}, `{"text":"a"}`, "6193c97585a0f731ce7b500bb69d2476816afb14c8d95ac8e6e865f680e9e438"},
		{chat("q", "a"), `{"messages":[{"content":"q","role":"user"},{"content":"a","role":"assistant"}]}`, ""},
		{
			Row{Prompt: chat("q").Messages, Chosen: []Message{{RoleAssistant, "a"}}, Rejected: []Message{{RoleAssistant, "b"}}},
			`{"chosen":[{"content":"a","role":"assistant"}],"prompt":[{"content":"q","role":"user"}],"rejected":[{"content":"b","role":"assistant"}]}`, "",
		},
		{Row{Text: "é\u2028<&>\"\\/\b\f\n\r\t\x01\x7f😀"}, "{\"text\":\"é\u2028<&>\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\x7f😀\"}", ""},
	}
	for _, test := range tests {
		b, err := test.row.Canonical()
		must(t, err)
		if string(b) != test.want {
			t.Errorf("got %s, want %s", b, test.want)
		}
		id, err := test.row.ID()
		must(t, err)
		if test.id != "" && id != test.id {
			t.Errorf("id of %s is %s", b, id)
		}
	}
}

func TestRowTurns(t *testing.T) {
	preference := Row{Prompt: chat("q1", "a1", "q2").Messages, Chosen: chat("", "a").Messages[1:], Rejected: chat("", "b", "why?", "c").Messages[1:]}
	for _, test := range []struct {
		row  Row
		want string
	}{
		{Row{Text: "x"}, "text x true"},
		{chat("q", "a"), "user q false, assistant a true"},
		{preference, "user q1 false, assistant a1 false, user q2 false, chosen a true, rejected b true, user why? false, rejected c true"},
	} {
		var got []string
		for _, turn := range test.row.Turns() {
			got = append(got, fmt.Sprint(turn.What, " ", turn.Content, " ", turn.Learnt))
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("got %q, want %q", s, test.want)
		}
	}
}

func TestRowCheck(t *testing.T) {
	long := func(roles ...string) Row {
		var r Row
		for _, role := range roles {
			r.Messages = append(r.Messages, Message{role, "x"})
		}
		return r
	}
	tests := []struct {
		name string
		row  Row
		want string // part of the reason, "" for a good row
	}{
		{"text", Row{Text: "x"}, ""},
		{"chat", chat("q", "a"), ""},
		{"system first", long(RoleSystem, RoleUser, RoleAssistant), ""},
		{"two turns", long(RoleUser, RoleAssistant, RoleUser, RoleAssistant), ""},
		{"nothing", Row{}, "empty"},
		{"blank text", Row{Text: " \n"}, "empty"},
		{"both", Row{Text: "x", Messages: chat("q", "a").Messages}, "both"},
		{"no answer", long(RoleUser), "no answer"},
		{"empty answer", chat("q", " "), "answer is empty"},
		{"empty question", chat("", "a"), "question is empty"},
		{"answer first", long(RoleAssistant, RoleUser), "begins with an answer"},
		{"answer after system", long(RoleSystem, RoleAssistant), "begins with an answer"},
		{"system later", long(RoleUser, RoleSystem, RoleAssistant), "system"},
		{"other role", long(RoleUser, "tool"), "role"},
		{"preference", Row{Prompt: long(RoleSystem, RoleUser).Messages, Chosen: chat("", "a").Messages[1:], Rejected: long(RoleAssistant, RoleUser, RoleAssistant).Messages}, ""},
		{"prompt of a system alone", Row{Prompt: long(RoleSystem).Messages, Chosen: chat("", "a").Messages[1:], Rejected: long(RoleAssistant).Messages}, "end with a question"},
		{"question as an answer", Row{Prompt: long(RoleUser).Messages, Chosen: long(RoleAssistant, RoleUser).Messages, Rejected: long(RoleAssistant).Messages}, "no answer"},
		{"preference and text", Row{Text: "x", Prompt: long(RoleUser).Messages}, "both"},
		{"bad UTF-8 rejected", Row{Prompt: long(RoleUser).Messages, Chosen: long(RoleAssistant).Messages, Rejected: []Message{{RoleAssistant, "\xff"}}}, "rejected: the message is not UTF-8"},
		{"bad UTF-8", Row{Text: "a\xff"}, "UTF-8"},
		{"NUL", chat("q", "a\x00"), "NUL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.row.Check()
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if _, err2 := test.row.Canonical(); (err == nil) != (err2 == nil) {
				t.Errorf("Check says %v, Canonical %v", err, err2)
			}
		})
	}
}

// FuzzCanonical compares our writer with a library for RFC 8785.
func FuzzCanonical(f *testing.F) {
	f.Add("q", "a", "s")
	f.Add("\u2028\"\\", "\x00\x1f", "é😀\x7f")
	f.Fuzz(func(t *testing.T, q, a, s string) {
		preference := Row{Prompt: chat(q).Messages, Chosen: []Message{{RoleAssistant, a}}, Rejected: []Message{{RoleAssistant, s}}}
		for _, row := range []Row{{Text: q}, preference, chat(q, a), {Messages: append([]Message{{RoleSystem, s}}, chat(q, a).Messages...)}} {
			got, err := row.Canonical()
			if err != nil {
				continue
			}
			plain, err := json.Marshal(row)
			must(t, err)
			want, err := jcs.Transform(plain)
			must(t, err)
			if !bytes.Equal(got, want) {
				t.Fatalf("got %s, want %s", got, want)
			}
		}
	})
}

func TestEntryLine(t *testing.T) {
	who := Address("0x10647Eb4ca8Cf24C27BaDCE6C42e4bCb01349738")
	e := Entry{chat("q", "a"), who}
	line, err := e.Line()
	must(t, err)
	back, err := ParseEntry(line)
	must(t, err)
	if again, _ := back.Line(); !bytes.Equal(again, line) {
		t.Errorf("got %s, want %s", again, line)
	}
	for _, bad := range []string{
		"", "{}", "null", "[]", " " + string(line), string(line) + " ", strings.Replace(string(line), "q", "\\u0071", 1),
		strings.Replace(string(line), "E", "e", 1), strings.Replace(string(line), `"row"`, `"Row"`, 1),
		strings.Replace(string(line), `{"contributor"`, `{"extra":1,"contributor"`, 1),
		`{"contributor":"` + string(who) + `","row":{}}`,
	} {
		if e, err := ParseEntry([]byte(bad)); err == nil {
			t.Errorf("%q read as %+v", bad, e)
		}
	}
}

// FuzzEntry: whatever passes is canonical, so any changed byte shows.
func FuzzEntry(f *testing.F) {
	line, _ := Entry{chat("q", "a"), ZeroAddress}.Line()
	f.Add(line)
	f.Add([]byte(`{"contributor":"0x0000000000000000000000000000000000000000","row":{"text":"\u00e9"}}`))
	preference := Row{Prompt: chat("q").Messages, Chosen: []Message{{RoleAssistant, "a"}}, Rejected: []Message{{RoleAssistant, "b"}}}
	line, _ = Entry{preference, ZeroAddress}.Line()
	f.Add(line)
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := ParseEntry(b)
		if err != nil {
			return
		}
		again, err := e.Line()
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("%q passed, its canonical form is %q (%v)", b, again, err)
		}
		c, err := jcs.Transform(b)
		if err != nil || !bytes.Equal(c, b) {
			t.Fatalf("%q passed and is not RFC 8785: %q (%v)", b, c, err)
		}
	})
}

// The examples of EIP-55 itself.
func TestParseAddress(t *testing.T) {
	for _, good := range []string{
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
		"0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
		"0x52908400098527886E0F7030069857D2E4169EE7", "0xde709f2102306220921060314715629080e2fb77",
	} {
		for _, s := range []string{good, strings.ToLower(good), "0x" + strings.ToUpper(good[2:])} {
			if a, err := ParseAddress(s); err != nil || string(a) != good {
				t.Errorf("%s is %s, %v", s, a, err)
			}
		}
	}
	for _, bad := range []string{
		"", "0x", "5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD",
		"0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed0", "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
	} {
		if a, err := ParseAddress(bad); err == nil {
			t.Errorf("%q passed as %s", bad, a)
		}
	}
}

func TestSlugAndRef(t *testing.T) {
	for _, bad := range []string{"", "-a", "A", "a/b", "..", ".", "a b", "con", "nul", "é", "a\x00", `a\b`, strings.Repeat("a", 41)} {
		if s, err := ParseSlug(bad); err == nil {
			t.Errorf("%q passed as %s", bad, s)
		}
	}
	for title, want := range map[string]Slug{"Shop emails 2025": "shop-emails-2025", "Äpfel & Öl!": "apfel-ol", "../../etc": "etc", "a": "a"} {
		if s, err := SlugOf(title); err != nil || s != want {
			t.Errorf("%q is %s, %v", title, s, err)
		}
	}
	if s, err := SlugOf("日本"); err == nil {
		t.Errorf("%s from no Latin letter", s)
	}
	for text, want := range map[string]Ref{"bike": {"bike", 0}, "bike@2": {"bike", 2}} {
		r, err := ParseRef(text)
		if err != nil || r != want || r.String() != text {
			t.Errorf("%s is %v, %v", text, r, err)
		}
	}
	for _, bad := range []string{"bike@", "bike@0", "bike@01", "bike@-1", "bike@1@2", "@1", "bike@+1", "bike@1000000"} {
		if r, err := ParseRef(bad); err == nil {
			t.Errorf("%q passed as %v", bad, r)
		}
	}
}

func FuzzRef(f *testing.F) {
	f.Add("bike@2")
	f.Add("../x@1")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRef(s)
		if err == nil && r.String() != s {
			t.Fatalf("%q became %q", s, r)
		}
		if err == nil && strings.ContainsAny(string(r.Net), `/\.`) {
			t.Fatalf("%q leads out of the folder", s)
		}
	})
}

func TestTerms(t *testing.T) {
	price, _ := new(big.Int).SetString("12500000000000000000", 10)
	terms := Terms{Train: true, Serve: true, Price: price, Days: 90, RevenuePPM: 125_000}
	b, err := json.Marshal(terms)
	must(t, err)
	if !strings.Contains(string(b), `"price":"12500000000000000000"`) {
		t.Errorf("price in %s", b)
	}
	var back Terms
	must(t, json.Unmarshal(b, &back))
	if again, _ := json.Marshal(back); !bytes.Equal(again, b) {
		t.Errorf("%s became %s", b, again)
	}
	text := strings.Join(terms.Lines(), "\n")
	for _, want := range []string{"Price: 12.5 OPEN for 90 days.", "12.5 % of what a model earns", "Use for money: not allowed."} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, test := range []struct {
		terms Terms
		want  bool
	}{{Terms{Train: true}, false}, {Terms{Train: true, Price: new(big.Int)}, false}, {Terms{}, true}, {terms, true}} {
		if got := test.terms.NeedsLicence(); got != test.want {
			t.Errorf("NeedsLicence of %+v is %v", test.terms, got)
		}
	}
	for _, bad := range []string{`"-1"`, `"01"`, `""`, `"1e3"`, `1`, `"` + strings.Repeat("9", 39) + `"`} {
		if err := json.Unmarshal([]byte(`{"price":`+bad+`}`), &back); err == nil {
			t.Errorf("price %s passed", bad)
		}
	}
	if err := json.Unmarshal([]byte(`{"price":"0","revenue_ppm":1000001}`), &back); err == nil {
		t.Error("revenue above 100 % passed")
	}
}
