package datasets

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gowebpki/jcs"
)

// Files of a version folder, and of the net's folder above it.
const (
	RowsFile      = "rows.jsonl"
	LeavesFile    = "leaves.txt"
	QuestionsFile = "questions.jsonl"
	ManifestFile  = "manifest.json"
	DigestFile    = "manifest.json.sha256" // as sha256sum writes it
	NetFile       = "net.json"
	ChainFile     = "chain.json"
)

// facts are what net.json holds. Each manifest repeats them, so that a changed
// byte in either shows, and a version can be judged without its net's folder.
type facts struct {
	Schema   string   `json:"schema"`
	Slug     Slug     `json:"slug"`
	Title    string   `json:"title"`
	Summary  string   `json:"summary"`
	Language string   `json:"language"`
	Topics   []string `json:"topics"`
	SPDX     string   `json:"spdx"`
	Terms    Terms    `json:"terms"`
	Owner    Address  `json:"owner"`
	Private  bool     `json:"private"`
	Sample   bool     `json:"sample"`
}

const netSchema = "modelfactory/net/1"

func (f facts) check() error {
	if f.Schema != netSchema {
		return fmt.Errorf("unknown schema %s", quote(f.Schema))
	}
	if _, err := ParseSlug(string(f.Slug)); err != nil {
		return err
	}
	if a, err := ParseAddress(string(f.Owner)); err != nil || a != f.Owner {
		return fmt.Errorf("owner %s is not an EIP-55 address", quote(string(f.Owner)))
	}
	if f.Title == "" || f.SPDX == "" {
		return errors.New("title or licence is missing")
	}
	return nil
}

// backedBy compares net.json with a version's manifest, whose digest stands on
// the chain. The newest manifest says what the net is; and what is called
// private has no owner and no contributor in any version, so that a registered
// net does not become an own file, which needs no licence, by one word.
func (f facts) backedBy(r record, newest bool) error {
	if newest {
		a, err := CanonicalJSON(f)
		if err != nil {
			return err
		}
		b, err := CanonicalJSON(r.Net)
		if err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			return errors.New("it differs from the manifest of the newest version")
		}
	}
	if !f.Private {
		return nil
	}
	own := f.Owner == ZeroAddress && !f.Sample
	for _, c := range r.Contributors {
		own = own && c.Address == ZeroAddress
	}
	if !own {
		return errors.New("it is called private and belongs to others")
	}
	return nil
}

// record is our own part of the manifest, one JSON literal to JSON-LD readers.
type record struct {
	Net          facts         `json:"net"`
	Version      int           `json:"version"`
	Rows         int           `json:"rows"`
	Root         Digest        `json:"root"`
	Contributors []Contributor `json:"contributors"`
}

// manifest is the Croissant 1.1 description of one version
// (docs.mlcommons.org/croissant). Private versions have no datePublished and
// no url: nothing was published, and the same rows keep the same digest on any
// day.
type manifest struct {
	Context       json.RawMessage `json:"@context"`
	Type          string          `json:"@type"`
	ConformsTo    string          `json:"conformsTo"`
	Name          string          `json:"name"`
	Description   string          `json:"description"`
	Language      string          `json:"inLanguage,omitempty"`
	Keywords      []string        `json:"keywords,omitempty"`
	License       string          `json:"license,omitempty"`
	CiteAs        string          `json:"citeAs"`
	URL           string          `json:"url,omitempty"`
	Version       string          `json:"version"`
	DatePublished string          `json:"datePublished,omitempty"`
	Creator       []creator       `json:"creator"`
	UsageInfo     string          `json:"usageInfo"`
	Distribution  []fileObject    `json:"distribution"`
	RecordSet     []recordSet     `json:"recordSet"`
	Record        record          `json:"modelfactory"`
}

type creator struct {
	Type       string `json:"@type"`
	Name       string `json:"name"`
	Identifier string `json:"identifier"`
}

type fileObject struct {
	Type           string `json:"@type"`
	ID             string `json:"@id"`
	Name           string `json:"name"`
	Description    string `json:"description"`
	ContentURL     string `json:"contentUrl"`
	ContentSize    string `json:"contentSize"`
	EncodingFormat string `json:"encodingFormat"`
	SHA256         Digest `json:"sha256"`
}

type recordSet struct {
	Type        string  `json:"@type"`
	ID          string  `json:"@id"`
	Name        string  `json:"name"`
	Description string  `json:"description"`
	Field       []field `json:"field"`
}

