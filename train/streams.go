package train

import (
	"encoding/binary"
	"math/rand/v2"
)

// A purpose separates the streams of random numbers for different things.
type purpose uint64

const (
	forOrder purpose = iota + 1
	forAugment
	forStart
)

// stream makes r the stream of random numbers for one thing: an example (by its index in the data)
// of an epoch, say. Streams share no state, so training may resume anywhere.
func stream(r *rand.ChaCha8, seed uint64, p purpose, epoch, index int) *rand.Rand {
	var key [32]byte
	for i, v := range [...]uint64{seed, uint64(p), uint64(epoch), uint64(index)} {
		binary.LittleEndian.PutUint64(key[8*i:], v)
	}
	r.Seed(key)
	return rand.New(r)
}

// order returns the indices of n examples in the order of an epoch.
func order(seed uint64, epoch, n int) []int {
	return stream(new(rand.ChaCha8), seed, forOrder, epoch, 0).Perm(n)
}
