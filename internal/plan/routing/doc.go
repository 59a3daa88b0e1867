// Package routing renders who hears of the alerts of an environment: one AlertmanagerConfig with a route
// for each receiver, the inhibitions of the catalogue, and a route of its own for the heartbeat.
//
//	env.Routing + rules.Inhibitions --Render--> AlertmanagerConfig
//
// Secrets are only referred to. Pure. Start with routing.go; receivers.go is what Slack, PagerDuty,
// webhooks and mailboxes need.
package routing
