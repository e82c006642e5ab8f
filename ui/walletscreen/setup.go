package walletscreen

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/modelfactory/modelfactory/wallet"
)

// Step is where the making of a wallet is.
type Step int

// The steps. Choose stands while there is no wallet, Ready when there is one.
const (
	Choose Step = iota
	Create
	Import
	ShowWords
	AskBack
	Ready
)

// minPassword is the least length of a password, in characters.
const minPassword = 8

// Setup is the way to a wallet. The words are in it only from ShowWords to the
// end of AskBack.
type Setup struct {
	Step  Step
	Count int  // 12 or 24 words
	Busy  bool // a key is being derived
	Err   error

	password, repeat string
	typed            string // words to import
	words            []string
	asked            []int // positions, from 1
	answers          map[int]string
	pick             func(n, of int) []int
}

// NewSetup starts anew.
func NewSetup() *Setup { return &Setup{Count: 12, pick: pick} }

// pick draws n different positions of 1..of, in ascending order.
func pick(n, of int) []int {
	var out []int
	for len(out) < min(n, of) {
		i, err := rand.Int(rand.Reader, big.NewInt(int64(of)))
		if err != nil {
			panic(err) // the system has no randomness: no key may be made either
		}
		if p := int(i.Int64()) + 1; !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	slices.Sort(out)
	return out
}

// Password notes both entries.
func (s *Setup) Password(password, repeat string) { s.password, s.repeat = password, repeat }

// Typed notes the words to import.
func (s *Setup) Typed(text string) { s.typed = text }

// WordsProblem says what is wrong with the words to import.
func (s *Setup) WordsProblem() string {
	if strings.TrimSpace(s.typed) == "" {
		return ""
	}
	if _, err := wallet.ParseWords(s.typed); err != nil {
		return err.Error()
	}
	return ""
}

// CanGo says whether the form is complete, and if not why.
func (s *Setup) CanGo() (bool, string) {
	switch {
	case s.Busy:
		return false, "The key is being made."
	case s.Step == Import && strings.TrimSpace(s.typed) == "":
		return false, "Type the words first."
	case s.Step == Import && s.WordsProblem() != "":
		return false, "The words are not right yet."
	case len([]rune(s.password)) < minPassword:
		return false, fmt.Sprintf("The password needs %d characters or more.", minPassword)
	case s.password != s.repeat:
		return false, "The two passwords differ."
	}
	return true, ""
}

// Go takes what the form holds, once, and is busy from then on.
func (s *Setup) Go() (password []byte, words []string, ok bool) {
	if ok, _ := s.CanGo(); !ok {
		return nil, nil, false
	}
	if s.Step == Import {
		var err error
		if words, err = wallet.ParseWords(s.typed); err != nil {
			return nil, nil, false
		}
	}
	password = []byte(s.password)
	s.password, s.repeat, s.typed, s.Busy, s.Err = "", "", "", true, nil
	return password, words, true
}

// Created takes over the words of a new wallet.
func (s *Setup) Created(words []string, err error) {
	s.Busy, s.Err = false, err
	if err == nil {
		s.Step, s.words = ShowWords, words
	}
}

// Imported takes over that an import ended.
func (s *Setup) Imported(err error) {
	s.Busy, s.Err = false, err
	if err == nil {
		s.Step = Ready
	}
}

// Words are the words to write down; empty when they are not to be seen.
func (s *Setup) Words() []string {
	if s.Step != ShowWords {
		return nil
	}
	return s.words
}

// Ask hides the words and asks some of them back.
func (s *Setup) Ask() {
	s.Step, s.asked, s.answers, s.Err = AskBack, s.pick(wallet.MinChecked, len(s.words)), map[int]string{}, nil
}

// AskOf asks words of a wallet that exists.
func (s *Setup) AskOf(count int) {
	s.words, s.Step, s.asked, s.answers, s.Err = nil, AskBack, s.pick(wallet.MinChecked, count), map[int]string{}, nil
}

// Asked are the positions asked for, from 1.
func (s *Setup) Asked() []int { return s.asked }

// Answer notes the word typed for a position.
func (s *Setup) Answer(position int, word string) {
	s.answers[position] = strings.ToLower(strings.TrimSpace(word))
}

// Answered gives positions and words when all are typed.
func (s *Setup) Answered() (positions []int, words []string, ok bool) {
	for _, p := range s.asked {
		if s.answers[p] == "" {
			return nil, nil, false
		}
		positions, words = append(positions, p), append(words, s.answers[p])
	}
	return positions, words, len(positions) > 0
}

// Checked takes over the answer to them.
func (s *Setup) Checked(err error) {
	s.Err = err
	if err == nil {
		s.Finish()
	}
}

// Finish ends the setup, checked or put off, and forgets the words.
func (s *Setup) Finish() {
	clear(s.words)
	s.words, s.answers, s.Step = nil, nil, Ready
}
