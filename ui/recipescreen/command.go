package recipescreen

import (
	"fmt"
	"strings"
)

// Command is the same run as a command.
func (m *Model) Command() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mf run start \\\n  --base %s", shell(m.Draft.Base))
	for _, s := range m.Draft.Mix {
		ref := s.Ref.String()
		if n, ok := m.Net(s.Ref.Net); ok && n.Private && n.Newest().Number == s.Ref.Version {
			ref = string(s.Ref.Net)
		}
		fmt.Fprintf(&b, " \\\n  --data %s:%s", ref, strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.6f", float64(s.Weight)/Whole), "0"), "."))
	}
	fmt.Fprintf(&b, " \\\n  --preset %s", m.Draft.Preset)
	for _, l := range m.Fields() {
		if l.Changed {
			fmt.Fprintf(&b, " \\\n  --set %s=%s", l.Field.Key, l.Value)
		}
	}
	if name := strings.TrimSpace(m.Draft.Name); name != "" {
		fmt.Fprintf(&b, " \\\n  --name %s", shell(name))
	}
	return b.String()
}

// shell quotes a word for a POSIX shell where it needs it.
func shell(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@:/+=,", r))
	}) < 0
	if plain {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
