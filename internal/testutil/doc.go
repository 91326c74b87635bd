// Package testutil holds what the tests of several packages share: checks that
// nothing leaks. It knows nothing of the packages that it serves.
package testutil
