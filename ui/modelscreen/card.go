package modelscreen

import "strings"

// BlockKind is how a block of a model card looks.
type BlockKind int

// The kinds of blocks.
const (
	Paragraph BlockKind = iota
	Heading
	Item
	Literal // as it is, in mono: front matter, code, tables
)

// Block is a part of a model card as inert text: no link can be followed and no
// image is loaded, because cards of others are read here too.
type Block struct {
	Kind  BlockKind
	Level int // of a heading
	Text  string
}

// ParseCard cuts a model card into blocks. Markup it does not know stays as it
// is written.
func ParseCard(raw string) []Block {
	var out []Block
	var para, literal []string
	flush := func() {
		if len(para) > 0 {
			out = append(out, Block{Kind: Paragraph, Text: plain(strings.Join(para, " "))})
		}
		if len(literal) > 0 {
			out = append(out, Block{Kind: Literal, Text: strings.Join(literal, "\n")})
		}
		para, literal = nil, nil
	}
	fence := "" // what ends the literal block we are in
	for i, line := range strings.Split(strings.ReplaceAll(raw, "\r\n", "\n"), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence != "":
			if trimmed == fence {
				fence = ""
				flush()
				continue
			}
			literal = append(literal, line)
		case i == 0 && trimmed == "---":
			fence = "---"
		case strings.HasPrefix(trimmed, "```"):
			flush()
			fence = "```"
		case trimmed == "":
			flush()
		case strings.HasPrefix(trimmed, "|"):
			if len(para) > 0 {
				flush()
			}
			if cells := row(trimmed); cells != "" {
				literal = append(literal, cells)
			}
		case strings.HasPrefix(trimmed, "#"):
			flush()
			text := strings.TrimLeft(trimmed, "#")
			out = append(out, Block{Kind: Heading, Level: len(trimmed) - len(text), Text: plain(strings.TrimSpace(text))})
		case strings.HasPrefix(trimmed, "- "), strings.HasPrefix(trimmed, "* "):
			flush()
			out = append(out, Block{Kind: Item, Text: plain(strings.TrimSpace(trimmed[2:]))})
		default:
			if len(literal) > 0 {
				flush()
			}
			para = append(para, trimmed)
		}
	}
	flush()
	return align(out)
}

// row is a line of a table, its cells set apart by a tab; "" for the rule under
// the head.
func row(line string) string {
	line = strings.ReplaceAll(strings.Trim(line, "|"), `\|`, "\x00")
	if strings.Trim(line, "|-: ") == "" {
		return ""
	}
	cells := strings.Split(line, "|")
	for i, c := range cells {
		cells[i] = plain(strings.ReplaceAll(strings.TrimSpace(c), "\x00", "|"))
	}
	return strings.Join(cells, "\t")
}

// align sets the cells of tables under one another.
func align(blocks []Block) []Block {
	for i, b := range blocks {
		if b.Kind != Literal || !strings.Contains(b.Text, "\t") {
			continue
		}
		lines := strings.Split(b.Text, "\n")
		var width []int
		for _, l := range lines {
			for j, c := range strings.Split(l, "\t") {
				if j == len(width) {
					width = append(width, 0)
				}
				width[j] = max(width[j], len([]rune(c)))
			}
		}
		for k, l := range lines {
			cells := strings.Split(l, "\t")
			for j := range cells {
				cells[j] += strings.Repeat(" ", width[j]-len([]rune(cells[j])))
			}
			lines[k] = strings.TrimRight(strings.Join(cells, "   "), " ")
		}
		blocks[i].Text = strings.Join(lines, "\n")
	}
	return blocks
}

// plain takes the escapes of Markdown away, and the marks of code.
func plain(s string) string {
	var b strings.Builder
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			if !strings.ContainsRune("\\`*_{}[]()#+-.!|<>~", r) {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
			escaped = false
		case r == '\\':
			escaped = true
		case r == '`':
		default:
			b.WriteRune(r)
		}
	}
	if escaped {
		b.WriteByte('\\')
	}
	return b.String()
}
