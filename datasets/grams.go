package datasets

import (
	"strings"
	"unicode"
)

// FiveGrams returns every five words in a row of a text, lower case and
// without punctuation. A held-out question that shares none with the training
// rows can only be answered by what was learnt.
func FiveGrams(text string) []string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	var grams []string
	for i := 0; i+5 <= len(words); i++ {
		grams = append(grams, strings.Join(words[i:i+5], " "))
	}
	return grams
}
