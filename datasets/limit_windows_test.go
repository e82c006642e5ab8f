package datasets

import "testing"

func limitFileSize(t *testing.T, _ uint64) { t.Skip("no limit for file sizes here") }
