package installing

import (
	"testing"
	"time"

	"github.com/modelfactory/modelfactory/training/local"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		in     local.InstallProgress
		phase  string
		share  float64
		detail string
	}{
		{local.InstallProgress{}, "Looking what is missing", -1, ""},
		{local.InstallProgress{Phase: local.InstallUV, Done: 10_000_000}, "Getting the installer", -1, "10\u00a0MB"},
		{
			local.InstallProgress{Phase: local.InstallPackages, Done: 300_000_000, Total: 1_200_000_000, PerSecond: 8_000_000, Left: 112 * time.Second},
			"Downloading and unpacking the trainer", 0.25, "300\u00a0MB of about 1.2\u00a0GB on the disk · 8.0\u00a0MB/s · about 115\u00a0s left",
		},
		{local.InstallProgress{Phase: local.InstallWait}, "Waiting: another program installs the trainer", -1, ""},
		{local.InstallProgress{Phase: local.InstallCheck, Done: 1_000_000_000, Total: 5_000_000_000}, "Reading the installed files", 0.2, "1.0\u00a0GB of about 5.0\u00a0GB"},
		{local.InstallProgress{Phase: local.InstallBase, Done: 10, Total: 10}, "Preparing the base", 0.99, "10\u00a0B of about 10\u00a0B"}, // never 100 % before it is done
	} {
		phase, share, detail := Words(c.in)
		if phase != c.phase || share != c.share || detail != c.detail {
			t.Errorf("%+v reads %q %v %q", c.in, phase, share, detail)
		}
	}
}
