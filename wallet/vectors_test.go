package wallet

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// vectors is the folder of other people's test vectors; the test is skipped
// where it is absent.
func vectors(t *testing.T, path string) []byte {
	t.Helper()
	root := os.Getenv("MODELFACTORY_VECTORS")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "vectors")
	}
	if _, err := os.Stat(root); err != nil {
		t.Skip("the folder of test vectors is not here; set MODELFACTORY_VECTORS")
	}
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	mustNot(t, err)
	return data
}

func fixture(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	mustNot(t, err)
	mustNot(t, json.Unmarshal(data, into))
}

// bip39 is language → [entropy, words, seed, root key].
type bip39 map[string][][4]string

func (all bip39) check(t *testing.T, languages int) {
	must(t, len(all) == languages, "%d languages", len(all))
	for language, list := range all {
		t.Run(language, func(t *testing.T) {
			must(t, len(list) == 24, "%d vectors", len(list))
			for i, v := range list {
				seed, err := seedOf([]byte(v[1]), []byte("TREZOR"))
				mustNot(t, err)
				must(t, hex.EncodeToString(seed) == v[2], "vector %d: seed %x", i, seed)
				root, err := derive(seed, "m")
				mustNot(t, err)
				must(t, root.String() == v[3], "vector %d: root %s", i, root)
				if language != "english" {
					continue
				}
				entropy, err := hex.DecodeString(v[0])
				mustNot(t, err)
				words, err := wordsOf(entropy)
				mustNot(t, err)
				must(t, strings.Join(words, " ") == v[1], "vector %d: words", i)
				back, err := entropyOf(words)
				mustNot(t, err)
				must(t, bytes.Equal(back, entropy), "vector %d: entropy %x", i, back)
			}
		})
	}
}

func TestBIP39(t *testing.T) {
	var all bip39
	fixture(t, "bip39.json", &all)
	all.check(t, 2)
}

func TestBIP39InTwelveLanguages(t *testing.T) {
	var all bip39
	mustNot(t, json.Unmarshal(vectors(t, "bip39/vectors.json"), &all))
	all.check(t, 12)
}

