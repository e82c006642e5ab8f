// Package icons embeds the line icons of the window.
//
// The SVG files are filled outlines made by prepare.py in this folder, which
// holds the drawings. The package knows no toolkit: it hands out bytes in a
// colour. Start with SVG.
package icons
