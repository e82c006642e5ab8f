package lineagescreen

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/chain"
	"github.com/modelfactory/modelfactory/chain/lineage"
	"github.com/modelfactory/modelfactory/datasets"
	"github.com/modelfactory/modelfactory/ui/nav"
	"github.com/modelfactory/modelfactory/ui/widgets"
)

// Services is what the studio does for this screen.
type Services interface {
	Models(ctx context.Context) ([]lineage.Model, error)
	// Graph is the lineage around a model; without a report no box is equal.
	Graph(ctx context.Context, id datasets.Digest, report *lineage.Report) (lineage.Graph, error)
	VerifyModel(ctx context.Context, name string) (lineage.Report, error)
	VerifyFolder(ctx context.Context, dir string) (lineage.Report, error)
	Export(ctx context.Context, id datasets.Digest, dir string) ([]lineage.File, error)
	Network() chain.Profile
	WatchModels() (changed <-chan struct{}, cancel func())
}

// folderArg starts the argument of a route that names a folder.
const folderArg = "folder="

// Model is what the page shows: a model of this computer, or a folder.
type Model struct {
	Now  func() time.Time
	Busy bool  // being verified
	Err  error // of the last reading or verifying

	id     datasets.Digest
	folder string
	models []lineage.Model
	read   bool
	graph  lineage.Graph
	report *lineage.Report
	chosen string // node
}

// Open turns to what a route names; "" is the newest model.
func (m *Model) Open(arg string) {
	folder, is := strings.CutPrefix(arg, folderArg)
	if !is {
		folder = ""
	}
	id := datasets.Digest(arg)
	if is {
		id = ""
	}
	newest := arg == "" && len(m.models) > 0 && m.id == m.models[0].Digest
	if (id == m.id || newest) && folder == m.folder {
		return
	}
	m.id, m.folder, m.graph, m.report, m.chosen, m.Err = id, folder, lineage.Graph{}, nil, "", nil
}

// Models takes the models over and, when none is named, turns to the newest.
func (m *Model) Models(all []lineage.Model) {
	m.models, m.read = slices.Clone(all), true
	slices.SortStableFunc(m.models, func(a, b lineage.Model) int { return b.Created.Compare(a.Created) })
	if m.id == "" && m.folder == "" && len(m.models) > 0 {
		m.id = m.models[0].Digest
	}
}

// Read says whether the models were read.
func (m *Model) Read() bool { return m.read }

// Empty says that there is nothing to show.
func (m *Model) Empty() bool { return m.read && m.id == "" && m.folder == "" }

// Folder is the folder that is verified; empty for a model of this computer.
func (m *Model) Folder() string { return m.folder }

// ID is the model shown.
func (m *Model) ID() datasets.Digest { return m.id }

// One is the model shown.
func (m *Model) One() lineage.Model {
	for _, o := range m.models {
		if o.Digest == m.id {
			return o
		}
	}
	return lineage.Model{Digest: m.id}
}

// Names are the models to choose from, and which is shown.
func (m *Model) Names() (names []string, shown int) {
	shown = -1
	for i, o := range m.models {
		names = append(names, o.Name)
		if o.Digest == m.id {
			shown = i
		}
	}
	return names, shown
}

// At is the digest of the i-th of them.
func (m *Model) At(i int) datasets.Digest {
	if i < 0 || i >= len(m.models) {
		return ""
	}
	return m.models[i].Digest
}

// Title is the name of what is shown.
func (m *Model) Title() string {
	switch {
	case m.folder != "" && m.report != nil && m.report.Name != "":
		return m.report.Name
	case m.folder != "":
		return filepath.Base(m.folder)
	}
	if name := m.One().Name; name != "" {
		return name
	}
	return "Lineage"
}

// Drawn takes a graph over; Verified what a verification found.
func (m *Model) Drawn(g lineage.Graph) {
	m.graph = g
	if m.chosen == "" || !slices.ContainsFunc(g.Nodes, func(n lineage.Node) bool { return n.ID == m.chosen }) {
		m.chosen = ""
		for _, n := range g.Nodes {
			if n.Kind == lineage.NodeModel {
				m.chosen = n.ID
			}
		}
	}
}

// Verified takes over what a verification found.
func (m *Model) Verified(r *lineage.Report) { m.report = r }

// Report is what the last verification found; nil before it.
func (m *Model) Report() *lineage.Report { return m.report }

// Titles head the columns of the graph.
var Titles = []string{"Made from", "Model", "Made of it"}

// nodeIcons are the icons of the boxes.
var nodeIcons = map[string]icons.Name{lineage.NodeBase: icons.Model, lineage.NodeData: icons.Datanet, lineage.NodeModel: icons.Model, lineage.NodeParent: icons.Model, lineage.NodeChild: icons.Model}

// States are how the states of boxes and checks are drawn.
var states = map[string]widgets.NodeState{lineage.StateEqual: widgets.NodeEqual, lineage.StateDiffers: widgets.NodeDiffers, lineage.StateNotHere: widgets.NodeAbsent, lineage.StateUnknown: widgets.NodeUnknown}