func TestWordListIsTheOne(t *testing.T) {
	// SHA-256 of english.txt in the BIP-39 repository.
	sum := sha256.Sum256([]byte(englishText))
	must(t, hex.EncodeToString(sum[:]) == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda", "list %x", sum)
	must(t, len(english) == 2048 && slices.IsSorted(english), "%d words", len(english))
	must(t, bytes.Equal(vectors(t, "bip39/wordlists/english.txt"), []byte(englishText)), "another list")
}

// Each of the other languages is refused as words, and each change of one word
// to a neighbour is found unless the checksum happens to fit.
func TestWordsOfOtherLanguagesAreRefused(t *testing.T) {
	var all bip39
	fixture(t, "bip39.json", &all)
	for _, v := range all["japanese"] {
		_, err := ParseWords(v[1])
		wantKind(t, err, KindUsage, "not in the English list")
	}
}

func TestChecksumCatchesMostSlips(t *testing.T) {
	words, err := wordsOf(make([]byte, 32))
	mustNot(t, err)
	missed := 0
	for i := range words {
		slip := slices.Clone(words)
		slip[i] = english[(slices.Index(english, slip[i])+1)%2048]
		if _, err := entropyOf(slip); err == nil {
			missed++
		}
	}
	must(t, missed <= 2, "%d of 24 slips passed an 8-bit checksum", missed)
}

func TestParseWordsAsPeopleType(t *testing.T) {
	want := strings.Fields(testWords)
	for _, text := range []string{
		testWords, "  " + strings.ToUpper(testWords) + "\n", strings.ReplaceAll(testWords, " ", "\r\n\t"),
		"1. abandon 2. abandon 3. abandon 4. abandon 5. abandon 6. abandon\n7. abandon 8) abandon 9: abandon 10 abandon 11abandon 12. about",
		strings.ReplaceAll(testWords, " ", ", "), strings.ReplaceAll(testWords, " ", "\u3000"),
	} {
		got, err := ParseWords(text)
		mustNot(t, err)
		must(t, slices.Equal(got, want), "%q gave %v", text, got)
	}
	_, err := ParseWords(strings.Replace(testWords, "about", "abuot", 1))
	wantKind(t, err, KindUsage, "Word 12")
	must(t, !strings.Contains(err.Error(), "abuot"), "the word is in the message: %v", err)
	must(t, strings.Contains(err.(*Error).Next, "abuse"), "no suggestion: %q", err.(*Error).Next)
	_, err = ParseWords(strings.Repeat("abandon ", 2000))
	wantKind(t, err, KindUsage, "too long")
	_, err = ParseWords("\xff\xfe")
	wantKind(t, err, KindUsage, "UTF-8")
}

func TestBIP32(t *testing.T) {
	var list []struct{ Seed, Path, Xprv, Xpub string }
	fixture(t, "bip32.json", &list)
	must(t, len(list) == 17, "%d vectors", len(list))
	for _, v := range list {
		seed, err := hex.DecodeString(v.Seed)
		mustNot(t, err)
		key, err := derive(seed, v.Path)
		mustNot(t, err)
		must(t, key.String() == v.Xprv, "%s of %s: %s", v.Path, v.Seed, key)
		public, err := key.Neuter()
		mustNot(t, err)
		must(t, public.String() == v.Xpub, "%s of %s: %s", v.Path, v.Seed, public)
	}
	for _, bad := range []string{"", "n", "m/", "m/-1", "m/+1", "m/2147483648", "m/0''", "m/x", "44'/60'"} {
		_, err := parsePath(bad)
		must(t, err != nil, "%q passed", bad)
	}
}

func TestKeystoreV3(t *testing.T) {
	var list []struct {
		Name, Password, Priv string
		JSON                 struct{ Crypto json.RawMessage }
	}
	fixture(t, "keystore_v3.json", &list)
	tried := 0
	for _, v := range list {
		if v.Name == "wikipage_test_vector_scrypt" && testing.Short() {
			continue // 256 MiB
		}
		var c cryptoJSON
		err := strictJSON(v.JSON.Crypto, &c)
		if strings.Contains(v.Name, "pbkdf2") {
			must(t, err != nil || c.valid() != nil, "%s: a key derivation we never write passed", v.Name)
			continue
		}
		mustNot(t, err)
		mustNot(t, c.valid())
		plain, err := c.open([]byte(v.Password))
		mustNot(t, err)
		must(t, hex.EncodeToString(plain) == v.Priv, "%s: %x", v.Name, plain)
		_, err = c.open([]byte(v.Password + "x"))
		must(t, err == errPassword, "%s: %v", v.Name, err)
		tried++
	}
	must(t, tried >= 2, "%d tried", tried)
}

// Wycheproof's Bitcoin variant demands what this wallet relies on when it
// verifies its own signatures: low s, 1 <= r, s < n, strict encoding.
func TestWycheproofECDSA(t *testing.T) {
	var file struct {
		TestGroups []struct {
			PublicKey struct{ Uncompressed string }
			Tests     []struct {
				TcID             int
				Msg, Sig, Result string
			}
		}
	}
	mustNot(t, json.Unmarshal(vectors(t, "wycheproof/ecdsa_secp256k1_sha256_bitcoin_test.json"), &file))
	count := 0
	for _, g := range file.TestGroups {
		public, err := hex.DecodeString(g.PublicKey.Uncompressed)
		mustNot(t, err)
		for _, tc := range g.Tests {
			msg, err := hex.DecodeString(tc.Msg)
			mustNot(t, err)
			der, err := hex.DecodeString(tc.Sig)
			mustNot(t, err)
			sum := sha256.Sum256(msg)
			sig, ok := plainSignature(der)
			ok = ok && crypto.VerifySignature(public, sum[:], sig)
			must(t, ok == (tc.Result == "valid"), "test %d: want %s, got %v", tc.TcID, tc.Result, ok)
			count++
		}
	}
	must(t, count == 463, "%d cases", count)
}

// plainSignature turns strict DER into r and s of 32 bytes.
func plainSignature(der []byte) ([]byte, bool) {
	in, body := cryptobyte.String(der), cryptobyte.String(nil)
	r, s := new(big.Int), new(big.Int)
	if !in.ReadASN1(&body, asn1.SEQUENCE) || !in.Empty() || !body.ReadASN1Integer(r) || !body.ReadASN1Integer(s) || !body.Empty() {
		return nil, false
	}
	if r.Sign() < 0 || s.Sign() < 0 || r.BitLen() > 256 || s.BitLen() > 256 {
		return nil, false
	}
	return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...), true
}

func FuzzParseWords(f *testing.F) {
	f.Add(testWords)
	f.Add("1. zoo 2. zoo")
	f.Add(strings.Repeat("あいこくしん　", 12))
	f.Fuzz(func(t *testing.T, text string) {
		words, err := ParseWords(text)
		if err != nil {
			return
		}
		entropy, err := entropyOf(words)
		mustNot(t, err)
		again, err := wordsOf(entropy)
		mustNot(t, err)
		must(t, slices.Equal(again, words), "%q gave %v and back %v", text, words, again)
	})
}

func FuzzEntropy(f *testing.F) {
	f.Add([]byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, entropy []byte) {
		words, err := wordsOf(entropy)
		if err != nil {
			return
		}
		back, err := entropyOf(words)
		mustNot(t, err)
		must(t, bytes.Equal(back, entropy), "%x gave %x", entropy, back)
	})
}
