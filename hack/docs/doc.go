// Package docs tests what pages promise each other: links, the tests they name, and that a symptom leads to a page. What they tell
// people to type is tested by hack/chart.
package docs
