package lab

import (
	"context"
	"errors"
)

// Settle brings what a running Loki has in memory to where its compactor finds it, as Fill does: it waits for a number of
// chunks to be flushed, and starts it again. By its defaults that takes a Loki a quarter of an hour.
func (l *Loki) Settle(ctx context.Context, chunks int, retention bool) error {
	flushed := l.until(ctx, func() (bool, error) {
		n, err := l.chunks()
		return n >= chunks, err
	})
	if err := errors.Join(flushed, l.Stop(), l.drop("wal")); err != nil {
		return err
	}
	if err := l.Start(ctx, false); err != nil {
		return err
	}
	if err := errors.Join(l.Stop(), l.drop("wal", "tsdb-shipper-active", "tsdb-shipper-cache")); err != nil {
		return err
	}
	return l.Start(ctx, retention)
}
