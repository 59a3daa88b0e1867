package seal

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"slices"
)

const (
	// shortHash is how much of the root of a minute is kept.
	shortHash = 16
	// printSize is how much of a leaf is kept.
	printSize = 4
	// MaxPrinted is how many lines an hour may have whose prints are kept: 13 kB, 110 MB of a year of a class, which is what an
	// etcd of two GiB has room for.
	MaxPrinted = 2000
)

// minute is one of an hour, with lines.
type minute struct {
	number int
	count  int
	short  [shortHash]byte
	// prints are four bytes of each leaf, in the order of the leaves; nil where there are too many.
	prints []uint32
}

func printOf(leaf *hash) uint32 { return binary.BigEndian.Uint32(leaf[:]) }

// ofMinute is the leaf of a minute in the tree of its hour.
func ofMinute(number, count int, root hash) hash {
	text := []byte{leafByte, byte(number)}                    //nolint:gosec // less than sixty
	text = binary.BigEndian.AppendUint64(text, uint64(count)) //nolint:gosec // a length
	return sha256.Sum256(append(text, root[:]...))
}

// The first byte of packed minutes.
const (
	withoutPrints = 0
	withPrints    = 1
)

// pack writes minutes as a text: with the prints 5.4 bytes for each line, and 25 for each minute that has any.
func pack(all []minute) string {
	printed := !slices.ContainsFunc(all, func(m minute) bool { return m.prints == nil })
	out := []byte{withoutPrints}
	if printed {
		out[0] = withPrints
	}
	for _, m := range all {
		out = append(out, byte(m.number))                //nolint:gosec // less than sixty
		out = binary.AppendUvarint(out, uint64(m.count)) //nolint:gosec // a length
		out = append(out, m.short[:]...)
		if printed {
			for _, one := range m.prints {
				out = binary.BigEndian.AppendUint32(out, one)
			}
		}
	}
	return base64.StdEncoding.EncodeToString(out)
}

var errMinutes = errors.New("its minutes cannot be read")

// unpack reads what pack has written, and nothing else.
func unpack(text string) ([]minute, error) {
	in, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(in) == 0 || in[0] > withPrints {
		return nil, errMinutes
	}
	printed := in[0] == withPrints
	in = in[1:]
	var all []minute
	for last := -1; len(in) > 0; {
		m, size := first(in, printed)
		if size == 0 || m.number <= last || m.number > 59 {
			return nil, errMinutes
		}
		all, last, in = append(all, m), m.number, in[size:]
	}
	return all, nil
}

// first reads one minute, and returns how many bytes it has; 0 if it is none.
func first(in []byte, printed bool) (minute, int) {
	m := minute{number: int(in[0])}
	count, size := binary.Uvarint(in[1:])
	if size <= 0 || count == 0 || count > MaxLines {
		return m, 0
	}
	m.count = int(count)
	begin, rest := 1+size, shortHash
	if printed {
		rest += printSize * m.count
	}
	if len(in) < begin+rest {
		return m, 0
	}
	copy(m.short[:], in[begin:])
	if printed {
		m.prints = make([]uint32, m.count)
		for i := range m.prints {
			m.prints[i] = binary.BigEndian.Uint32(in[begin+shortHash+printSize*i:])
		}
	}
	return m, begin + rest
}
