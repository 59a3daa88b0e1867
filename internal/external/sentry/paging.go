package sentry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const (
	// pageSize is the most Sentry gives; without it some lists have ten to a page.
	pageSize = "100"
	// maxPages bounds a list, in case a server never says that it has ended.
	maxPages = 100
)

// list reads all pages of a list. The cursor is taken from the answer, its URL is not: behind a proxy
// it names another host.
func list[T any](ctx context.Context, c *Client, name, address string, query url.Values) ([]T, error) {
	var all []T
	query.Set("per_page", pageSize)
	for range maxPages {
		var page []T
		header, err := c.do(ctx, call{
			name: name, method: http.MethodGet, address: address + "?" + query.Encode(), out: &page, success: []int{http.StatusOK},
		})
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		cursor := nextCursor(header)
		if cursor == "" {
			return all, nil
		}
		if cursor == query.Get("cursor") {
			return nil, fmt.Errorf("cannot %s: the next page is the one just read", name)
		}
		query.Set("cursor", cursor)
	}
	return nil, fmt.Errorf("cannot %s: %w", name, errTooManyPages)
}

var errTooManyPages = errors.New("there are more than a hundred pages")

// parameter is one of those behind a URL in a Link header.
var parameter = regexp.MustCompile(`(\w+)="([^"]*)"`)

// nextCursor finds the cursor of the next page; "" if this was the last one.
func nextCursor(header http.Header) string {
	for _, link := range strings.Split(strings.Join(header.Values("Link"), ","), ",") {
		_, parameters, found := strings.Cut(link, ">")
		if !found {
			continue
		}
		named := map[string]string{}
		for _, match := range parameter.FindAllStringSubmatch(parameters, -1) {
			named[match[1]] = match[2]
		}
		if named["rel"] == "next" && named["results"] == "true" {
			return named["cursor"]
		}
	}
	return ""
}
