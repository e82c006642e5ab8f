package widgets

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// The curves of a chart are drawn into one raster: canvas.Line rounds its ends
// to whole pixels, which makes steps of dense curves, and costs about 10 µs a
// line and frame.

// pen draws with anti-aliasing into an RGBA image (NRGBA costs three times as
// much in the painter).
type pen struct {
	dst *image.RGBA
	z   *vector.Rasterizer
}

func newPen(w, h int) *pen {
	return &pen{dst: image.NewRGBA(image.Rect(0, 0, w, h)), z: vector.NewRasterizer(w, h)}
}

type pixel struct{ x, y float32 }

// paint fills what was added since the last paint.
func (p *pen) paint(c color.Color) {
	b := p.dst.Bounds()
	p.z.Draw(p.dst, b, image.NewUniform(c), image.Point{})
	p.z.Reset(b.Dx(), b.Dy())
}

// line adds a polyline of a width, with round joints and ends.
func (p *pen) line(points []pixel, width float32) {
	r := width / 2
	for i, a := range points {
		if width > 1.2 || len(points) == 1 {
			p.disc(a, r)
		}
		if i == 0 {
			continue
		}
		p.segment(points[i-1], a, r)
	}
}

// segment adds the quadrilateral around a line, always wound the same way, so
// that overlaps stay filled.
func (p *pen) segment(a, b pixel, r float32) {
	dx, dy := b.x-a.x, b.y-a.y
	l := float32(math.Hypot(float64(dx), float64(dy)))
	if l < 1e-4 {
		return
	}
	nx, ny := -dy/l*r, dx/l*r
	p.z.MoveTo(a.x+nx, a.y+ny)
	p.z.LineTo(a.x-nx, a.y-ny)
	p.z.LineTo(b.x-nx, b.y-ny)
	p.z.LineTo(b.x+nx, b.y+ny)
	p.z.ClosePath()
}

// disc adds a circle, as a polygon fine enough for its size, wound like a
// segment.
func (p *pen) disc(c pixel, r float32) {
	n := 8
	if r > 2 {
		n = 24
	}
	for i := 0; i < n; i++ {
		s, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
		x, y := c.x+r*float32(cos), c.y+r*float32(s)
		if i == 0 {
			p.z.MoveTo(x, y)
		} else {
			p.z.LineTo(x, y)
		}
	}
	p.z.ClosePath()
}

// area adds the ground between a polyline and a base line.
func (p *pen) area(points []pixel, base float32) {
	if len(points) < 2 {
		return
	}
	p.z.MoveTo(points[0].x, base)
	for _, q := range points {
		p.z.LineTo(q.x, q.y)
	}
	p.z.LineTo(points[len(points)-1].x, base)
	p.z.ClosePath()
}

// runs cuts a series at its gaps and thins each part to at most four points a
// pixel column: the first, the lowest, the highest and the last, in order, so
// that no spike is lost. gaps are the columns in which a value is missing.
func runs(points []ChartPoint, x, y func(float64) float32) (parts [][]pixel, gaps []float32) {
	var part []pixel
	for i := 0; i < len(points); {
		if !finite(points[i].Y) {
			gaps = append(gaps, x(points[i].X))
			if len(part) > 0 {
				parts, part = append(parts, part), nil
			}
			i++
			continue
		}
		first := pixel{x(points[i].X), y(points[i].Y)}
		column := math.Floor(float64(first.x))
		lo, hi, last := first, first, first
		loAt, hiAt, n := 0, 0, 1
		j := i + 1
		for ; j < len(points) && finite(points[j].Y); j++ {
			q := pixel{x(points[j].X), y(points[j].Y)}
			if math.Floor(float64(q.x)) != column {
				break
			}
			if q.y > lo.y { // down the screen is lower
				lo, loAt = q, n
			}
			if q.y < hi.y {
				hi, hiAt = q, n
			}
			last = q
			n++
		}
		switch {
		case n == 1:
			part = append(part, first)
		case n == 2:
			part = append(part, first, last)
		case loAt < hiAt:
			part = append(part, first, lo, hi, last)
		default:
			part = append(part, first, hi, lo, last)
		}
		i = j
	}
	if len(part) > 0 {
		parts = append(parts, part)
	}
	return parts, gaps
}

// mix lays share of c over ground.
func mix(c, ground color.Color, share float64) color.Color {
	r, g, b, _ := c.RGBA()
	r0, g0, b0, _ := ground.RGBA()
	m := func(a, b uint32) uint8 { return uint8((float64(a)*share + float64(b)*(1-share)) / 257) }
	return color.NRGBA{R: m(r, r0), G: m(g, g0), B: m(b, b0), A: 0xFF}
}
