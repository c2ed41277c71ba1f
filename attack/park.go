package attack

// Held is what a run holds between two questions.
type Held struct{ r *runner }
