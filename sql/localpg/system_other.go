//go:build !linux

package localpg

import "syscall"

// attributes of the server's process. It has its own process group, so that
// Ctrl-C reaches us first and we stop it in order. This system cannot tie the
// server's life to ours. One left behind by kill -9 ends within a minute when
// its folder was temporary, for Postgres looks whether its files are still
// there; else the next Start on the folder stops it, see folder.stopOrphan.
func attributes(a *account, _ syscall.Signal) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Credential: a.credential()}
}

// memoryFolder is "": this system has no folder in memory that is always there.
func memoryFolder() string { return "" }
