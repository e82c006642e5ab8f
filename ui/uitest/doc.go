// Package uitest is how the tests of screens see a screen: a nav.Frame that
// records what a page asks for, draws it into a window of Fyne's test driver,
// and answers what a person would read and can press.
//
// With MODELFACTORY_PICTURES set to a folder, each Picture is also written there
// as PNG, to be looked at beside the design. It knows no screen and no domain.
// Start with Open and Frame.
package uitest
