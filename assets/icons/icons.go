package icons

import (
	"bytes"
	"embed"
	"fmt"
	"image/color"
)

//go:embed *.svg
var files embed.FS

// Name is the file name of an icon without its ending.
type Name string

// The icons.
const (
	ArrowLeft    Name = "arrow-left"
	ArrowRight   Name = "arrow-right"
	Award        Name = "award"
	Bell         Name = "bell"
	Chat         Name = "chat"
	Check        Name = "check"
	ChevronDown  Name = "chevron-down"
	ChevronLeft  Name = "chevron-left"
	ChevronRight Name = "chevron-right"
	ChevronUp    Name = "chevron-up"
	Chip         Name = "chip"
	Clock        Name = "clock"
	Close        Name = "close"
	Coins        Name = "coins"
	Compare      Name = "compare"
	Copy         Name = "copy"
	Datanet      Name = "datanet"
	Disk         Name = "disk"
	Dot          Name = "dot"
	Download     Name = "download"
	Edit         Name = "edit"
	Error        Name = "error"
	External     Name = "external"
	Eye          Name = "eye"
	EyeOff       Name = "eye-off"
	File         Name = "file"
	Folder       Name = "folder"
	Globe        Name = "globe"
	Help         Name = "help"
	Home         Name = "home"
	Info         Name = "info"
	Key          Name = "key"
	Lineage      Name = "lineage"
	Lock         Name = "lock"
	Logo         Name = "logo"
	LogoM        Name = "logo-m"
	Minus        Name = "minus"
	Model        Name = "model"
	More         Name = "more"
	NetworkOff   Name = "network-off"
	Pause        Name = "pause"
	People       Name = "people"
	Play         Name = "play"
	Plus         Name = "plus"
	Refresh      Name = "refresh"
	Run          Name = "run"
	Search       Name = "search"
	Send         Name = "send"
	Settings     Name = "settings"
	Stop         Name = "stop"
	Success      Name = "success"
	Trash        Name = "trash"
	Unlock       Name = "unlock"
	Upload       Name = "upload"
	Wallet       Name = "wallet"
	Warning      Name = "warning"
)

// All returns every icon, in alphabetical order.
func All() []Name {
	entries, err := files.ReadDir(".")
	if err != nil { // the embedded root always exists
		panic(err)
	}
	all := make([]Name, 0, len(entries))
	for _, e := range entries {
		all = append(all, Name(e.Name()[:len(e.Name())-len(".svg")]))
	}
	return all
}

// SVG returns the file of an icon filled with c (not premultiplied), or an
// error for an unknown name.
func SVG(name Name, c color.NRGBA) ([]byte, error) {
	raw, err := files.ReadFile(string(name) + ".svg")
	if err != nil {
		return nil, fmt.Errorf("icon %q: %w", name, err)
	}
	fill := fmt.Sprintf(`fill="#%02x%02x%02x"`, c.R, c.G, c.B)
	if c.A != 0xFF {
		fill += fmt.Sprintf(` fill-opacity="%.3f"`, float64(c.A)/255)
	}
	return bytes.ReplaceAll(raw, []byte(`fill="#000000"`), []byte(fill)), nil
}
