package lineage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/datasets"
)

// Graph is the lineage around one model of the shelf: what it was made from, and
// which models here were made of it. report is the newest verification of it, or
// nil when nobody has looked; no box is "equal" without one. A damaged model has
// the boxes that can still be read.
func (s *Shelf) Graph(id datasets.Digest, report *Report) (Graph, error) {
	m, err := s.Get(string(id))
	if err != nil {
		return Graph{}, err
	}
	others, err := s.List()
	if err != nil {
		return Graph{}, err
	}
	g := &grapher{shelf: s, report: report, others: others}
	g.add(modelNode(m, report), "", "")
	self := g.graph.Nodes[0].ID
	if m.Metrics.Base.Name != "" { // not of a damaged model
		g.add(g.baseNode(m.Metrics.Base), self, "")
	}
	for _, u := range m.Data {
		g.add(g.dataNode(u), self, percent(u.WeightPPM))
	}
	if man, err := s.Manifest(id); err == nil {
		for _, p := range man.Parents {
			g.add(g.parentNode(p), self, "")
		}
	}
	if m.Publication != nil {
		g.children(m, self)
	}
	return g.graph, nil
}

type grapher struct {
	shelf  *Shelf
	report *Report
	others []Model
	graph  Graph
}

// add puts a box in and, where to is given, a line from it.
func (g *grapher) add(n Node, to, label string) {
	g.graph.Nodes = append(g.graph.Nodes, n)
	if to != "" {
		g.graph.Edges = append(g.graph.Edges, Edge{From: n.ID, To: to, Label: label})
	}
}

func modelNode(m Model, report *Report) Node {
	n := Node{
		ID: "model:" + string(m.Digest), Kind: NodeModel, Column: ColumnModel, Title: m.Name,
		Digest: string(m.Digest), State: StateUnknown, Model: string(m.Digest),
	}
	if m.Manifest != "" {
		n.Digest = string(m.Manifest)
	}
	n.Lines = []string{standing(m)}
	if !m.Created.IsZero() {
		n.Lines = append(n.Lines, m.Created.UTC().Format("2 Jan 2006"))
	}
	switch {
	case report == nil && m.Damaged != "":
		n.State, n.Problem = StateDiffers, "a record is damaged"
	case report == nil:
	case len(report.Differences) > 0:
		n.State, n.Problem = StateDiffers, problem(report.Differences)
	case report.Verified || !report.Published:
		n.State = StateEqual
	default:
		n.State = StateNotHere // the chain was not read
	}
	return n
}

// standing says where the model is registered and which run made it.
func standing(m Model) string {
	s := "not registered"
	if m.Publication != nil {
		s = fmt.Sprintf("no. %d", m.Publication.ID)
	}
	if m.RunNumber > 0 {
		s += fmt.Sprintf(" · run %d", m.RunNumber)
	}
	return s
}

// problem counts differences and names the first file.
func problem(list []datasets.Difference) string {
	var files []string
	for _, d := range list {
		if !slices.Contains(files, d.File) {
			files = append(files, d.File)
		}
	}
	if len(files) == 1 {
		return "1 difference: " + files[0]
	}
	return fmt.Sprintf("%d differences: %s …", len(files), files[0])
}

// state looks a box up in the report by the title of its check.
func (g *grapher) state(title string) string {
	if g.report != nil {
		for _, c := range g.report.Checked {
			if c.Title == title {
				return c.State
			}
		}
	}
	return StateUnknown
}

func (g *grapher) problemOf(prefix string) string {
	if g.report == nil {
		return ""
	}
	var list []datasets.Difference
	for _, d := range g.report.Differences {
		if strings.HasPrefix(d.File, prefix) {
			list = append(list, d)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return problem(list)
}

func (g *grapher) baseNode(base ManifestBase) Node {
	lines := []string{base.Licence}
	if base.Licence == "" {
		lines = nil
	}
	return Node{
		ID: "base:" + string(base.Digest), Kind: NodeBase, Column: ColumnFrom, Title: base.Name, Lines: lines,
		Digest: string(base.Digest), State: g.state(titleBase), Problem: g.problemOf("base "),
	}
}

func (g *grapher) dataNode(u DataUse) Node {
	ref := datasets.Ref{Net: u.Net, Version: u.Version}
	who := count(len(u.Contributors), "person", "people")
	if len(u.Contributors) == 1 && u.Contributors[0].Address == datasets.ZeroAddress {
		who = "own rows"
	}
	last := u.SPDX
	if u.Private {
		last = "private, digest only"
	}
	return Node{
		ID: "data:" + ref.String(), Kind: NodeData, Column: ColumnFrom, Title: dataTitle(u),
		Lines: []string{percent(u.WeightPPM) + " · " + who + " · " + last}, Digest: string(u.Root),
		State: g.state(dataTitle(u)), Problem: g.problemOf(ref.String() + "/"), Private: u.Private, Net: ref.String(),
	}
}

// parentNode is a model that this one was made from, by name where it is here.
func (g *grapher) parentNode(p Parent) Node {
	n := Node{
		ID: fmt.Sprintf("parent:%d:%s:%d", p.ChainID, p.Contract, p.ID), Kind: NodeParent, Column: ColumnFrom,
		Title: fmt.Sprintf("Model %d", p.ID), Lines: []string{"not on this computer"}, State: StateNotHere,
	}
	for _, m := range g.others {
		if m.Publication != nil && samePlace(*m.Publication, p) {
			n.Title, n.Lines, n.Digest, n.Model = m.Name, []string{standing(m)}, string(m.Manifest), string(m.Digest)
			n.State = StateUnknown
		}
	}
	return n
}

// children are the models here whose manifests name this one as a parent.
func (g *grapher) children(m Model, self string) {
	for _, o := range g.others {
		if o.Manifest == "" || o.Digest == m.Digest {
			continue
		}
		man, err := g.shelf.Manifest(o.Digest)
		if err != nil || !slices.ContainsFunc(man.Parents, func(p Parent) bool { return samePlace(*m.Publication, p) }) {
			continue
		}
		n := modelNode(o, nil)
		n.ID, n.Kind, n.Column = "child:"+string(o.Digest), NodeChild, ColumnOf
		g.graph.Nodes = append(g.graph.Nodes, n)
		g.graph.Edges = append(g.graph.Edges, Edge{From: self, To: n.ID})
	}
}

func samePlace(a Publication, p Parent) bool {
	return a.ChainID == p.ChainID && strings.EqualFold(a.Genesis, p.Genesis) && a.Contract == p.Contract && a.ID == p.ID
}
