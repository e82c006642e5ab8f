// Package wholefile replaces files so that a reader, and a crash at any moment,
// finds either the old bytes or the new ones, never a part.
//
// The new bytes go to a temporary file beside the target, are synced, take the
// target's name by one rename, and the folder is synced so that the name lasts.
// Start at [Write]; [WriteFunc] is for what should not be held in memory, and
// [SyncFolder] for those who rename or create names themselves.
//
// It knows nothing of what the files hold and imports nothing of ours. The
// wallet's files, which keep the generation before, are written there.
package wholefile
