// Package wallet keeps one seed sealed in a folder and signs with the accounts
// that come from it.
//
// The seed is the entropy behind BIP-39 words. It rests in seed.json, sealed in
// the keystore v3 format (scrypt, AES-128-CTR, Keccak MAC); vault.json beside it
// holds what is no secret: addresses, paths, names. Keys exist only in memory,
// only while the vault is unlocked, and an account's key only while it signs.
//
// The package knows no network, no chain profile, no screen and no log: it is
// given a finished transaction and a chain id and returns the signed one, or an
// [Error] that says why not. What a locked vault cannot promise is said at
// [Vault.Lock].
//
// Start at [Open] and [Vault]; words are in mnemonic.go, the sealed file in
// seal.go, the rules of writing in files.go.
package wallet
