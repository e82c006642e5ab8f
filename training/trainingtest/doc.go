// Package trainingtest holds what tests of runs need: a Store in memory, a
// scripted Engine that plays a trainer without Python, and StoreSuite, the
// contract that every Store passes.
//
// It is for tests only and knows nothing but training and its protocol. Start
// at Engine for tests of screens and verbs, at StoreSuite for a new Store.
package trainingtest
