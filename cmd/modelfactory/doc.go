// Command modelfactory is the window. It opens the data folder, makes the Fyne app and hands ui what its screens need of
// the studio; services.go and the files beside it are those adapters. It is the only importer of fyne/app.
//
// A second start raises the first one's window.
package main
