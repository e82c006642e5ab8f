package settingscreen

import (
	"strings"
	"testing"
	"time"
)

func TestTypedNetworks(t *testing.T) {
	good := NewNetwork{Name: "My Chain", URL: "https://rpc.example.org", ChainID: "1612", Coin: "OPEN"}
	address := "0x" + strings.Repeat("ab", 20)
	for _, c := range []struct {
		name   string
		change func(*NewNetwork)
		field  string
	}{
		{"good", func(*NewNetwork) {}, ""},
		{"local http", func(n *NewNetwork) { n.URL = "http://127.0.0.1:8545" }, ""},
		{"registry", func(n *NewNetwork) { n.Models, n.DataNets, n.Licences = address, address, " "+address }, ""},
		{"no name", func(n *NewNetwork) { n.Name = " … " }, "name"},
		{"no chain id", func(n *NewNetwork) { n.ChainID = "" }, "chain"},
		{"chain id 0", func(n *NewNetwork) { n.ChainID = "0" }, "chain"},
		{"negative chain id", func(n *NewNetwork) { n.ChainID = "-1" }, "chain"},
		{"no coin", func(n *NewNetwork) { n.Coin = "" }, "coin"},
		{"plain http", func(n *NewNetwork) { n.URL = "http://rpc.example.org" }, "url"},
		{"no url", func(n *NewNetwork) { n.URL = "rpc" }, "url"},
		{"one address", func(n *NewNetwork) { n.Models = address }, "registry"},
		{"bad address", func(n *NewNetwork) { n.Models, n.DataNets, n.Licences = "0x12", address, address }, "registry"},
	} {
		n := good
		c.change(&n)
		p, wrong := n.Profile()
		field := ""
		if wrong != nil {
			field = wrong.Field
		}
		if field != c.field {
			t.Errorf("%s: wrong field %q, want %q", c.name, field, c.field)
		}
		if wrong == nil && (p.Name != "my-chain" || p.Title != "My Chain" || p.ChainID != 1612) {
			t.Errorf("%s: %+v", c.name, p)
		}
		if c.name == "registry" && len(p.Registries) != 1 {
			t.Error("the registry is lost")
		}
	}
}

func TestLockTimes(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-1: "only when I lock it or quit", 5 * time.Minute: "after 5 minutes", 7 * time.Minute: "after 15 minutes", 3 * time.Hour: "after 1 hour", time.Second: "after 1 minute",
	} {
		m := &Model{}
		m.Apply(State{AutoLock: d})
		if got := LockWords[m.Lock()]; got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
	if len(LockTimes) != len(LockWords) {
		t.Error("times and words differ in number")
	}
}

func TestTextSizes(t *testing.T) {
	for percent, want := range map[int]int{100: 100, 70: 80, 118: 120, 300: 160} {
		if got := TextSizes[TextSize(percent)]; got != want {
			t.Errorf("%d %% shows as %d %%, want %d %%", percent, got, want)
		}
	}
}
