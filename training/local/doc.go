// Package local trains and chats on this computer: it installs the Python
// trainer into the runtime folder, starts one process for each job, reads its
// events and ends it cleanly.
//
// It knows processes, files and the trainer's protocol. It does not know runs,
// their states or their records beyond the job it is given (training.Manager
// does), nor wallets, chains or the window, and it never prints.
//
// Start reading at Runtime (what is installed), then install.go (building and
// switching environments; machine finds devices, PinSet the packages for them,
// Device decides what a run trains on), Doctor (all of it explained), Engine
// (one training process for each run) and child (how any process of the trainer
// is started, watched and ended).
package local
