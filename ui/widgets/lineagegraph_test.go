package widgets

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

func bikeGraph() *LineageGraph {
	g := NewLineageGraph()
	g.SetGraph([]string{"Made from", "Model", "Made of it"}, []GraphNode{
		{ID: "base", Title: "Qwen3-0.6B", Icon: icons.Model, Lines: []string{"Apache-2.0 · Alibaba"}, Digest: "c189…99de", State: NodeEqual},
		{ID: "bike", Title: "Bicycle Workshop v4", Icon: icons.Datanet, Lines: []string{"70 % · 7 people · licensed"}, Digest: "8c1f…d2a4", State: NodeEqual},
		{ID: "polite", Title: "Polite Support v2", Icon: icons.Datanet, Lines: []string{"20 % · 24 people · licensed"}, Digest: "f03e…5a17", State: NodeAbsent},
		{ID: "old", Title: "Bike helper 2", Icon: icons.Model, Lines: []string{"no. 398 · 14 Nov 2026"}, Digest: "a2c4…18ff"},
		{ID: "model", Column: 1, Title: "Bike helper 3", Icon: icons.Model, Lines: []string{"no. 412 · run 14", "21 Nov 2026 · 0x7A3f…91Ce"}, Digest: "4e9a…77c1", State: NodeEqual},
		{ID: "gguf", Column: 2, Title: "GGUF q8_0", Icon: icons.File, Lines: []string{"20 of 20 answers equal"}, Digest: "0b9d…63aa", State: NodeEqual},
		{ID: "touring", Column: 2, Title: "Touring helper with a name too long for its box", Icon: icons.Model, Lines: []string{"no. 431 · by 0x88Ad…30b1"}, Note: "1 difference: adapter file", State: NodeDiffers},
	}, []GraphEdge{
		{From: "base", To: "model", Strong: true},
		{From: "bike", To: "model", Strong: true},
		{From: "polite", To: "model", Strong: true},
		{From: "old", To: "model", Label: "replaced by"},
		{From: "model", To: "gguf"},
		{From: "model", To: "touring"},
	})
	g.Select("model")
	return g
}

func TestLineageGraphPicture(t *testing.T) {
	assertBothThemes(t, "lineage-graph", fyne.NewSize(800, 520), func() fyne.CanvasObject { return bikeGraph() }, nil)
}

func TestLineageGraphFitsASmallPlace(t *testing.T) {
	assertBothThemes(t, "lineage-graph-small", fyne.NewSize(420, 260), func() fyne.CanvasObject { return bikeGraph() }, nil)
}

func TestLineageGraphByHand(t *testing.T) {
	test.NewTempApp(t).Settings().SetTheme(theme.New(theme.Light, 100))
	g := bikeGraph()
	w := test.NewTempWindow(t, g)
	w.SetPadded(false)
	w.Resize(fyne.NewSize(900, 600))
	var selected, opened []string
	g.OnSelect = func(id string) { selected = append(selected, id) }
	g.OnOpen = func(id string) { opened = append(opened, id) }
	ring := test.WidgetRenderer(g).(*graphRenderer).ring
	w.Canvas().Focus(g)
	g.Quiet()
	if ring.Visible() {
		t.Error("the ring is shown before a key was pressed")
	}
	for _, k := range []fyne.KeyName{fyne.KeyLeft, fyne.KeyDown, fyne.KeyRight, fyne.KeyRight, fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn} {
		g.TypedKey(&fyne.KeyEvent{Name: k})
	}
	if want := []string{"base", "bike", "model", "gguf", "touring"}; !slices.Equal(selected, want) {
		t.Errorf("keys selected %v, want %v", selected, want)
	}
	if !ring.Visible() {
		t.Error("no ring after a key")
	}
	p := g.place(g.index("polite"))
	at := fyne.NewPos(p.x+20, p.y+20)
	test.TapCanvas(w.Canvas(), at)
	test.TapCanvas(w.Canvas(), at)
	if g.Selected() != "polite" || !slices.Equal(opened, []string{"touring", "polite"}) {
		t.Errorf("selected %q, opened %v", g.Selected(), opened)
	}
	before := g.place(g.index("polite"))
	g.Scrolled(&fyne.ScrollEvent{PointEvent: fyne.PointEvent{Position: at}, Scrolled: fyne.NewDelta(0, 20)})
	after := g.place(g.index("polite"))
	if g.Percent() != 121 || after.w <= before.w {
		t.Errorf("the wheel zooms to %d %%, box %v after %v", g.Percent(), after, before)
	}
	if g.at(at) != "polite" {
		t.Error("what is under the pointer moves away while zooming")
	}
	g.Dragged(&fyne.DragEvent{Dragged: fyne.NewDelta(30, -10)})
	if moved := g.place(g.index("polite")); moved.x != after.x+30 || moved.y != after.y-10 {
		t.Errorf("dragged from %v to %v", after, moved)
	}
	g.TypedRune('f')
	if g.Percent() != 100 {
		t.Errorf("fit shows %d %%, want 100", g.Percent())
	}
}
