// Package training turns a frozen recipe into a finished adapter and never
// loses a run on the way.
//
// It knows recipes, runs, their states, the queue, the record that a run leaves
// behind, the bases that can be tuned and how much memory they need. It does
// not know how a trainer is started (that is an Engine: training/local), where
// runs are stored (a Store: cmd/internal/sqlite), or how a licence is read (a
// Gate, given by the program). It knows neither the window nor SQL nor a chain,
// and it never prints.
//
// Start reading at Manager: Create freezes recipe.json and data.json, Start
// writes the state and then acts, Recover puts right what a crash left behind,
// Watch says "changed" and Snapshot tells what is true now.
package training
