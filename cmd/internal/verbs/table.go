package verbs

// table lists every verb, in the order of help and docs/cli.md. A verb of the design that is not built yet is not here:
// mf says that it does not know it.
func table() []*verb {
	var all []*verb
	for _, group := range [][]*verb{
		doctorVerbs(), demoVerbs(), baseVerbs(), netVerbs(), dataVerbs(), runVerbs(), binVerbs(), modelVerbs(), lineageVerbs(),
		walletVerbs(), chainVerbs(),
	} {
		all = append(all, group...)
	}
	return all
}
