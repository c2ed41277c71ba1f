//go:build !race

package kernel

import (
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A fence hands out memory between pages that must not be touched. Memory ends exactly where such
// a page follows or, with begin, begins where one precedes: a kernel that reads or writes one byte
// too far faults.
type fence struct {
	begin    bool
	idle     map[int][][]byte // regions without an operand, by size
	operands []operand
}

// An operand is what lies in a region.
type operand struct {
	name        string
	region      []byte
	first, size uintptr
}

// fenced returns a copy of x in memory of f. It is valid until the next call of release.
func fenced[T any](f *fence, name string, x []T) []T {
	if x == nil {
		return nil
	}
	page, size := os.Getpagesize(), len(x)*int(unsafe.Sizeof(*new(T)))
	pages := max(1, (size+page-1)/page)
	region := f.region((pages + 2) * page)
	at := page
	if !f.begin {
		at = (pages+1)*page - size
	}
	first := unsafe.Pointer(&region[at])
	f.operands = append(f.operands, operand{name, region, uintptr(first), uintptr(size)})
	y := unsafe.Slice((*T)(first), len(x))
	copy(y, x)
	return y
}

// region returns memory of which the first and the last page cannot be touched.
func (f *fence) region(size int) []byte {
	if have := f.idle[size]; len(have) > 0 {
		f.idle[size] = have[:len(have)-1]
		return have[len(have)-1]
	}
	region, err := unix.Mmap(-1, 0, size, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		panic(err)
	}
	page := os.Getpagesize()
	if err := unix.Mprotect(region[page:size-page], unix.PROT_READ|unix.PROT_WRITE); err != nil {
		panic(err)
	}
	return region
}

// release takes all memory back that has been handed out.
func (f *fence) release() {
	for _, o := range f.operands {
		f.idle[len(o.region)] = append(f.idle[len(o.region)], o.region)
	}
	f.operands = f.operands[:0]
}

// try runs a kernel, and returns an error that says which operand's fence it touched, if any.
func (f *fence) try(kernel func()) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		fault := recover()
		at, ok := fault.(interface{ Addr() uintptr })
		if fault != nil && !ok {
			panic(fault)
		}
		if fault == nil {
			return
		}
		err = fmt.Errorf("touches address %#x, beside no operand", at.Addr())
		for _, o := range f.operands {
			from := uintptr(unsafe.Pointer(&o.region[0]))
			if a := at.Addr(); a >= from && a < from+uintptr(len(o.region)) {
				err = fmt.Errorf("touches byte %d of %s, which has %d", int(a-o.first), o.name, o.size)
			}
		}
	}()
	kernel()
	return nil
}

// eachFence runs a test with memory that ends at a fence, then with memory that begins at one.
func eachFence(t *testing.T, test func(t *testing.T, f *fence)) {
	for name, begin := range map[string]bool{"end": false, "begin": true} {
		t.Run(name, func(t *testing.T) {
			f := &fence{begin: begin, idle: map[int][][]byte{}}
			defer func() {
				f.release()
				for _, regions := range f.idle {
					for _, r := range regions {
						if err := unix.Munmap(r); err != nil {
							t.Error(err)
						}
					}
				}
			}()
			test(t, f)
		})
	}
}

// TestFence: what the tests of kernels rely on. A byte too far is noticed, on both sides, read or
// written, and the last byte that is allowed is not.
func TestFence(t *testing.T) {
	eachFence(t, func(t *testing.T, f *fence) {
		for _, n := range []int{0, 1, 7, 1024, 1025} {
			x := fenced(f, "x", make([]float32, n))
			at, beyond := n-1, n
			if f.begin {
				at, beyond = 0, -1
			}
			value := func(i int) *float32 {
				return (*float32)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(x)), 4*i))
			}
			if n > 0 {
				if err := f.try(func() { *value(at) = 3 }); err != nil {
					t.Errorf("%d values: the last one: %v", n, err)
				}
			}
			if err := f.try(func() { *value(beyond) = 3 }); err == nil {
				t.Errorf("%d values: a write too far is not noticed", n)
			}
			var sum float32
			if err := f.try(func() { sum += *value(beyond) }); err == nil {
				t.Errorf("%d values: a read too far is not noticed, %g", n, sum)
			}
			f.release()
		}
	})
}
