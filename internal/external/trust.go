package external

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
)

// Authorities are those that may vouch for a host, beside the ones of the machine. The zero value is none.
type Authorities struct {
	pool *x509.CertPool
	sum  [sha256.Size]byte
}

// NewAuthorities reads certificates in PEM.
func NewAuthorities(pem []byte) (Authorities, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return Authorities{}, errors.New("there is no certificate in it")
	}
	return Authorities{pool: pool, sum: sha256.Sum256(pem)}, nil
}

type trustKey struct{}

// Trusting returns a context whose requests believe these authorities.
func Trusting(ctx context.Context, a Authorities) context.Context {
	if a.pool == nil {
		return ctx
	}
	return context.WithValue(ctx, trustKey{}, a)
}

// maxTrusts is how many sets of authorities have connections at once.
const maxTrusts = 64

// Trust is an http.RoundTripper, the Base of Hosts whose certificates may be of authorities of their own. Each set of
// authorities has connections of its own, so that nobody uses one that another was let into.
type Trust struct {
	base *http.Transport

	mu  sync.Mutex
	own map[[sha256.Size]byte]*http.Transport
}

// NewTrust returns one that sends as the default of net/http does.
func NewTrust() *Trust {
	base, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		base = &http.Transport{Proxy: http.ProxyFromEnvironment}
	}
	return &Trust{base: base.Clone(), own: map[[sha256.Size]byte]*http.Transport{}}
}

// RoundTrip sends a request, believing the authorities of its context.
func (t *Trust) RoundTrip(request *http.Request) (*http.Response, error) {
	a, ok := request.Context().Value(trustKey{}).(Authorities)
	if !ok {
		return t.base.RoundTrip(request)
	}
	return t.of(a).RoundTrip(request)
}

func (t *Trust) of(a Authorities) *http.Transport {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.own[a.sum] == nil {
		for sum, last := range t.own {
			if len(t.own) < maxTrusts {
				break
			}
			last.CloseIdleConnections()
			delete(t.own, sum)
		}
		next := t.base.Clone()
		next.TLSClientConfig = &tls.Config{RootCAs: a.pool, MinVersion: tls.VersionTLS12}
		t.own[a.sum] = next
	}
	return t.own[a.sum]
}
