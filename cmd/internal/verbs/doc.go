// Package verbs is the command line of ModelFactory: one file per verb, each a thin skin over the domain method that the
// window calls too. It lives beside cmd/mf and not in it, because whichever program holds the data folder carries out
// the verbs of every other one: `mf run pause` works the same while the window runs.
//
// Main parses the line, opens the data folder or hands the line to the program that holds it (holder.go), and turns
// errors into exit codes. A verb is an entry of the table in table.go; docs/cli.md is generated from that table.
//
// A verb decides nothing about training, money or data; it may not import ui or Fyne.
package verbs
