package kubelet

import (
	"bytes"
	"os"
)

// tailLines of a log explain why a container has died.
const tailLines = 20

// Tail returns the last lines of a log.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-tailLines):], []byte("\n")))
}
