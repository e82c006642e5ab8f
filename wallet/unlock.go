package wallet

import (
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/btcsuite/btcd/btcutil/hdkeychain"
)

// Create makes a new seed of 12 or 24 words, seals it, and leaves the vault
// unlocked with one account. The words are returned for writing down, once; the
// backup counts as not yet checked. The password slice is wiped.
func (v *Vault) Create(password []byte, wordCount int) ([]string, error) {
	defer clear(password)
	if wordCount != 12 && wordCount != 24 {
		return nil, &Error{Kind: KindUsage, Message: fmt.Sprintf("A new wallet has 12 or 24 words, not %d", wordCount), Next: "Choose 12 or 24."}
	}
	s := &secret{Entropy: make([]byte, wordCount*4/3)}
	defer s.wipe()
	rand.Read(s.Entropy) // crypto/rand never fails; the program ends if it does
	words, err := wordsOf(s.Entropy)
	if err != nil {
		return nil, err
	}
	if err := v.found(password, s, 1, false); err != nil {
		return nil, err
	}
	return words, nil
}

// Import seals the seed behind existing English words (BIP-39, any length) and
// an optional passphrase, and leaves the vault unlocked with the first accounts
// of it (1 to 100). The password slice is wiped.
func (v *Vault) Import(password []byte, words []string, passphrase string, accounts int) error {
	defer clear(password)
	entropy, err := entropyOf(words)
	if err != nil {
		return err
	}
	s := &secret{Entropy: entropy, Passphrase: []byte(passphrase)}
	defer s.wipe()
	if len(passphrase) > 1024 {
		return &Error{Kind: KindUsage, Message: "The passphrase is too long", Next: "Use at most 1024 bytes."}
	}
	if accounts < 1 || accounts > 100 {
		return &Error{Kind: KindUsage, Message: fmt.Sprintf("%d accounts cannot be imported at once", accounts), Next: "Choose 1 to 100; more can be added later."}
	}
	return v.found(password, s, accounts, true)
}

// found writes a new vault. The account list goes first: it is worth nothing
// alone, and once the seed is in place the vault is whole.
func (v *Vault) found(password []byte, s *secret, accounts int, known bool) error {
	if len(password) == 0 {
		return &Error{Kind: KindUsage, Message: "The password is empty", Next: "Choose a password that you do not use elsewhere."}
	}
	v.slow.Lock()
	defer v.slow.Unlock()
	if err := v.mustBeNew(); err != nil {
		return err
	}
	harden()
	branch, err := branchOf(s)
	if err != nil {
		return err
	}
	ix, file, parsed, err := v.prepare(password, s, branch, accounts, known)
	if err == nil {
		err = v.place(ix, file)
	}
	if err != nil {
		branch.Zero()
		return err
	}
	v.mu.Lock()
	v.seed, v.index, v.tries = parsed, ix, tries{}
	v.unlocked(branch, s.Entropy)
	v.mu.Unlock()
	go releaseMemory()
	return nil
}

// mustBeNew refuses to write over a vault, also over one that appeared or was
// damaged after Open.
func (v *Vault) mustBeNew() error {
	seed, err := loadSeed(v.dir)
	if err != nil {
		return err
	}
	if seed != nil || v.Exists() {
		return refused("There is already a wallet in this data folder", "Unlock it, or choose another data folder with --home.")
	}
	return nil
}

func (v *Vault) prepare(password []byte, s *secret, branch *hdkeychain.ExtendedKey, accounts int, known bool) (*index, []byte, *sealed, error) {
	plain := s.encode()
	defer clear(plain)
	file, id, err := seal(plain, password, v.opt.ScryptN, v.opt.ScryptP)
	if err != nil {
		return nil, nil, nil, err
	}
	parsed, err := parseSealed(file)
	if err != nil {
		return nil, nil, nil, failed("The seed cannot be sealed", "", err)
	}
	ix, err := newIndex(branch, id, s, accounts, v.now())
	if err != nil {
		return nil, nil, nil, err
	}
	if known {
		// Imported words are written down somewhere: they were just typed.
		at := v.now().UTC()
		ix.Checked = &at
	}
	return ix, file, parsed, nil
}

func (v *Vault) place(ix *index, file []byte) error {
	list, err := ix.encode()
	if err != nil {
		return err
	}
	if err := makeFolder(v.dir); err != nil {
		return err
	}
	if err := writeFile(v.dir, indexFile, list); err != nil {
		return err
	}
	if err := writeFile(v.dir, seedFile, file); err != nil {
		return err
	}
	// From here the vault exists. A second copy guards against a bad sector;
	// without it the vault still works.
	_ = writeFile(v.dir, seedFile+bakSuffix, file)
	return nil
}