// Boxes are the graph as it is drawn.
func (m *Model) Boxes() ([]widgets.GraphNode, []widgets.GraphEdge) {
	var nodes []widgets.GraphNode
	for _, n := range m.graph.Nodes {
		box := widgets.GraphNode{ID: n.ID, Column: n.Column, Title: n.Title, Icon: nodeIcons[n.Kind], Lines: n.Lines, Digest: widgets.Short(n.Digest), State: states[n.State], Note: n.Problem}
		if n.Private {
			box.Icon = icons.Lock
		}
		if n.State == lineage.StateNotHere && n.Problem == "" {
			box.Lines = append(slices.Clone(box.Lines), "not here, cannot recompute")
		}
		nodes = append(nodes, box)
	}
	var edges []widgets.GraphEdge
	for _, e := range m.graph.Edges {
		edges = append(edges, widgets.GraphEdge{From: e.From, To: e.To, Strong: e.To == "model:"+string(m.id)})
	}
	return nodes, edges
}

// Choose selects a box.
func (m *Model) Choose(id string) { m.chosen = id }

// Chosen is the selected box.
func (m *Model) Chosen() lineage.Node {
	for _, n := range m.graph.Nodes {
		if n.ID == m.chosen {
			return n
		}
	}
	return lineage.Node{}
}

// OpenRoute leads to the thing behind a box, when it is here.
func (m *Model) OpenRoute(id string) (nav.Route, bool) {
	for _, n := range m.graph.Nodes {
		switch {
		case n.ID != id:
		case n.Kind == lineage.NodeModel:
			return nav.Route{Page: nav.PageModel, Arg: n.Model}, n.Model != ""
		case n.Model != "":
			return nav.Route{Page: nav.PageLineage, Arg: n.Model}, true
		case n.Net != "":
			return nav.Route{Page: nav.PageDataNet, Arg: n.Net}, true
		}
	}
	return nav.Route{}, false
}

// Standing is the word on the pill: nothing is verified that was not looked at.
func (m *Model) Standing() (string, widgets.Tone) {
	r := m.report
	switch {
	case m.Busy:
		return "verifying", widgets.Info
	case r == nil:
		return "not verified yet", widgets.Neutral
	case len(r.Differences) > 0:
		return "differs", widgets.Failed
	case !r.Withdrawn.IsZero():
		return "withdrawn", widgets.Caution
	case r.Verified:
		return "verified", widgets.Good
	case !r.Published:
		return "not registered", widgets.Neutral
	}
	return "chain not read", widgets.Caution
}

// Where says where it is registered, in lines.
func (m *Model) Where() []string {
	r := m.report
	if r == nil || r.Publication == nil {
		return nil
	}
	lines := []string{fmt.Sprintf("model no. %d on chain %d", r.Publication.ID, r.Publication.ChainID)}
	if r.Block > 0 {
		lines = append(lines, "block "+widgets.Count(int64(r.Block))+" · newest "+widgets.Count(int64(r.Head)))
	}
	if !r.Withdrawn.IsZero() {
		lines = append(lines, "withdrawn by its owner on "+r.Withdrawn.In(m.Now().Location()).Format("2 Jan 2006"))
	}
	return lines
}

// Outcome sums the verification up.
func (m *Model) Outcome() (widgets.Tone, string) {
	r := m.report
	if r == nil {
		return widgets.Neutral, ""
	}
	equal, looked := 0, 0
	for _, c := range r.Checked {
		switch c.State {
		case lineage.StateEqual:
			equal++
			looked++
		case lineage.StateDiffers:
			looked++
		}
	}
	at := fmt.Sprintf("%s s, %s", widgets.Number(max(r.Seconds, 0.1), 1), r.At.In(m.Now().Location()).Format("2 Jan 2006, 15:04"))
	switch {
	case len(r.Differences) > 0:
		return widgets.Failed, strings.TrimSpace(fmt.Sprintf("%d of %d digests equal, %s. What differs stands below. %s", equal, looked, at, r.Advice))
	case !r.Published:
		return widgets.Neutral, fmt.Sprintf("%d of %d digests recomputed from files and equal, %s. It is not registered, so no chain stands behind them yet.", equal, looked, at)
	case !r.OnChain:
		return widgets.Caution, fmt.Sprintf("%d of %d digests recomputed from files and equal, %s. The chain was not read, so it is not verified.", equal, looked, at)
	}
	return widgets.Good, fmt.Sprintf("%d of %d digests recomputed from files and equal, %s. Only the chain read needed a network.", equal, looked, at)
}

// Difference is one file that differs, in the words of its card.
type Difference struct{ File, Want, Got string }

// Differences are the files that differ.
func (m *Model) Differences() []Difference {
	var out []Difference
	if m.report != nil {
		for _, d := range m.report.Differences {
			out = append(out, Difference{d.File, d.Want, d.Got})
		}
	}
	return out
}

// IsFolder says whether a dropped path is a folder, which can be verified.
func IsFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// FolderRoute leads to the verification of a folder.
func FolderRoute(path string) nav.Route {
	return nav.Route{Page: nav.PageLineage, Arg: folderArg + path}
}
