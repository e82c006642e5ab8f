package studio

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/modelfactory/modelfactory/internal/wholefile"
)

// Config is what both programs must know of a data folder; it holds no secret. What only the window remembers (size,
// theme, last screen) is in the window's own preferences.
type Config struct {
	Network  string          `json:"network"`            // name of the profile in use; empty = the embedded chain
	Networks []NetworkConfig `json:"networks,omitempty"` // networks the person added
	AutoLock int             `json:"auto_lock_minutes"`  // 0 = five, -1 = never
}

// NetworkConfig is a network the person added by its address.
type NetworkConfig struct {
	Name       string           `json:"name"`
	Title      string           `json:"title,omitempty"`
	ChainID    uint64           `json:"chain_id"`
	Coin       string           `json:"coin"`
	Genesis    string           `json:"genesis"` // pinned when the network was added
	URL        string           `json:"url"`
	Registries []RegistryConfig `json:"registries,omitempty"`
}

// RegistryConfig names one set of contracts on a network.
type RegistryConfig struct {
	Title    string `json:"title,omitempty"`
	Models   string `json:"models"`
	DataNets string `json:"datanets"`
	Licences string `json:"licences"`
}

func readConfig(home string) (Config, error) {
	var c Config
	b, err := os.ReadFile(filepath.Join(home, "config.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, &Error{
			Kind: "failed", Message: "config.json of the data folder cannot be read",
			Next: "Correct the file, or move it aside: the default settings are used then.", Err: err,
		}
	}
	return c, nil
}

// SaveConfig writes the settings of the data folder.
func (s *Studio) SaveConfig(c Config) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := wholefile.Write(filepath.Join(s.Home, "config.json"), append(b, '\n'), 0o600); err != nil {
		return err
	}
	s.mu.Lock()
	s.config = c
	s.mu.Unlock()
	return nil
}

// Config gives the settings in force.
func (s *Studio) Config() Config {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.config
}

// noticesFile holds what the window's bell lists.
const noticesFile = "notices.json"

// Notices gives what KeepNotices wrote; nothing in a new data folder.
func (s *Studio) Notices() ([]byte, error) {
	b, err := os.ReadFile(filepath.Join(s.Home, noticesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return b, err
}

// KeepNotices keeps the window's notices in the data folder, which they are about.
func (s *Studio) KeepNotices(raw []byte) error {
	return wholefile.Write(filepath.Join(s.Home, noticesFile), raw, 0o600)
}
