// Package homescreen shows where a person starts: the first run with sample
// DataNets and one button, and, once there is a model, what runs, what needs
// them, their models and what happened today.
//
// model.go, needs.go and words.go are plain Go: what is shown and what may be
// done, from runs, models, DataNets and a look at this computer. The other
// files are widgets. The package knows no other screen: it names routes.
//
// Start with Services in model.go and Screen in screen.go.
package homescreen
