// Package conform checks what an attack promises by being one: that its results stay inside the ball,
// the bounds and the mask, that the same seed gives the same bits whatever else is under attack, that
// budgets hold to the one, and so on. It needs no files: its models are closed forms.
//
// An attack written anywhere is checked by one call in a test:
//
//	func TestMine(t *testing.T) {
//		if err := conform.Check(t.Context(), Mine{}); err != nil {
//			t.Fatal(err)
//		}
//	}
//
// Which properties apply follows from the family of the attack, that is from Access and Minimal of its
// Info: see [Properties]. Two more apply to attacks that promise more: see [Extension] and [Converging].
//
// Models of this package ([Linear], [Layers], [Boxed]) are there for other tests, too.
package conform
