package datasets

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func rowsOf(t testing.TB, lib *Library, ref Ref) []Row {
	t.Helper()
	var rows []Row
	for e, err := range lib.Rows(ref) {
		must(t, err)
		if e.Contributor != ZeroAddress {
			t.Errorf("own row belongs to %s", e.Contributor)
		}
		rows = append(rows, e.Row)
	}
	return rows
}

func TestImportFormats(t *testing.T) {
	qa := []Row{chat("q1", "a1"), chat("q2", "a2")}
	withSystem := Row{Messages: append([]Message{{RoleSystem, "s"}}, chat("q1", "a1").Messages...)}
	pair := func(system string, prompt ...string) Row {
		r := Row{Prompt: chat(prompt...).Messages, Chosen: []Message{{RoleAssistant, "a"}}, Rejected: []Message{{RoleAssistant, "b"}}}
		if system != "" {
			r.Prompt = append([]Message{{RoleSystem, system}}, r.Prompt...)
		}
		return r
	}
	pairs := []Row{pair("", "q"), pair("", "q", "x", "more?"), pair("s", "q")}
	tests := []struct {
		name, file, text string
		opt              ImportOptions
		format           Format
		want             []Row
	}{
		{"messages", "f.jsonl", `{"messages":[{"role":"user","content":"q1"},{"role":"assistant","content":"a1"}]}` + "\n" +
			`{"messages":[{"role":"user","content":"q2"},{"role":"assistant","content":"a2"}]}`, ImportOptions{}, FormatMessages, qa},
		{"messages, BOM, CRLF, blank lines", "f.jsonl", "\xEF\xBB\xBF" + `{"messages":[{"role":"user","content":"q1"},{"role":"assistant","content":"a1"}]}` + "\r\n\r\n" +
			`{"messages":[{"role":"User","content":"q2"},{"role":"model","content":"a2"}]}` + "\r\n", ImportOptions{}, FormatMessages, qa},
		{
			"parts and extra names", "f.jsonl", `{"id":7,"messages":[{"role":"user","name":"x","content":[{"type":"text","text":"q"},{"type":"text","text":"1"}]},{"role":"assistant","content":"a1","tool_calls":null}]}`,
			ImportOptions{},
			FormatMessages, qa[:1],
		},
		{
			"array over several lines", "f.json", "[\n  {\n \"messages\": [ {\"role\":\"system\",\"content\":\"s\"}, {\"role\":\"user\",\"content\":\"q1\"},\n{\"role\":\"assistant\",\"content\":\"a1\"}]}\n]\n",
			ImportOptions{},
			FormatMessages,
			[]Row{withSystem},
		},
		{"sharegpt", "f.json", `[{"id":"1","conversations":[{"from":"human","value":"q1"},{"from":"gpt","value":"a1"}],"system":"s"}]`, ImportOptions{}, FormatShareGPT, []Row{withSystem}},
		{"sharegpt jsonl", "f.jsonl", `{"conversations":[{"from":"human","value":"q1"},{"from":"bot","value":"a1"}]}` + "\n" +
			`{"conversations":[{"from":"human","value":"q2"},{"from":"gpt","value":"a2"}]}`, ImportOptions{}, FormatShareGPT, qa},
		{
			"alpaca", "f.json", `[{"instruction":"q1","input":"","output":"a1"},{"instruction":"q2","input":"with this","output":"a2"}]`,
			ImportOptions{},
			FormatAlpaca,
			[]Row{qa[0], chat("q2\n\nwith this", "a2")},
		},
		{"alpaca with history", "f.jsonl", `{"instruction":"q2","output":"a2","history":[["q1","a1"]]}`, ImportOptions{}, FormatAlpaca, []Row{chat("q1", "a1", "q2", "a2")}},
		{"dolly", "f.jsonl", `{"instruction":"q1","context":"c","response":"a1","category":"qa"}`, ImportOptions{}, FormatAlpaca, []Row{chat("q1\n\nc", "a1")}},
		{"prompt", "f.jsonl", `{"prompt":"q1","completion":"a1"}` + "\n" + `{"prompt":"q2","completion":"a2"}`, ImportOptions{}, FormatPrompt, qa},
		{"prompt as messages", "f.jsonl", `{"prompt":[{"role":"user","content":"q1"}],"completion":[{"role":"assistant","content":"a1"}]}`, ImportOptions{}, FormatPrompt, qa[:1]},
		{"question", "f.jsonl", `{"Question":"q1","Answer":"a1"}`, ImportOptions{}, FormatPrompt, qa[:1]},
		{"a number as answer", "f.jsonl", `{"question":"q","answer":42}`, ImportOptions{}, FormatPrompt, []Row{chat("q", "42")}},
		{"text", "f.jsonl", `{"text":"one"}` + "\n" + `{"text":"two \ud83d\ude00"}`, ImportOptions{}, FormatText, []Row{{Text: "one"}, {Text: "two 😀"}}},
		{"preferences", "f.jsonl", `{"prompt":"q","chosen":"a","rejected":"b","score":3}`, ImportOptions{}, FormatPreference, pairs[:1]},
		{"preferences as messages", "f.jsonl", `{"prompt":[{"role":"user","content":"q"}],"chosen":[{"role":"assistant","content":"a"}],"rejected":[{"role":"assistant","content":"b"}]}`, ImportOptions{}, FormatPreference, pairs[:1]},
		{
			"ultrafeedback", "f.jsonl", `{"prompt":"q","prompt_id":"1","messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],` +
				`"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}`,
			ImportOptions{},
			FormatPreference, pairs[:1],
		},
		{
			"hh", "f.jsonl", `{"chosen":"\n\nHuman: q\n\nAssistant: x\n\nHuman: more?\n\nAssistant: a","rejected":"\n\nHuman: q\n\nAssistant: x\n\nHuman: more?\n\nAssistant: b"}`,
			ImportOptions{},
			FormatPreference, pairs[1:2],
		},
		{"hh with a prompt", "f.jsonl", `{"prompt":"\n\nHuman: q\n\nAssistant: x\n\nHuman: more?\n\nAssistant:","chosen":"a","rejected":"b"}`, ImportOptions{}, FormatPreference, pairs[1:2]},
		{"orca", "f.jsonl", `{"system":"s","question":"q","chosen":"a","rejected":"b"}`, ImportOptions{}, FormatPreference, pairs[2:]},
		{
			"preference of conversations with a system text", "f.jsonl", `{"system":"s","chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}`,
			ImportOptions{},
			FormatPreference, pairs[2:],
		},
		{"sharegpt preferences", "f.json", `[{"conversations":[{"from":"human","value":"q"}],"chosen":{"from":"gpt","value":"a"},"rejected":{"from":"gpt","value":"b"}}]`, ImportOptions{}, FormatPreference, pairs[:1]},
		{"preferences in a table", "f.csv", "instruction,input,chosen,rejected\nq,,a,b\n", ImportOptions{}, FormatCSV, pairs[:1]},
		{"preferences with a mapping", "f.jsonl", `{"ask":"q","good":"a","bad":"b"}`, ImportOptions{Mapping: map[string]string{"ask": UseUser, "good": UseChosen, "bad": UseRejected}}, FormatColumns, pairs[:1]},
		{"chosen answers alone", "f.jsonl", `{"prompt":"q1","chosen":"a1","rejected":"b"}`, ImportOptions{Mapping: map[string]string{"prompt": UseUser, "chosen": UseAssistant}}, FormatColumns, qa[:1]},
		{"csv", "f.csv", "question,answer\nq1,a1\nq2,a2\n", ImportOptions{}, FormatCSV, qa},
		{"csv, quotes, semicolons", "f.csv", "\xEF\xBB\xBFid;prompt;response\r\n1;\"q;1\r\nmore\";a1\r\n", ImportOptions{}, FormatCSV, []Row{chat("q;1\nmore", "a1")}},
		{"tsv", "f.tsv", "question\tanswer\nq1\ta1\nq2\ta2\n", ImportOptions{}, FormatTSV, qa},
		{"tabs in .txt", "f.txt", "question\tanswer\nq1\ta1, b\nq2\ta2\n", ImportOptions{}, FormatTSV, []Row{chat("q1", "a1, b"), chat("q2", "a2")}},
		{"csv of one text column", "f.csv", "text\none\ntwo\n", ImportOptions{}, FormatCSV, []Row{{Text: "one"}, {Text: "two"}}},
		{"csv with a mapping", "f.csv", "topic,mail,reply\nx,q1,a1\ny,q2,a2\n", ImportOptions{Mapping: map[string]string{"mail": UseUser, "reply": UseAssistant}}, FormatCSV, qa},
		{"mapping over detection", "f.jsonl", `{"question":"a1","answer":"q1"}`, ImportOptions{Mapping: map[string]string{"answer": UseUser, "question": UseAssistant}}, FormatColumns, qa[:1]},
		{"format given", "f.jsonl", `{"text":"t","prompt":"q1","completion":"a1"}`, ImportOptions{Format: FormatText}, FormatText, []Row{{Text: "t"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lib := openLibrary(t)
			test.opt.Name = "own"
			path := writeTemp(t, test.file, test.text)
			report, err := lib.Import(t.Context(), path, test.opt)
			must(t, err)
			if report.Format != test.format || report.Rows != len(test.want) || report.Skipped != 0 {
				t.Errorf("report %+v", report)
			}
			if got := rowsOf(t, lib, Ref{Net: "own"}); !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if !report.Net.Private || report.Net.SPDX != SPDXNone || report.Net.Terms.NeedsLicence() {
				t.Errorf("net %+v", report.Net)
			}
			diffs, err := lib.Verify(t.Context(), Ref{Net: "own"}, nil)
			if err != nil || len(diffs) > 0 {
				t.Errorf("verify: %v, %v", diffs, err)
			}
			p, err := PreviewFile(t.Context(), path, test.opt, 1)
			must(t, err)
			if p.Format != test.format || len(p.Entries) != 1 || !reflect.DeepEqual(p.Entries[0], test.want[0]) || len(p.Columns) == 0 || p.Reason == "" {
				t.Errorf("preview %+v", p)
			}
		})
	}
}

// One fault a file: what is said has to name it, and nothing may stay behind.
func TestImportRefuses(t *testing.T) {
	tests := []struct {
		name, file, text string
		opt              ImportOptions
		kind, say        string
	}{
		{"empty", "f.jsonl", "", ImportOptions{}, KindRefused, "is empty"},
		{"blank", "f.jsonl", " \n\n", ImportOptions{}, KindRefused, "blank"},
		{"binary", "f.jsonl", "\x7fELF\x02\x01\x00\x00\x00", ImportOptions{}, KindRefused, "binary"},
		{"parquet", "f.parquet", "PAR1\x15\x04\x15", ImportOptions{}, KindRefused, "Parquet"},
		{"gzip", "f.jsonl.gz", "\x1f\x8b\x08\x00", ImportOptions{}, KindRefused, "gzip"},
		{"workbook", "f.xlsx", "PK\x03\x04\x14\x00", ImportOptions{}, KindRefused, "Excel"},
		{"UTF-16", "f.csv", "\xff\xfeq\x00,\x00a\x00", ImportOptions{}, KindRefused, "UTF-16"},
		{"Latin-1", "f.csv", "frage,antwort\n" + strings.Repeat("\xe4\xf6\xfc,\xdf\xe9\xe8\n", 40), ImportOptions{}, KindRefused, "not UTF-8"},
		{"prose", "f.txt", "This is a letter.\nIt has no columns.\n", ImportOptions{}, KindRefused, "format of f.txt is unknown"},
		{"unknown columns", "f.csv", "mail,reply\nq,a\n", ImportOptions{}, KindUsage, "are not known"},
		{"another format further on", "f.jsonl", `{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}` + "\n" + `{"instruction":"i","output":"o"}`, ImportOptions{}, KindRefused, `line 2: the row is not messages as the others: its columns are "instruction", "output"`},
		{"preference without a question", "f.jsonl", `{"chosen":"a","rejected":"b"}`, ImportOptions{}, KindRefused, "does not end with a question"},
		{"preference of equals", "f.jsonl", `{"prompt":"q","chosen":"a","rejected":"a"}`, ImportOptions{}, KindRefused, "the same"},
		{"preference with an empty side", "f.jsonl", `{"prompt":"q","chosen":"","rejected":"a"}`, ImportOptions{}, KindRefused, "chosen: the answer is empty"},
		{"preference with one side", "f.jsonl", `{"prompt":"q","chosen":"a","rejected":"b"}` + "\n" + `{"prompt":"q","chosen":"a"}`, ImportOptions{}, KindRefused, "line 2: one of the two answers is missing"},
		{"preference with no side", "f.jsonl", `{"prompt":"q","chosen":"a","rejected":"b"}` + "\n" + `{"prompt":"q"}`, ImportOptions{}, KindRefused, "line 2: "},
		{"preference, another prompt", "f.jsonl", `{"prompt":"x","chosen":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}],"rejected":[{"role":"user","content":"q"},{"role":"assistant","content":"b"}]}`, ImportOptions{}, KindRefused, "common beginning"},
		{"preference, other questions", "f.jsonl", `{"chosen":"\n\nHuman: q\n\nAssistant: a","rejected":"\n\nHuman: r\n\nAssistant: b"}`, ImportOptions{}, KindRefused, "does not end with a question"},
		{"preference, one conversation", "f.jsonl", `{"prompt":"q","chosen":"\n\nHuman: q\n\nAssistant: a","rejected":"b"}`, ImportOptions{}, KindRefused, "whole conversation"},
		{"mapping of one answer of two", "f.jsonl", `{"a":"q","b":"x","c":"y"}`, ImportOptions{Mapping: map[string]string{"a": UseUser, "b": UseChosen}}, KindUsage, "one of two"},
		{"mapping of three answers", "f.jsonl", `{"a":"q","b":"x","c":"y"}`, ImportOptions{Mapping: map[string]string{"a": UseAssistant, "b": UseChosen, "c": UseRejected}}, KindUsage, "beside"},
		{"no object", "f.jsonl", "{\n \"text\": \"x\"\n}\n", ImportOptions{}, KindRefused, "several lines"},
		{"array of numbers", "f.json", "[1,2]", ImportOptions{}, KindRefused, "not a JSON object"},
		{"cut array", "f.json", `[{"text":"x"},`, ImportOptions{}, KindRefused, "no end"},
		{"cut row", "f.json", `[{"text":"x"},{"text":"y`, ImportOptions{}, KindRefused, "inside a row"},
		{"empty array", "f.json", `[ ]`, ImportOptions{}, KindRefused, "no rows"},
		{"two arrays", "f.json", `[{"text":"x"}][{"text":"y"}]`, ImportOptions{}, KindRefused, "more after the end"},
		{"bad JSON", "f.jsonl", `{"text":"x"}` + "\n" + `{"text":}`, ImportOptions{}, KindRefused, "line 2: not valid JSON"},
		{"bad UTF-8", "f.jsonl", `{"text":"` + strings.Repeat("fine ", 40) + `"}` + "\n{\"text\":\"a\xffb\"}\n", ImportOptions{}, KindRefused, "line 2: not UTF-8"},
		{"NUL escape", "f.jsonl", `{"text":"a\u0000b"}`, ImportOptions{}, KindRefused, "NUL"},
		{"half a character", "f.jsonl", `{"text":"a\ud83d b"}`, ImportOptions{}, KindRefused, "surrogate"},
		{"no answer", "f.jsonl", `{"messages":[{"role":"user","content":"q"}]}`, ImportOptions{}, KindRefused, "line 1: the row has no answer"},
		{"empty answer", "f.csv", "question,answer\nq1,a1\nq2,\n", ImportOptions{}, KindRefused, "line 3: the answer is empty"},
		{"tools", "f.jsonl", `{"messages":[{"role":"user","content":"q"},{"role":"tool","content":"x"},{"role":"assistant","content":"a"}]}`, ImportOptions{}, KindRefused, "tools"},
		{"picture", "f.jsonl", `{"messages":[{"role":"user","content":[{"type":"image_url"}]},{"role":"assistant","content":"a"}]}`, ImportOptions{}, KindRefused, "only text"},
		{"ragged", "f.csv", "question,answer\nq1,a1\n" + strings.Repeat("q,a\n", 20) + "q2\n", ImportOptions{}, KindRefused, "line 23: the row has 1 columns"},
		{"open quote", "f.csv", "question,answer\nq1,a1\n" + strings.Repeat("q,a\n", 20) + "q2,\"a\n", ImportOptions{}, KindRefused, "line 23: not a valid table row"},
		{"column twice", "f.csv", "text,text\na,b\n", ImportOptions{}, KindRefused, "two columns"},
		{"name twice", "f.jsonl", `{"text":"x","text":"y"}`, ImportOptions{}, KindRefused, "stands twice"},
		{"bad mapping", "f.csv", "a,b\n1,2\n", ImportOptions{Mapping: map[string]string{"c": UseText}}, KindUsage, "no column"},
		{"bad use", "f.csv", "a,b\n1,2\n", ImportOptions{Mapping: map[string]string{"a": "teacher"}}, KindUsage, "no use"},
		{"half a mapping", "f.csv", "a,b\n1,2\n", ImportOptions{Mapping: map[string]string{"a": UseUser}}, KindUsage, "no answer"},
		{"bad format", "f.csv", "a,b\n1,2\n", ImportOptions{Format: "xml"}, KindUsage, "no format"},
		{"other format", "f.jsonl", `{"text":"x"}`, ImportOptions{Format: FormatMessages}, KindUsage, "not messages"},
		{"bad name", "f.jsonl", `{"text":"x"}`, ImportOptions{Name: "..."}, KindUsage, "DataNet name"},
		{"long line", "f.jsonl", `{"text":"x"}` + "\n" + `{"text":"` + strings.Repeat("x", maxRow) + "\"}\n" + `{"text":"y"}`, ImportOptions{}, KindRefused, "line 2: the row is longer than 16 MiB"},
		{"long element", "f.json", `[{"text":"` + strings.Repeat("x", maxRow) + `"}]`, ImportOptions{}, KindRefused, "longer than 16 MiB"},
		{"quote never closed", "f.csv", "question,answer\nq,a\nq,\"" + strings.Repeat("x,y\n", maxRow/3), ImportOptions{}, KindRefused, "longer than 16 MiB"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			lib := openLibrary(t)
			_, err := lib.Import(t.Context(), writeTemp(t, test.file, test.text), test.opt)
			wantKind(t, err, test.kind)
			if !strings.Contains(err.Error(), test.say) {
				t.Errorf("got %q, want %q in it", err, test.say)
			}
			wantNothing(t, lib)
		})
	}
	t.Run("folder", func(t *testing.T) {
		lib := openLibrary(t)
		_, err := lib.Import(t.Context(), t.TempDir(), ImportOptions{Name: "own"})
		wantKind(t, err, KindUsage)
	})
	t.Run("missing", func(t *testing.T) {
		lib := openLibrary(t)
		_, err := lib.Import(t.Context(), filepath.Join(t.TempDir(), "no.jsonl"), ImportOptions{Name: "own"})
		wantKind(t, err, KindNotFound)
	})
}

