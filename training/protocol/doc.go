// Package protocol is the language between the studio and its trainer process:
// JSON objects, one a line, version 1.
//
// The studio writes one [Request] to the trainer's standard input, then
// [Control] lines; a closed input means "save and leave". The trainer writes
// [Event] lines to what was its standard output and nothing else there; stray
// prints go to the log. The same events, without heartbeats and tokens, are the
// record events.jsonl of a run.
//
// The package knows only these shapes: no process, no file, no recipe schema
// beyond the flat JSON that passes through. Start at Event and [Reader]; the
// transcripts in testdata are read by these tests and by the trainer's own.
package protocol
