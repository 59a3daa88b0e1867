package cluster

import (
	"io"
	"sync"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"
)

// discardLibraryLogs keeps controller-runtime, which starts the control plane, from complaining that
// nobody reads its logs. A program that does read them has said so before.
var discardLibraryLogs = sync.OnceFunc(func() { log.SetLogger(logr.Discard()) })

// sharedWriter lets all parts of a cluster write to one place, a line at a time.
type sharedWriter struct {
	mu sync.Mutex
	to io.Writer
}

func (w *sharedWriter) Write(data []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(data)
}
