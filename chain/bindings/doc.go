// Package bindings is the parent of the generated Go bindings of ModelFactory's contracts: datanets,
// licences and modelregistry, one package each, made by go-ethereum's abigen v2.
//
// Nothing here is written by hand. chain/contracts/generate.sh writes the packages from the committed
// artefacts, and the test beside this file fails when one of them is no longer what the artefact gives.
// They pack calls and unpack answers, events and errors; sending is the business of package chain.
package bindings
