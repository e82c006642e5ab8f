package studio

import (
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training/local"
)

func TestInstallingSaysWhatItsBytesAre(t *testing.T) {
	for want, p := range map[string]local.InstallProgress{
		"trainer: installer": {Phase: local.InstallUV},
		"trainer: packages, 1.2 of about 5.0 GB on disk, unpacked, 20 MB/s, about 3m10s left": {
			Phase: local.InstallPackages, Done: 1_200_000_000, Total: 5_000_000_000, PerSecond: 20e6, Left: 190 * time.Second,
		},
		"trainer: check, 4.0 of about 5.0 GB": {Phase: local.InstallCheck, Done: 4_000_000_000, Total: 5_000_000_000},
	} {
		if got := installing(p); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
