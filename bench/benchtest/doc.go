// Package benchtest provides servers of lines that behave well or badly on
// purpose, for the tests of the bench: in the test's own process, or in one of
// their own that speaks the status protocol. No measurement belongs here.
package benchtest
