package hoodwink

import _ "embed"

// Notice is the file NOTICE: who wrote what the program is made of, and the texts of the licences.
//
//go:embed NOTICE
var Notice string
