//go:build smoke && pictures

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/ui/nav"
)

// TestPicturesOfDownload pictures a base that arrives slowly from a hub on this computer, and what is left when it is cut.
func TestPicturesOfDownload(t *testing.T) {
	runtime := tinyRuntime(t)
	dirs, err := filepath.Glob(filepath.Join(runtime, "bases", "SmolLM2*"))
	if err != nil || len(dirs) != 1 {
		t.Fatalf("bases: %v %v", dirs, err)
	}
	const commit, weights = "0123456789abcdef0123456789abcdef01234567", 60 << 20
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/models/") {
			type file struct {
				Name string `json:"rfilename"`
				Size int64  `json:"size"`
			}
			files := []file{{"model.safetensors", weights}}
			for _, name := range []string{"config.json", "tokenizer.json"} {
				info, err := os.Stat(filepath.Join(dirs[0], name))
				if err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				files = append(files, file{name, info.Size()})
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": files})
			return
		}
		name := filepath.Base(r.URL.Path)
		if name != "model.safetensors" {
			http.ServeFile(w, r, filepath.Join(dirs[0], name))
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(weights))
		for range weights >> 20 {
			if _, err := w.Write(make([]byte, 1<<20)); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(time.Second)
		}
	}))
	t.Cleanup(hub.Close)
	t.Setenv("MODELFACTORY_HUB", hub.URL)
	w := newTour(t, runtime)
	w.must(command{Do: "go", Page: nav.PageNewRun})
	w.tapWhen("SmolLM2-360M-Instruct", 20*time.Second)
	w.tapWhen("Download, ", 10*time.Second)
	w.until("progress", 60*time.Second, says("Downloading SmolLM2-360M-Instruct"))
	time.Sleep(4 * time.Second)
	w.picture("newrun-downloading")
	hub.CloseClientConnections()
	hub.Close()
	w.until("error", 2*time.Minute, says("What was fetched is kept"))
	w.picture("newrun-download-cut")
}
