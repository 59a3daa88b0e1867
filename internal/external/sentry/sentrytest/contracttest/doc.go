// Package contracttest compares requests and answers with what Sentry publishes of its API. It is for tests, which start
// their Sentry by it; nothing of it is in the product.
package contracttest
