package local

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// passed are the variables that a child may inherit. Everything else stays
// out: wallet paths and passwords of this program, and PYTHONPATH,
// LD_LIBRARY_PATH, VIRTUAL_ENV and conda, which would mix foreign libraries
// into the trainer.
var passed = []string{
	"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TMP", "TEMP", "USER", "LOGNAME",
	"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "HIP_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION", "ZE_AFFINITY_MASK", "NVIDIA_VISIBLE_DEVICES",
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PATHEXT", "COMSPEC", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
}

// networked are passed on only to jobs that may use the network.
var networked = []string{
	"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "PIP_CERT",
}

// cleanEnv picks the allowed variables out of environ, as os.Environ gives it.
func cleanEnv(environ []string, network bool) []string {
	allowed := map[string]bool{}
	for _, k := range passed {
		allowed[k] = true
	}
	if network {
		for _, k := range networked {
			allowed[k] = true
		}
	}
	var out []string
	for _, kv := range environ {
		key, _, ok := strings.Cut(kv, "=")
		name := key
		if runtime.GOOS == "windows" {
			name = strings.ToUpper(key)
		}
		if ok && (allowed[name] || strings.HasPrefix(key, "LC_")) {
			out = append(out, kv)
		}
	}
	return out
}

// pythonEnv is the environment of a process of the trainer. Compiled files go
// to a folder of their own: the unpacked trainer is never changed.
func (r *Runtime) pythonEnv(network bool) []string {
	env := append(cleanEnv(os.Environ(), network),
		"PYTHONUNBUFFERED=1", "PYTHONWARNINGS=ignore", "PYTHONNOUSERSITE=1", "PYTHONHASHSEED=0", "PYTHONUTF8=1",
		"PYTHONPYCACHEPREFIX="+filepath.Join(r.dir, "cache", "pyc"),
		"TOKENIZERS_PARALLELISM=false", "HF_HUB_DISABLE_TELEMETRY=1", "DO_NOT_TRACK=1",
		"CUBLAS_WORKSPACE_CONFIG=:4096:8",
		"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", // large pages: weights are read from end to end, for each step and each token
	)
	if !network {
		env = append(env, "HF_HUB_OFFLINE=1", "TRANSFORMERS_OFFLINE=1")
	}
	return env
}
