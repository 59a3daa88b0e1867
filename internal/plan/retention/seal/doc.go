// Package seal makes it visible that stored lines were taken away. Every closed hour of a class gets a seal, and what is
// read later is held against it:
//
//	lines -> leaves -> minutes -> Seal (root, counts, hash of the seal before, signature)
//	                                 |
//	lines, read again  ----------> Check -> Verdict: all there, late ones came, some are missing
//
// A seal has three things of an hour. Its root is a Merkle root over every line, and what decides. The hashes of its
// minutes and four bytes of each line, its prints, only narrow down where to look: by them the sealed lines are found
// among those that came later, and the root of what was found is compared. So they may be short.
//
// It must not ask anybody anything: who reads lines is in external/loki. Start with seal.go.
package seal
