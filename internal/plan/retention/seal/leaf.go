package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"time"
)

// hash is one of SHA-256.
type hash = [sha256.Size]byte

// Labels stand for the labels of a line.
type Labels hash

// unstable is a label by which Loki guesses the level of a line, by rules that differ from version to version.
const unstable = "detected_level"

// LabelsOf hashes labels and structured metadata. They are the same for many lines, and hashed once.
func LabelsOf(labels map[string]string) Labels {
	var text []byte
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if name != unstable {
			text = appendText(appendText(text, name), labels[name])
		}
	}
	return sha256.Sum256(text)
}

// appendText writes the length before the text, so that no two lists read the same.
func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// Line is one that is stored.
type Line struct {
	// At is in nanoseconds since 1970.
	At     int64
	Labels Labels
	Text   string
}

// The first byte of what is hashed tells a leaf from a node, or a line could be made that reads as two others.
const (
	leafByte = 0
	nodeByte = 1
)

// leaves turns the lines of one hour into leaves, minute by minute. Of lines of the same nanosecond the order is that
// of their hashes, since a log store gives them in any; and one that comes twice counts once, since a log store with
// copies returns it once or twice.
type leaves struct {
	from time.Time
	// minute that is open, and what becomes of its leaves, in their order.
	minute int
	closed func(minute int, leaves []hash) error

	at      int64
	same    []hash
	open    []hash
	scratch []byte
}

func newLeaves(hour time.Time, closed func(int, []hash) error) *leaves {
	return &leaves{from: hour, closed: closed, at: hour.UnixNano()}
}

// add takes the next line; time does not go back.
func (l *leaves) add(line Line) error {
	if line.At < l.at || line.At >= l.from.Add(time.Hour).UnixNano() {
		return fmt.Errorf("a line of %s is not of the hour from %s on, or comes too late",
			time.Unix(0, line.At).UTC().Format(time.RFC3339Nano), l.from.Format(time.RFC3339))
	}
	if line.At > l.at {
		l.settle()
		l.at = line.At
		if minute := int((line.At - l.from.UnixNano()) / int64(time.Minute)); minute > l.minute {
			if err := l.close(); err != nil {
				return err
			}
			l.minute = minute
		}
	}
	l.scratch = append(l.scratch[:0], leafByte)
	l.scratch = binary.BigEndian.AppendUint64(l.scratch, uint64(line.At)) //nolint:gosec // after 1970, as every hour is
	l.scratch = append(l.scratch, line.Labels[:]...)
	l.scratch = append(l.scratch, line.Text...)
	if len(l.open)+len(l.same) == MaxLines {
		return ErrTooMany // before the minute is over, whose leaves are kept
	}
	l.same = append(l.same, sha256.Sum256(l.scratch))
	return nil
}

// settle puts the leaves of one nanosecond in their order.
func (l *leaves) settle() {
	if len(l.same) > 1 {
		slices.SortFunc(l.same, func(a, b hash) int { return bytes.Compare(a[:], b[:]) })
		l.same = slices.Compact(l.same)
	}
	l.open = append(l.open, l.same...)
	l.same = l.same[:0]
}

// close hands the open minute over.
func (l *leaves) close() error {
	l.settle()
	if len(l.open) == 0 {
		return nil
	}
	err := l.closed(l.minute, l.open)
	l.open = l.open[:0]
	return err
}

// tree is a Merkle tree as in RFC 6962, of which only the right edge is kept.
type tree struct {
	edge []hash
	n    uint64
}

func (t *tree) add(leaf hash) {
	t.edge = append(t.edge, leaf)
	for n := t.n; n&1 == 1; n >>= 1 {
		last := len(t.edge) - 1
		t.edge[last-1] = node(&t.edge[last-1], &t.edge[last])
		t.edge = t.edge[:last]
	}
	t.n++
}

func (t *tree) root() hash {
	if len(t.edge) == 0 {
		return sha256.Sum256(nil)
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = node(&t.edge[i], &root)
	}
	return root
}

func node(left, right *hash) hash {
	var text [1 + 2*sha256.Size]byte
	text[0] = nodeByte
	copy(text[1:], left[:])
	copy(text[1+sha256.Size:], right[:])
	return sha256.Sum256(text[:])
}

// rootOf is the root over some leaves.
func rootOf(all []hash) hash {
	var t tree
	for _, leaf := range all {
		t.add(leaf)
	}
	return t.root()
}
