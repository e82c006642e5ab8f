package wallet

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// The English list of BIP-39: 2048 words, sorted, told apart by four letters.
//
//go:embed english.txt
var englishText string

var english = strings.Fields(englishText)

// Sizes of entropy that BIP-39 knows, in bytes; words = bytes*8*33/32/11.
const (
	minEntropy = 16
	maxEntropy = 32
)

// ParseWords reads recovery words as a person types or pastes them: any white
// space between, any case, numbers like "1." in front ignored. It returns the
// words when their count, each word and the checksum are right. Errors name the
// place of a wrong word, never the word.
func ParseWords(text string) ([]string, error) {
	const most = 4096 // 24 words with numbering fit many times over
	if len(text) > most {
		return nil, &Error{Kind: KindUsage, Message: "These are not recovery words: the text is too long", Next: wordAdvice}
	}
	if !utf8.ValidString(text) {
		return nil, &Error{Kind: KindUsage, Message: "These are not recovery words: the text is not UTF-8", Next: wordAdvice}
	}
	var words []string
	for _, f := range strings.Fields(strings.ToLower(norm.NFKD.String(text))) {
		f = strings.TrimLeft(f, "0123456789")
		f = strings.Trim(f, ".),:;")
		if f != "" {
			words = append(words, f)
		}
	}
	entropy, err := entropyOf(words)
	if err != nil {
		return nil, err
	}
	clear(entropy)
	return words, nil
}

const wordAdvice = "Type the 12, 15, 18, 21 or 24 English words in their order."

// entropyOf checks words against the list and the checksum (BIP-39) and gives
// the entropy behind them.
func entropyOf(words []string) ([]byte, error) {
	switch len(words) {
	case 12, 15, 18, 21, 24:
	default:
		return nil, &Error{
			Kind: KindUsage, Message: fmt.Sprintf("A recovery phrase has 12, 15, 18, 21 or 24 words, not %d", len(words)),
			Next: wordAdvice,
		}
	}
	packed := make([]byte, (len(words)*11+7)/8)
	defer clear(packed)
	for i, w := range words {
		n, ok := slices.BinarySearch(english, w)
		if !ok {
			return nil, &Error{
				Kind: KindUsage, Message: fmt.Sprintf("Word %d is not in the English list", i+1),
				Next: suggestion(w),
			}
		}
		for bit := range 11 {
			if n&(1<<(10-bit)) != 0 {
				at := i*11 + bit
				packed[at/8] |= 1 << (7 - at%8)
			}
		}
	}
	size := len(words) * 11 * 32 / 33 / 8
	check := len(words) / 3 // bits
	sum := sha256.Sum256(packed[:size])
	if packed[size]>>(8-check) != sum[0]>>(8-check) {
		return nil, &Error{
			Kind: KindUsage, Message: "The words do not fit together: their checksum is wrong",
			Next: "Compare each word and the order with what you wrote down.",
		}
	}
	return slices.Clone(packed[:size]), nil
}

// suggestion names list words that start alike; four letters tell words apart.
func suggestion(w string) string {
	for n := min(len(w), 4); n >= 2; n-- {
		at, _ := slices.BinarySearch(english, w[:n])
		var near []string
		for ; at < len(english) && strings.HasPrefix(english[at], w[:n]) && len(near) < 4; at++ {
			near = append(near, english[at])
		}
		if len(near) > 0 {
			return "Words that start like it: " + strings.Join(near, ", ") + "."
		}
	}
	return "Compare it with what you wrote down."
}

// wordsOf gives the words of entropy (BIP-39); entropy is 16 to 32 bytes in
// steps of four.
func wordsOf(entropy []byte) ([]string, error) {
	if len(entropy) < minEntropy || len(entropy) > maxEntropy || len(entropy)%4 != 0 {
		return nil, failed("The sealed seed has a wrong length", "Import your words again.", nil)
	}
	sum := sha256.Sum256(entropy)
	packed := make([]byte, len(entropy)+1)
	packed[copy(packed, entropy)] = sum[0]
	defer clear(packed)
	count := len(entropy) * 8 * 33 / 32 / 11
	words := make([]string, count)
	for i := range words {
		n := 0
		for bit := range 11 {
			at := i*11 + bit
			n = n<<1 | int(packed[at/8]>>(7-at%8)&1)
		}
		words[i] = english[n]
	}
	return words, nil
}

// seedOf is the BIP-39 seed: PBKDF2-HMAC-SHA512 over the NFKD form of the
// phrase, salt "mnemonic" plus the NFKD form of the passphrase, 2048 rounds, 64
// bytes. It takes any language; the caller wipes phrase and the result.
func seedOf(phrase, passphrase []byte) ([]byte, error) {
	p, owned := nfkd(phrase)
	if owned {
		defer clear(p)
	}
	s, _ := nfkd(passphrase)
	salt := append([]byte("mnemonic"), s...)
	defer clear(salt)
	// The standard library takes the password as a string; a view of the bytes
	// makes no copy that could not be wiped, and Key does not keep it.
	view := unsafe.String(unsafe.SliceData(p), len(p))
	return pbkdf2.Key(sha512.New, view, salt, 2048, 64)
}

// nfkd gives the normal form and whether it is a new slice.
func nfkd(b []byte) ([]byte, bool) {
	if norm.NFKD.IsNormal(b) {
		return b, false
	}
	return norm.NFKD.Bytes(b), true
}

// phraseOf joins words into bytes that can be wiped.
func phraseOf(words []string) []byte {
	n := 0
	for _, w := range words {
		n += len(w) + 1
	}
	out := make([]byte, 0, n)
	for i, w := range words {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, w...)
	}
	return out
}
