// Package store knows models by name, and opens them:
//
//   - known models, such as "googlenet": the package has their official addresses, sizes and
//     checksums, and [Pull] downloads them;
//   - embedded models, which are part of the program;
//   - added models: the user's own networks, registered with [Add] by a file hoodwink.yaml that holds
//     their contract.
//
// A models folder has one folder for each model. Three models folders are searched in turn:
// [Options].Dir, the one in the environment variable HOODWINK_MODELS, and hoodwink/models in the
// user's cache folder.
//
//	m, err := store.Open("googlenet", store.Options{})
package store
