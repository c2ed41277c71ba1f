// Package attacks holds the attacks, one file each, and the list of them. Each is a function of one
// picture, written as in its paper, that asks a [attack.Trial]; package attack does the rest.
package attacks
