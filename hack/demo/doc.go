// Command demo shows the operator at work on a real control plane on this machine, and checks what it
// shows: make demo ends with an error if anything is not as it says.
//
//	control plane -> CRDs -> a cluster as users have it -> the operator, with its own permissions
//	   -> ten lines of YAML -> Ready -> what was found and made -> a repair -> yours, until Ctrl-C
//
// The operator runs as a process with the token of its ServiceAccount, because without nodes no pod
// can run; everything else is what a user types. Start with story.go. It changes nothing outside its
// own temporary directory.
package main
