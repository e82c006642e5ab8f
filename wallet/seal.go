package wallet

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unsafe"

	"github.com/ethereum/go-ethereum/accounts/keystore"
	"github.com/google/uuid"
)

// sealed is seed.json: the keystore v3 envelope (Web3 secret storage) around the
// seed instead of around one key, and a checksum that tells a damaged file from
// a wrong password.
type sealed struct {
	Version int        `json:"version"`
	ID      string     `json:"id"`
	Crypto  cryptoJSON `json:"crypto"`
	Check   string     `json:"check"` // SHA-256 of this file with check empty
}

// cryptoJSON is keystore.CryptoJSON with its open map closed: go-ethereum takes
// the parameters on trust and ends the program on a wrong type.
type cryptoJSON struct {
	Cipher       string       `json:"cipher"`
	CipherText   string       `json:"ciphertext"`
	CipherParams cipherParams `json:"cipherparams"`
	KDF          string       `json:"kdf"`
	KDFParams    scryptParams `json:"kdfparams"`
	MAC          string       `json:"mac"`
}

type cipherParams struct {
	IV string `json:"iv"`
}

type scryptParams struct {
	DKLen int    `json:"dklen"`
	N     int    `json:"n"`
	P     int    `json:"p"`
	R     int    `json:"r"`
	Salt  string `json:"salt"`
}

// secret is what is sealed. Byte slices, so that they can be wiped.
type secret struct {
	V          int    `json:"v"`
	Entropy    []byte `json:"entropy"`
	Passphrase []byte `json:"passphrase"`
}

func (s *secret) wipe() {
	clear(s.Entropy)
	clear(s.Passphrase)
}

// encode writes the secret without encoding/json, whose buffers live on in a
// pool. The caller wipes the result.
func (s *secret) encode() []byte {
	b64 := base64.StdEncoding
	out := make([]byte, 0, 64+b64.EncodedLen(len(s.Entropy))+b64.EncodedLen(len(s.Passphrase)))
	out = append(out, `{"v":1,"entropy":"`...)
	out = b64.AppendEncode(out, s.Entropy)
	out = append(out, `","passphrase":"`...)
	out = b64.AppendEncode(out, s.Passphrase)
	return append(out, `"}`...)
}

func parseSecret(plain []byte) (*secret, error) {
	s := new(secret)
	// Not through a Decoder: it would keep a copy in its buffer.
	if err := json.Unmarshal(plain, s); err != nil {
		// The cause could quote the secret.
		return nil, failed("The sealed seed has an unknown form", "Use the version of ModelFactory that made this vault.", nil)
	}
	if s.V != 1 || len(s.Entropy) < minEntropy || len(s.Entropy) > maxEntropy || len(s.Entropy)%4 != 0 {
		s.wipe()
		return nil, failed("The sealed seed has an unknown form", "Use the version of ModelFactory that made this vault.", nil)
	}
	return s, nil
}

// seal encrypts data under the password and gives the bytes of seed.json.
func seal(data, password []byte, n, p int) (file []byte, id string, err error) {
	c, err := keystore.EncryptDataV3(data, password, n, p)
	if err != nil {
		return nil, "", failed("The seed cannot be sealed", "", err)
	}
	raw, err := json.Marshal(c)
	if err != nil {
		return nil, "", failed("The seed cannot be sealed", "", err)
	}
	s := sealed{Version: 3, ID: uuid.NewString()}
	if err := strictJSON(raw, &s.Crypto); err != nil {
		return nil, "", failed("The seed cannot be sealed", "", err)
	}
	s.Check = s.sum()
	file, err = json.MarshalIndent(s, "", "  ")
	if err != nil {
		return nil, "", failed("The seed cannot be sealed", "", err)
	}
	return append(file, '\n'), s.ID, nil
}

func (s sealed) sum() string {
	s.Check = ""
	return checksum(s)
}

// parseSealed reads seed.json and refuses what [sealed.open] could not take.
func parseSealed(data []byte) (*sealed, error) {
	s := new(sealed)
	if err := strictJSON(data, s); err != nil {
		return nil, err
	}
	if s.Version != 3 {
		return nil, fmt.Errorf("version %d is not known", s.Version)
	}
	if _, err := uuid.Parse(s.ID); err != nil {
		return nil, errors.New("its id is no UUID")
	}
	if s.Check != s.sum() {
		return nil, errors.New("its checksum is wrong")
	}
	return s, s.Crypto.valid()
}

func (c *cryptoJSON) valid() error {
	if c.Cipher != "aes-128-ctr" || c.KDF != "scrypt" {
		return fmt.Errorf("cipher %.20q with %.20q is not known", c.Cipher, c.KDF)
	}
	k := c.KDFParams
	// 128·N·r bytes of memory: bounded to 1 GiB, so that a planted file cannot
	// take the machine down.
	if k.N < 2 || k.N&(k.N-1) != 0 || k.N > 1<<20 || k.R < 1 || k.R > 8 || k.P < 1 || k.P > 16 || k.DKLen != 32 {
		return errors.New("its scrypt parameters are out of bounds")
	}
	for _, f := range []struct {
		name, text string
		least, top int
	}{
		{"ciphertext", c.CipherText, 1, 4096},
		{"iv", c.CipherParams.IV, 16, 16},
		{"salt", k.Salt, 8, 64},
		{"mac", c.MAC, 32, 32},
	} {
		raw, err := hex.DecodeString(f.text)
		if err != nil || len(raw) < f.least || len(raw) > f.top {
			return fmt.Errorf("its %s is malformed", f.name)
		}
	}
	return nil
}

// errPassword says the password is wrong.
var errPassword = errors.New("wrong password")

// open decrypts; errPassword when the MAC differs. The caller wipes the result.
func (c *cryptoJSON) open(password []byte) ([]byte, error) {
	ks := keystore.CryptoJSON{
		Cipher: c.Cipher, CipherText: c.CipherText, KDF: c.KDF, MAC: c.MAC,
		KDFParams: map[string]any{
			"n": c.KDFParams.N, "r": c.KDFParams.R, "p": c.KDFParams.P,
			"dklen": c.KDFParams.DKLen, "salt": c.KDFParams.Salt,
		},
	}
	ks.CipherParams.IV = c.CipherParams.IV
	// A view, not a copy: strings cannot be wiped.
	plain, err := keystore.DecryptDataV3(ks, unsafe.String(unsafe.SliceData(password), len(password)))
	if errors.Is(err, keystore.ErrDecrypt) {
		return nil, errPassword
	}
	return plain, err
}

// strictJSON reads exactly one JSON value without unknown fields.
func strictJSON(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the JSON value")
	}
	return nil
}
