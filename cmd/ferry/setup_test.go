package main

import (
	"os"
	"testing"

	"ferry/sql/pgtest"
)

func TestMain(m *testing.M) {
	code := pgtest.Main(m).Run()
	if binaries.dir != "" {
		_ = os.RemoveAll(binaries.dir)
	}
	os.Exit(code)
}
