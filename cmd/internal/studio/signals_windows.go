package studio

// IgnoreFileLimit does nothing here: there is no such signal.
func IgnoreFileLimit() {}
