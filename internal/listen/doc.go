// Package listen claims TCP addresses for servers whose event loops each have a
// listening socket of their own. Accepting is the engines' business.
package listen