type field struct {
	Type        string      `json:"@type"`
	ID          string      `json:"@id"`
	Name        string      `json:"name"`
	Description string      `json:"description"`
	DataType    string      `json:"dataType"`
	IsArray     bool        `json:"isArray,omitempty"`
	ArrayShape  string      `json:"arrayShape,omitempty"`
	Source      fieldSource `json:"source"`
}

type fieldSource struct {
	FileObject struct {
		ID string `json:"@id"`
	} `json:"fileObject"`
	Extract struct {
		Column string `json:"column"`
	} `json:"extract"`
	Transform *transform `json:"transform,omitempty"`
}

type transform struct {
	JSONPath string `json:"jsonPath"`
}

// croissantContext is the JSON-LD context that Croissant 1.1 prescribes, with
// our one term.
const croissantContext = `{"@language":"en","@vocab":"https://schema.org/","arrayShape":"cr:arrayShape","citeAs":"cr:citeAs","column":"cr:column","conformsTo":"dct:conformsTo","containedIn":"cr:containedIn","cr":"http://mlcommons.org/croissant/","data":{"@id":"cr:data","@type":"@json"},"dataType":{"@id":"cr:dataType","@type":"@vocab"},"dct":"http://purl.org/dc/terms/","description":{"@container":"@language"},"equivalentProperty":"cr:equivalentProperty","examples":{"@id":"cr:examples","@type":"@json"},"extract":"cr:extract","field":"cr:field","fileObject":"cr:fileObject","fileProperty":"cr:fileProperty","fileSet":"cr:fileSet","format":"cr:format","includes":"cr:includes","isArray":"cr:isArray","isLiveDataset":"cr:isLiveDataset","jsonPath":"cr:jsonPath","key":"cr:key","md5":"cr:md5","modelfactory":{"@id":"https://github.com/modelfactory/modelfactory#version","@type":"@json"},"name":{"@container":"@language"},"parentField":"cr:parentField","path":"cr:path","rai":"http://mlcommons.org/croissant/RAI/","recordSet":"cr:recordSet","references":"cr:references","regex":"cr:regex","repeated":"cr:repeated","replace":"cr:replace","samplingRate":"cr:samplingRate","sc":"https://schema.org/","separator":"cr:separator","source":"cr:source","subField":"cr:subField","transform":"cr:transform"}`

// contents is what a version's files were found to hold.
type contents struct {
	rows                int
	chats, texts, pairs bool // kinds of rows there are
	root                Digest
	duplicates          int
	contributors        []Contributor
	files               []fileObject // rows.jsonl first
}

func newManifest(f facts, number int, published time.Time, c contents) manifest {
	m := manifest{
		Context:      json.RawMessage(croissantContext),
		Type:         "sc:Dataset",
		ConformsTo:   "http://mlcommons.org/croissant/1.1",
		Name:         f.Title,
		Description:  f.Summary,
		Language:     f.Language,
		Keywords:     f.Topics,
		Version:      fmt.Sprintf("%d.0.0", number),
		CiteAs:       fmt.Sprintf("%s, DataNet %s, version %d", f.Title, f.Slug, number),
		UsageInfo:    strings.Join(f.Terms.Lines(), " "),
		Distribution: c.files,
		Record:       record{Net: f, Version: number, Rows: c.rows, Root: c.root, Contributors: c.contributors},
	}
	if m.Description == "" {
		m.Description = f.Title
	}
	switch {
	case f.SPDX == SPDXNone:
	case strings.HasPrefix(f.SPDX, "LicenseRef-"):
		m.License = f.SPDX
	default:
		m.License = "https://spdx.org/licenses/" + f.SPDX + ".html"
	}
	if f.Sample {
		m.URL = "https://github.com/modelfactory/modelfactory/tree/main/assets/datanets/" + string(f.Slug)
	}
	if !published.IsZero() {
		m.DatePublished = published.UTC().Format(time.DateOnly)
	}
	for _, who := range c.contributors {
		m.Creator = append(m.Creator, creator{"sc:Person", string(who.Address), string(who.Address)})
	}
	rows := recordSet{Type: "cr:RecordSet", ID: "rows", Name: "rows", Description: "One training example a record, and the account it belongs to."}
	rows.Field = append(rows.Field, newField("contributor", "contributor", "Address of the contributor, EIP-55.", ""))
	if c.chats {
		rows.Field = append(rows.Field,
			newField("role", "row", "Who speaks, message by message: system, user or assistant.", "$.messages[*].role"),
			newField("content", "row", "What is said, message by message.", "$.messages[*].content"))
	}
	if c.texts {
		rows.Field = append(rows.Field, newField("text", "row", "Plain text.", "$.text"))
	}
	if c.pairs {
		for _, part := range []struct{ name, what string }{
			{"prompt", "the conversation up to the question"}, {"chosen", "the answer that was preferred"}, {"rejected", "the other answer"},
		} {
			rows.Field = append(rows.Field,
				newField(part.name+"_role", "row", "Who speaks, message by message, in "+part.what+".", "$."+part.name+"[*].role"),
				newField(part.name+"_content", "row", "What is said, message by message, in "+part.what+".", "$."+part.name+"[*].content"))
		}
	}
	m.RecordSet = []recordSet{rows}
	return m
}

