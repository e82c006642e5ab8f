// Package assets holds the sample DataNets that come with the program. Icons
// and fonts have packages of their own below this one. It imports nothing of
// ours, so anything may import it; start at [DataNets].
package assets
