//go:build !race

package main

// raceEnabled: the binaries under test are built like their test.
const raceEnabled = false
