package datasets

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/crypto/sha3"
	"golang.org/x/text/unicode/norm"
)

// Digest is a SHA-256 as 64 lower-case hex digits, without prefix.
type Digest string

// ParseDigest accepts exactly 64 lower-case hex digits.
func ParseDigest(s string) (Digest, error) {
	if len(s) != 64 || strings.Trim(s, "0123456789abcdef") != "" {
		return "", usage("A digest has 64 digits of 0-9 and a-f.", "%q is not a SHA-256 digest", shorten(s))
	}
	return Digest(s), nil
}

// Bytes returns the 32 bytes. A digest that was not parsed gives zeros.
func (d Digest) Bytes() (b [32]byte) {
	if raw, err := hex.DecodeString(string(d)); err == nil && len(raw) == 32 {
		copy(b[:], raw)
	}
	return b
}

// Slug is the name of a DataNet's folder: [a-z0-9][a-z0-9-]{0,39}.
type Slug string

// reserved are device names that some systems do not take as folder names.
var reserved = map[string]bool{
	"con": true, "prn": true, "aux": true, "nul": true,
	"com1": true, "com2": true, "com3": true, "com4": true, "com5": true, "com6": true, "com7": true, "com8": true, "com9": true,
	"lpt1": true, "lpt2": true, "lpt3": true, "lpt4": true, "lpt5": true, "lpt6": true, "lpt7": true, "lpt8": true, "lpt9": true,
}

// ParseSlug checks a net's name. Nothing that passes can leave the library's
// folder or name a device.
func ParseSlug(s string) (Slug, error) {
	ok := len(s) >= 1 && len(s) <= 40 && s[0] != '-' && !reserved[s]
	for i := 0; ok && i < len(s); i++ {
		c := s[i]
		ok = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-'
	}
	if !ok {
		return "", usage("Use 1 to 40 of a-z, 0-9 and -, beginning with a letter or digit.", "%q is not a DataNet name", shorten(s))
	}
	return Slug(s), nil
}

// SlugOf makes a slug of a title: "Shop emails 2025" becomes
// "shop-emails-2025".
func SlugOf(title string) (Slug, error) {
	var b strings.Builder
	for _, r := range norm.NFKD.String(title) {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r): // accents fall away
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	s := b.String()
	if len(s) > 40 {
		s = s[:40]
	}
	return ParseSlug(strings.TrimRight(s, "-"))
}

// Address is an account in EIP-55 text: 0x and 40 hex digits whose case is a
// checksum.
type Address string

// ZeroAddress is the contributor of own rows that no account has taken yet.
const ZeroAddress Address = "0x0000000000000000000000000000000000000000"

// ParseAddress accepts EIP-55 text, or 40 digits of one case, and returns
// EIP-55 text. Mixed case with a wrong checksum is refused: it is a typing
// error (EIP-55).
func ParseAddress(s string) (Address, error) {
	bad := usage("An address is 0x and 40 hex digits; copy it whole.", "%q is not an address", shorten(s))
	if len(s) != 42 || s[:2] != "0x" {
		return "", bad
	}
	raw, err := hex.DecodeString(s[2:])
	if err != nil {
		return "", bad
	}
	a := addressOf([20]byte(raw))
	digits := s[2:]
	if string(a) != s && digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) {
		return "", usage("Copy it again from where it came.", "address %s has a wrong checksum", s)
	}
	return a, nil
}

// Bytes returns the 20 bytes. An address that was not parsed gives zeros.
func (a Address) Bytes() (b [20]byte) {
	if len(a) == 42 {
		if raw, err := hex.DecodeString(string(a[2:])); err == nil {
			copy(b[:], raw)
		}
	}
	return b
}

// addressOf writes EIP-55 text: a letter is upper case where the matching
// nibble of keccak256 of the lower-case digits is 8 or more.
func addressOf(b [20]byte) Address {
	digits := []byte(hex.EncodeToString(b[:]))
	h := sha3.NewLegacyKeccak256()
	h.Write(digits)
	sum := h.Sum(nil)
	for i, c := range digits {
		nibble := sum[i/2] >> 4
		if i%2 == 1 {
			nibble = sum[i/2] & 15
		}
		if c >= 'a' && nibble >= 8 {
			digits[i] = c - 32
		}
	}
	return Address("0x" + string(digits))
}

// Ref names a version of a net. Version 0 is the newest.
type Ref struct {
	Net     Slug
	Version int
}

// ParseRef reads "bike" or "bike@2".
func ParseRef(s string) (Ref, error) {
	name, version, has := strings.Cut(s, "@")
	slug, err := ParseSlug(name)
	if err != nil {
		return Ref{}, err
	}
	if !has {
		return Ref{Net: slug}, nil
	}
	n, ok := parseVersion(version)
	if !ok {
		return Ref{}, usage("Write NET@VERSION, for example bike@2.", "%q is not a version", shorten(version))
	}
	return Ref{Net: slug, Version: n}, nil
}

// parseVersion reads a version number as it stands in folder names: 1 to
// 999,999 without leading zeros.
func parseVersion(s string) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n < 1_000_000 && strconv.Itoa(n) == s
}

// String writes the form that ParseRef reads.
func (r Ref) String() string {
	if r.Version == 0 {
		return string(r.Net)
	}
	return fmt.Sprintf("%s@%d", r.Net, r.Version)
}

// shorten keeps a quoted piece of untrusted text readable in a message.
func shorten(s string) string {
	r := []rune(s)
	if len(r) <= 60 {
		return s
	}
	return string(r[:57]) + "…"
}
