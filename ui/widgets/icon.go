package widgets

import (
	"fmt"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynetheme "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/modelfactory/modelfactory/assets/icons"
	"github.com/modelfactory/modelfactory/ui/theme"
)

// Icon sizes of the design.
const (
	IconNav    float32 = 18
	IconButton float32 = 16
	IconRow    float32 = 14
	IconTiny   float32 = 12
)

// Icon is a line icon in a theme colour.
type Icon struct {
	widget.BaseWidget
	name  icons.Name
	color fyne.ThemeColorName
	px    float32
}

// NewIcon makes an icon of px by px.
func NewIcon(name icons.Name, px float32, c fyne.ThemeColorName) *Icon {
	i := &Icon{name: name, px: px, color: c}
	i.ExtendBaseWidget(i)
	return i
}

// Set changes the drawing and its colour.
func (i *Icon) Set(name icons.Name, c fyne.ThemeColorName) {
	if i.name != name || i.color != c {
		i.name, i.color = name, c
		i.Refresh()
	}
}

// CreateRenderer implements fyne.Widget.
func (i *Icon) CreateRenderer() fyne.WidgetRenderer {
	r := &iconRenderer{i: i, img: canvas.NewImageFromResource(nil)}
	r.img.FillMode = canvas.ImageFillContain
	r.objects = []fyne.CanvasObject{r.img}
	r.apply()
	return r
}

type iconRenderer struct {
	i       *Icon
	img     *canvas.Image
	objects []fyne.CanvasObject
}

func (r *iconRenderer) apply() {
	r.img.Resource = IconResource(r.i.name, fynetheme.ColorForWidget(r.i.color, r.i), r.px())
}

// px is the size drawn: it follows the text size setting, in whole pixels.
func (r *iconRenderer) px() float32 {
	return floor(r.i.px*sizeOf(theme.SizeControl, r.i)/32 + 0.5)
}

func (r *iconRenderer) Layout(size fyne.Size) {
	px := r.px()
	r.img.Resize(fyne.NewSquareSize(px))
	r.img.Move(fyne.NewPos(floor((size.Width-px)/2), floor((size.Height-px)/2)))
}

func (r *iconRenderer) MinSize() fyne.Size { return fyne.NewSquareSize(r.px()) }

func (r *iconRenderer) Refresh() {
	before := r.img.Resource
	r.apply()
	if r.img.Resource != before {
		r.img.Refresh()
	}
}

func (r *iconRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *iconRenderer) Destroy()                     {}

// resources keeps one resource per icon, colour and size. Fyne caches the
// drawn picture by resource name and for one size only, so all three are in it.
// It is only touched on the UI goroutine.
var resources = map[string]fyne.Resource{}

// IconResource returns an icon in a colour as a Fyne resource, for menus and
// the tray. An unknown icon gives nil.
func IconResource(name icons.Name, c color.Color, px float32) fyne.Resource {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	key := fmt.Sprintf("%s-%02x%02x%02x%02x-%g.svg", name, n.R, n.G, n.B, n.A, px)
	if res, ok := resources[key]; ok {
		return res
	}
	raw, err := icons.SVG(name, n)
	if err != nil {
		fyne.LogError("no such icon", err)
		return nil
	}
	res := fyne.NewStaticResource(key, raw)
	resources[key] = res
	return res
}

// iconBlack is what Fyne's themed resources recolour.
var iconBlack = color.NRGBA{A: 0xFF}