func wantNothing(t testing.TB, lib *Library) {
	t.Helper()
	left, err := os.ReadDir(lib.dir)
	must(t, err)
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestImportSkipBad(t *testing.T) {
	lib := openLibrary(t)
	text := `{"text":"one"}` + "\nno JSON\n" + `{"text":""}` + "\n" + `{"text":"` + strings.Repeat("x", maxRow) + "\"}\n" + `{"text":"one"}` + "\n"
	path := writeTemp(t, "f.jsonl", text)
	report, err := lib.Import(t.Context(), path, ImportOptions{Name: "own"})
	wantKind(t, err, KindRefused)
	if report.Skipped != 3 || len(report.Errors) != 3 {
		t.Errorf("report of the refusal %+v", report)
	}
	wantNothing(t, lib)
	report, err = lib.Import(t.Context(), path, ImportOptions{Name: "own", SkipBad: true})
	must(t, err)
	var at []int
	for _, e := range report.Errors {
		at = append(at, e.Line)
	}
	if report.Rows != 2 || report.Skipped != 3 || report.Duplicates != 1 || !reflect.DeepEqual(at, []int{2, 3, 4}) {
		t.Errorf("report %+v, lines %v", report, at)
	}
	none := writeTemp(t, "g.jsonl", `{"text":""}`)
	_, err = lib.Import(t.Context(), none, ImportOptions{Name: "none", SkipBad: true})
	wantKind(t, err, KindRefused)
}

func TestImportVersions(t *testing.T) {
	lib := openLibrary(t)
	one := writeTemp(t, "Shop Mails.jsonl", `{"text":"one"}`)
	first, err := lib.Import(t.Context(), one, ImportOptions{})
	must(t, err)
	if first.Net.Slug != "shop-mails" || first.Net.Title != "Shop Mails" || first.Net.Newest().Number != 1 {
		t.Errorf("first %+v", first.Net)
	}
	again, err := lib.Import(t.Context(), one, ImportOptions{})
	must(t, err)
	if !again.Existed || again.Digest != first.Digest || len(again.Net.Versions) != 1 {
		t.Errorf("the same rows again: %+v", again)
	}
	two := writeTemp(t, "f.csv", "text\none\ntwo\n")
	second, err := lib.Import(t.Context(), two, ImportOptions{Name: "shop-mails"})
	must(t, err)
	if second.Existed || second.Digest == first.Digest || second.Net.Newest().Number != 2 || second.Net.Title != "Shop Mails" {
		t.Errorf("second %+v", second)
	}
	// Elsewhere, and from another format, the same rows have the same digest.
	elsewhere, err := openLibrary(t).Import(t.Context(), writeTemp(t, "x.csv", "text\none\n"), ImportOptions{Name: "shop-mails", Title: "Shop Mails"})
	must(t, err)
	if elsewhere.Digest != first.Digest {
		t.Errorf("digest %s elsewhere, %s here", elsewhere.Digest, first.Digest)
	}
	for ref, rows := range map[Ref]int{{"shop-mails", 0}: 2, {"shop-mails", 1}: 1, {"shop-mails", 2}: 2} {
		r, v, err := lib.Resolve(ref)
		must(t, err)
		if v.Rows != rows || r.Version != v.Number || len(rowsOf(t, lib, ref)) != rows {
			t.Errorf("%v resolves to %v, %+v", ref, r, v)
		}
	}
	if _, _, err := lib.Resolve(Ref{"shop-mails", 3}); err == nil {
		t.Error("version 3 resolves")
	} else {
		wantKind(t, err, KindNotFound)
	}
}

// Names that only look alike in the folder's name are two names: the second is refused, and no version is made of it.
func TestImportOfANameThatIsAlmostTaken(t *testing.T) {
	for _, c := range []struct {
		first string
		same  []string
		other []string
	}{
		{"a/b", []string{"a/b", "a-b", "A/B"}, []string{"a b", "a:b", "á/b"}},
		{"Shop mails", []string{"shop_mails", "Shop-Mails", " shop  mails "}, []string{"Shop, mails!"}},
		{"данные 1", []string{"1", "Данные 1"}, []string{"план 1"}},
		{strings.Repeat("long ", 10) + "one", nil, []string{strings.Repeat("long ", 10) + "two"}},
	} {
		lib, rows := openLibrary(t), 0
		bring := func(name string) (ImportReport, error) {
			rows++
			return lib.Import(t.Context(), writeTemp(t, "f.jsonl", fmt.Sprintf(`{"text":"number %d"}`, rows)), ImportOptions{Name: name})
		}
		made, err := bring(c.first)
		must(t, err)
		for i, name := range c.same {
			again, err := bring(name)
			must(t, err)
			if again.Net.Slug != made.Net.Slug || again.Net.Newest().Number != i+2 {
				t.Errorf("%q after %q is %+v", name, c.first, again.Net)
			}
		}
		for _, name := range c.other {
			_, err := bring(name)
			wantKind(t, err, KindRefused)
			if e, ok := errors.AsType[*Error](err); !ok || !strings.Contains(e.Advice(), string(made.Net.Slug)) {
				t.Errorf("%q after %q: %v", name, c.first, err)
			}
		}
		net, err := lib.Get(made.Net.Slug)
		must(t, err)
		if len(net.Versions) != 1+len(c.same) {
			t.Errorf("%q has %d versions", c.first, len(net.Versions))
		}
	}
}

// Imports at the same time under one name become versions one after another.
func TestImportTogether(t *testing.T) {
	lib := openLibrary(t)
	const n = 6
	errs := make(chan error, n)
	for i := range n {
		path := writeTemp(t, "f.jsonl", fmt.Sprintf(`{"text":"number %d"}`, i))
		go func() {
			_, err := lib.Import(t.Context(), path, ImportOptions{Name: "own", Title: fmt.Sprintf("Title %d", i)})
			errs <- err
		}()
	}
	for range n {
		must(t, <-errs)
	}
	net, err := lib.Get("own")
	must(t, err)
	if len(net.Versions) != n {
		t.Fatalf("%d versions", len(net.Versions))
	}
	for i := range n {
		diffs, err := lib.Verify(t.Context(), Ref{"own", i + 1}, nil)
		if err != nil || len(diffs) > 0 {
			t.Errorf("version %d: %v, %v", i+1, diffs, err)
		}
	}
}

func TestImportStops(t *testing.T) {
	lib := openLibrary(t)
	path := writeTemp(t, "f.jsonl", strings.Repeat(`{"text":"`+strings.Repeat("x", 1000)+"\"}\n", 8000))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last, total int64
	_, err := lib.Import(ctx, path, ImportOptions{Name: "own", Progress: func(d, all int64) {
		if d < last {
			t.Errorf("progress went back from %d to %d", last, d)
		}
		last, total = d, all
		if d > 3<<20 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
	if info, _ := os.Stat(path); total != info.Size() || last > 6<<20 {
		t.Errorf("told %d of %d", last, total)
	}
	wantNothing(t, lib)
}

func TestSweepStaging(t *testing.T) {
	lib := openLibrary(t)
	dead := filepath.Join(lib.dir, stagingPrefix+"4194305-00000001") // above the largest process id of Linux
	must(t, os.Mkdir(dead, 0o755))
	must(t, os.WriteFile(filepath.Join(dead, RowsFile), []byte("x"), 0o644))
	live, err := staging(lib.dir)
	must(t, err)
	_, err = OpenLibrary(lib.dir)
	must(t, err)
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("what a killed import left is still there: %v", err)
	}
	if _, err := os.Stat(live); err != nil {
		t.Errorf("a running import lost its folder: %v", err)
	}
	nets, err := lib.List()
	if err != nil || len(nets) != 0 {
		t.Errorf("listed %v, %v", nets, err)
	}
}

// FuzzImport feeds each parser; what is imported has to verify, what is
// refused has to say why and leave nothing.
func FuzzImport(f *testing.F) {
	for _, seed := range []string{
		`{"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]}` + "\n",
		`[{"conversations":[{"from":"human","value":"q"},{"from":"gpt","value":"a\u00e9\ud83d\ude00"}]}]`,
		`[{"instruction":"i","input":"x","output":"o","history":[["a","b"]]}]`,
		`{"prompt":"p","completion":"c"}`, `{"text":"t"}`, `{"prompt":"p","chosen":"c","rejected":[{"role":"assistant","content":"r"}]}`,
		`{"chosen":"\n\nHuman: q\n\nAssistant: a","rejected":"\n\nHuman: q\n\nAssistant: b"}`,
		"question,answer\nq,\"a,b\"\n", "question\tanswer\nq\ta\n", "text\nx\n", "\xEF\xBB\xBFtext\r\nx\r\n",
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(7))
	}
	f.Fuzz(func(t *testing.T, data []byte, mode uint8) {
		lib := openLibrary(t)
		path := filepath.Join(t.TempDir(), "f.jsonl")
		must(t, os.WriteFile(path, data, 0o644))
		opt := ImportOptions{Name: "own", SkipBad: mode&1 == 1}
		if mode&2 != 0 {
			opt.Format = formats[int(mode>>2)%len(formats)]
		}
		report, err := lib.Import(t.Context(), path, opt)
		if err != nil {
			if e, ok := err.(*Error); !ok || e.Next == "" || e.Message == "" {
				t.Fatalf("error without advice: %#v", err)
			}
			wantNothing(t, lib)
			return
		}
		diffs, err := lib.Verify(t.Context(), Ref{Net: "own"}, nil)
		if err != nil || len(diffs) > 0 || len(rowsOf(t, lib, Ref{Net: "own"})) != report.Rows {
			t.Fatalf("%d rows, verify %v, %v", report.Rows, diffs, err)
		}
		if report.Rows == 0 || bytes.Contains(data, []byte("\x00")) && !opt.SkipBad {
			t.Fatalf("imported %+v of %q", report, data)
		}
	})
}

// FuzzObject compares our splitting of JSON objects with encoding/json.
func FuzzObject(f *testing.F) {
	f.Add([]byte(`{"a":"x\u00e9\ud83d\ude00\n","b":[1,{"c":"]}"}],"d":null, "e" : -1.5e3 }`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`{"a":"\ud83d"}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		cols, err := parseObject(b)
		if err != nil {
			return
		}
		var want map[string]json.RawMessage
		must(t, json.Unmarshal(b, &want))
		if len(want) != len(cols) {
			t.Fatalf("%d members, want %d", len(cols), len(want))
		}
		for _, c := range cols {
			if !bytes.Equal(c.raw, want[c.name]) {
				t.Fatalf("%q is %q, want %q", c.name, c.raw, want[c.name])
			}
			if c.raw[0] != '"' {
				continue
			}
			var text string
			must(t, json.Unmarshal(c.raw, &text))
			if got, err := decodeString(c.raw); err == nil && got != text {
				t.Fatalf("%q reads %q, want %q", c.raw, got, text)
			} else if err != nil && !strings.ContainsRune(text, '\uFFFD') {
				t.Fatalf("%q: %v", c.raw, err)
			}
		}
	})
}