// newField describes a value of a row: a column of rows.jsonl, or what a path
// finds in it, which is a list when the path has a star.
func newField(name, from, what, path string) field {
	f := field{Type: "cr:Field", ID: "rows/" + name, Name: "rows/" + name, Description: what, DataType: "sc:Text"}
	f.Source.FileObject.ID = RowsFile
	f.Source.Extract.Column = from
	if path != "" {
		f.Source.Transform = &transform{path}
	}
	if strings.Contains(path, "*") {
		f.IsArray, f.ArrayShape = true, "-1"
	}
	return f
}

func newFileObject(name, what, encoding string, size int64, sum Digest) fileObject {
	return fileObject{
		Type: "cr:FileObject", ID: name, Name: name, Description: what, ContentURL: name,
		ContentSize: fmt.Sprintf("%d B", size), EncodingFormat: encoding, SHA256: sum,
	}
}

func (f fileObject) bytes() int64 {
	var n int64
	fmt.Sscanf(f.ContentSize, "%d B", &n)
	return n
}

// file returns the description of a file of this version.
func (m manifest) file(name string) (fileObject, bool) {
	for _, f := range m.Distribution {
		if f.ID == name {
			return f, true
		}
	}
	return fileObject{}, false
}

// CanonicalJSON encodes v as RFC 8785 JSON, the form of every file of record.
func CanonicalJSON(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return jcs.Transform(b)
}

// parseCanonical reads a file of record: its bytes must be their own
// canonical form.
func parseCanonical(b []byte, v any) error {
	c, err := jcs.Transform(b)
	if err != nil {
		return errors.New("not JSON")
	}
	if !bytes.Equal(c, b) {
		return errors.New("not in canonical form")
	}
	return json.Unmarshal(b, v)
}

func parseManifest(b []byte) (manifest, error) {
	var m manifest
	if err := parseCanonical(b, &m); err != nil {
		return m, err
	}
	r := m.Record
	if err := r.Net.check(); err != nil {
		return m, err
	}
	if r.Version < 1 || r.Rows < 1 {
		return m, errors.New("no version or no rows")
	}
	if _, err := ParseDigest(string(r.Root)); err != nil {
		return m, err
	}
	rows, ok := m.file(RowsFile)
	if _, err := ParseDigest(string(rows.SHA256)); !ok || err != nil {
		return m, errors.New("rows.jsonl is not described")
	}
	if m.DatePublished != "" {
		if _, err := time.Parse(time.DateOnly, m.DatePublished); err != nil {
			return m, errors.New("datePublished is not a date")
		}
	}
	return m, nil
}

// readManifest reads a version folder's manifest and digests it.
func readManifest(dir string) (manifest, Version, error) {
	path := filepath.Join(dir, ManifestFile)
	b, err := os.ReadFile(path)
	if err != nil {
		return manifest{}, Version{}, failed(err, "cannot read %s", path)
	}
	m, err := parseManifest(b)
	if err != nil {
		return manifest{}, Version{}, refused("Verify the DataNet to see what differs; import or fetch it again.", "%s is damaged: %v", path, err)
	}
	rows, _ := m.file(RowsFile)
	v := Version{
		Number: m.Record.Version, Rows: m.Record.Rows, Bytes: rows.bytes(),
		Root: m.Record.Root, Digest: DigestOf(b), RowsSHA256: rows.SHA256,
	}
	if m.DatePublished != "" {
		v.Published, _ = time.Parse(time.DateOnly, m.DatePublished)
	} else if info, err := os.Stat(path); err == nil {
		v.Published = info.ModTime().UTC()
	}
	return m, v, nil
}
