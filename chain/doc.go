// Package chain talks to EVM networks for ModelFactory: profiles of the
// networks, a guarded RPC client, the reads of our registry contracts, fees
// with the OP Stack parts, the review of a transaction before it is signed, and
// the outbox that carries a signed transaction through crashes to finality.
//
// It knows neither windows nor SQL nor keys: signatures come from a Signer,
// records go to an OutboxStore. Development chains live in chain/devchain, the
// meaning of a registered model in chain/lineage.
//
// Start at Profile and Dial (where to), Client.Prepare and Client.Review (what
// would be signed), then Outbox.Submit and Outbox.Wait (what became of it).
package chain
