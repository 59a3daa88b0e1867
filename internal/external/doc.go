// Package external keeps systems outside of the cluster in the state a plan wants. Each system has a
// package of its own below this one; what they share is here:
//
//	Run      observe, compare, write what differs, read back what was ignored
//	Runner   when and how often: due times in memory, a few workers, a result that is asked for
//	Hosts    how: rate, concurrency, pauses and breaker of each host, shared by all that ask it
//	Answer   what an HTTP status means: wait, try again, or tell a person
//
// Nothing here blocks who asks: the pass that applies cluster objects reads the last result and goes
// on, however dead the other side is. Nothing here is kept on disk: losing it costs reads.
// Start reading at Run, then Runner.
package external
