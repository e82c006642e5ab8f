// Package modelscreen shows the models: the list, and one model with its chat,
// its files, its card and what publishing it means (screen 11 of the design).
//
// model.go (the model), chat.go (questions and answers), list.go and card.go
// are plain Go and hold every rule; the files named …screen.go are widgets. A
// chat loads base and model once into a process of their own, asks both the
// same, and ends when the page is left. The package knows no other screen: it
// names routes.
//
// Start with Services in model.go and Chatting in chat.go.
package modelscreen
