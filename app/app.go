// Package app is ferry's vocabulary: who writes, what they write, what an
// agent found out, and how a failure is told. It imports the standard library
// and the UUID type only, and every other package may import it.
//
// Nothing here does anything to the outside world. A newcomer can read the
// whole package in five minutes and then knows the nouns of every other one.
package app
