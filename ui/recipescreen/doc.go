// Package recipescreen is the new run in three steps: a base that fits, a mix of
// data and what the model sees of it, and a check that leaves no surprise after
// Start.
//
// model.go, mix.go, bases.go, checks.go and form.go are plain Go: the draft of a
// recipe, what is possible with it, and the words for it. The files named
// …screen.go are widgets and hold no rule. The package knows no other screen; it
// names routes.
//
// Start with Services and Draft in model.go and Screen in screen.go.
package recipescreen
