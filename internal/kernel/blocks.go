package kernel

// Lanes is the number of channels of a pixel that lie together in a blocked picture.
const Lanes = 16
