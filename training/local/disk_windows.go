package local

import "golang.org/x/sys/windows"

// freeDisk is the space that this user may still write on the volume of dir.
func freeDisk(dir string) (int64, error) {
	p, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free, total, all uint64
	err = windows.GetDiskFreeSpaceEx(p, &free, &total, &all)
	return int64(free), err
}
