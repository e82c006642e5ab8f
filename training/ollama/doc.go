// Package ollama talks to an Ollama server that already runs on this computer
// (or where OLLAMA_HOST points): is it there, which models has it, chat with
// one of them.
//
// It starts no server, knows neither runs nor adapters, and never prints. Start
// at Server.
package ollama
