package logcheck

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Read gives the checker all lines of a stream. A line of any length takes no more memory than MaxLine.
func Read(from io.Reader, c *Checker) error {
	reader := bufio.NewReaderSize(from, MaxLine+2)
	for {
		line, err := reader.ReadSlice('\n')
		if len(line) > 0 {
			// What is too long is cut: that it is too long is all that is said about it.
			c.Add(bytes.TrimRight(line, "\r\n"))
		}
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = reader.ReadSlice('\n')
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("cannot read lines: %w", err)
		}
	}
}
