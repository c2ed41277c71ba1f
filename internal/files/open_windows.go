package files

// noWait is for systems where opening a pipe waits for its other end.
const noWait = 0