// restoreSeed puts the good copy of the seed back under its name.
func restoreSeed(dir string, data []byte) error {
	aside := seedFile + ".damaged"
	if err := renameIfThere(dir, seedFile, aside); err != nil {
		return failed("The damaged seed file cannot be moved aside", "", err)
	}
	return writeFile(dir, seedFile, data)
}

// Unlock opens the vault for signing. Errors: refused for a wrong password
// (each further one waits longer), not_found without a vault. The password
// slice is wiped.
func (v *Vault) Unlock(password []byte) error {
	defer clear(password)
	v.slow.Lock()
	defer v.slow.Unlock()
	s, err := v.unseal(password)
	if err != nil {
		return err
	}
	defer s.wipe()
	branch, err := branchOf(s)
	if err != nil {
		return err
	}
	v.mu.Lock()
	ix, id := v.index, v.seed.ID
	v.mu.Unlock()
	if ix == nil {
		ix, err = v.rebuild(branch, id, s)
	} else {
		err = ix.matches(branch)
	}
	if err != nil {
		branch.Zero()
		return err
	}
	v.mu.Lock()
	if v.index == nil {
		v.index = ix
	}
	v.unlocked(branch, s.Entropy)
	v.mu.Unlock()
	go releaseMemory()
	return nil
}

// rebuild makes the account list again when neither generation of it can be
// read: the first account, from which the person adds the others again.
func (v *Vault) rebuild(branch *hdkeychain.ExtendedKey, id string, s *secret) (*index, error) {
	ix, err := newIndex(branch, id, s, 1, v.now())
	if err != nil {
		return nil, err
	}
	if err := renameIfThere(v.dir, indexFile, indexFile+".damaged"); err != nil {
		return nil, failed("The damaged account list cannot be moved aside", "", err)
	}
	return ix, v.save(ix)
}

func (v *Vault) save(ix *index) error {
	list, err := ix.encode()
	if err != nil {
		return err
	}
	return writeFile(v.dir, indexFile, list)
}

// Words gives the recovery words for writing down again. It asks the password
// every time, unlocked or not. The password slice is wiped; the words are
// strings and stay in memory until Go reuses it, so show them briefly.
func (v *Vault) Words(password []byte) ([]string, error) {
	defer clear(password)
	v.slow.Lock()
	defer v.slow.Unlock()
	s, err := v.unseal(password)
	if err != nil {
		return nil, err
	}
	defer s.wipe()
	go releaseMemory()
	return wordsOf(s.Entropy)
}

// unseal tries a password; the caller holds slow and wipes the secret.
func (v *Vault) unseal(password []byte) (*secret, error) {
	v.mu.Lock()
	seed := v.seed
	v.mu.Unlock()
	if seed == nil {
		return nil, errNoVault()
	}
	if err := v.mayTry(); err != nil {
		return nil, err
	}
	harden()
	plain, err := seed.Crypto.open(password)
	defer clear(plain)
	switch {
	case errors.Is(err, errPassword):
		v.noteTry(false)
		return nil, refused("The password is wrong", v.tryAdvice())
	case err != nil:
		return nil, failed("The sealed seed cannot be opened", "Put the vault folder back from your backup.", err)
	}
	v.noteTry(true)
	return parseSecret(plain)
}

func (v *Vault) tryAdvice() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	if left := v.tries.left(v.now()); left > 0 {
		return fmt.Sprintf("Try again in %d s. Without the password only the recovery words bring the wallet back.", int(left.Seconds()+0.999))
	}
	return "Try again. Without the password only the recovery words bring the wallet back."
}

// branchOf derives the branch below which all accounts lie.
func branchOf(s *secret) (*hdkeychain.ExtendedKey, error) {
	words, err := wordsOf(s.Entropy)
	if err != nil {
		return nil, err
	}
	phrase := phraseOf(words)
	defer clear(phrase)
	seed, err := seedOf(phrase, s.Passphrase)
	if err != nil {
		return nil, failed("The seed cannot be derived", "", err)
	}
	defer clear(seed)
	branch, err := derive(seed, branchPath)
	if err != nil {
		return nil, failed("The keys cannot be derived", "", err)
	}
	return branch, nil
}
