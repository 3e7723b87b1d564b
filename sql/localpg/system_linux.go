package localpg

import (
	"os"
	"syscall"
)

// attributes of the server's process. It has its own process group, so that
// Ctrl-C reaches us first and we stop it in order. When the thread that started
// it dies, which it does with us, the kernel sends it the signal.
func attributes(a *account, atOurDeath syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: atOurDeath, Credential: a.credential()}
}

// memoryFolder is a folder held in memory, "" if there is none with room for a
// test's server, or if TMPDIR says where temporary files go. Copying a database
// is many small files: 15 ms in memory, and up to 450 ms on a busy disk.
func memoryFolder() string {
	const (
		folder = "/dev/shm"
		tmpfs  = 0x01021994 // statfs(2): TMPFS_MAGIC
		room   = 2 << 30    // bytes; containers have 64 MB unless told otherwise
	)
	if os.Getenv("TMPDIR") != "" {
		return ""
	}
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil || s.Type != tmpfs || s.Bavail < room/uint64(s.Bsize) { //nolint:gosec // a block size is positive
		return ""
	}
	return folder
}
