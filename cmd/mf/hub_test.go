package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A base is fetched from the hub that the environment names; a download that was cut goes on where it stopped.
func TestBaseFromAHub(t *testing.T) {
	t.Parallel()
	home, shelf := newHome(t), demoRuntime(t)
	base := filepath.Join(tinyRuntime(t), "bases", "tiny")
	const commit = "0123456789abcdef0123456789abcdef01234567"
	var cut atomic.Bool
	var asked atomic.Value // the range of the last request for the weights
	cut.Store(true)
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/models/someone/small/revision/main" {
			entries, err := os.ReadDir(base)
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			var files []map[string]any
			for _, e := range entries {
				if info, err := os.Stat(filepath.Join(base, e.Name())); err == nil {
					files = append(files, map[string]any{"rfilename": e.Name(), "size": info.Size()})
				}
			}
			_ = json.NewEncoder(w).Encode(map[string]any{"sha": commit, "siblings": files})
			return
		}
		name, ok := strings.CutPrefix(r.URL.Path, "/someone/small/resolve/"+commit+"/")
		if !ok {
			http.NotFound(w, r)
			return
		}
		if name == "model.safetensors" {
			asked.Store(r.Header.Get("Range"))
			if cut.CompareAndSwap(true, false) {
				b, _ := os.ReadFile(filepath.Join(base, name))
				w.Header().Set("Content-Length", fmt.Sprint(len(b)))
				_, _ = w.Write(b[:len(b)/2])
				return
			}
		}
		http.ServeFile(w, r, filepath.Join(base, name))
	}))
	defer hub.Close()
	add := tinyCommand(t, home, "base", "add", "someone/small", "--licence", "MIT")
	add.Env = append(add.Env, "MODELFACTORY_RUNTIME="+shelf, "MODELFACTORY_HUB="+hub.URL)
	got := dig(t, finish(t, add).want(t, 0), "base").(map[string]any)
	if got["name"] != "small" || got["revision"] != commit[:12] || got["licence"] != "MIT" {
		t.Errorf("base: %v", got)
	}
	if r := asked.Load(); !strings.HasPrefix(r.(string), "bytes=") {
		t.Errorf("the rest was asked for with the range %q, want a part", r)
	}
	show := tinyCommand(t, home, "base", "show", "small", "--verify")
	show.Env = append(show.Env, "MODELFACTORY_RUNTIME="+shelf)
	finish(t, show).want(t, 0)
}
