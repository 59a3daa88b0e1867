// Package sentry talks to Sentry: the regions of sentry.io, and self-hosted servers under any path.
//
//	Client   one method per call that is needed, and nothing that is not
//	Ensure   finds or makes the project and the client key, never a second one
//	Project  the external.Syncer of the settings of a project
//	Proving  sends an event with made-up secrets, and reads it back
//
// What every call keeps to: no redirect is followed, the content type is looked at before the body, the
// body is bounded, and the token is in one header and nowhere else: not in a URL, an error or a log.
// Nothing here decides what is wanted; that is internal/plan/sentry.
package sentry
