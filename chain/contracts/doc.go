// Package contracts holds what ModelFactory's Solidity sources compile to, so that a Go program can
// deploy the contracts and read their events without a Solidity compiler at hand.
//
// The sources are in src/: DataNets (who owns a net, which versions exist, on which terms), Licences
// (who may train on a net until when, and the owner's proceeds) and ModelRegistry (which model came
// from which). generate.sh writes artifacts/ and ../bindings from them; check.sh proves that they
// belong together. predeploys/ holds contracts of others that an OP Stack chain has from its first
// block; each file names its source and licence.
//
// The package knows byte code and ABIs, no client, key or network. Start with Artifact and Predeploys.
package contracts
