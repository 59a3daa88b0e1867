package sentrytest

import (
	"fmt"
	"maps"
	"time"
)

func organizationBody(s *State) map[string]any {
	o := s.Organization
	body := map[string]any{
		"id": "2", "slug": o.Slug, "name": o.Slug, "status": map[string]any{"id": "active", "name": "active"},
		"dateCreated": "2018-11-06T21:19:55.101Z", "isEarlyAdopter": false, "require2FA": false,
		"avatar":          map[string]any{"avatarType": "letter_avatar", "avatarUuid": nil},
		"links":           map[string]any{"organizationUrl": "https://" + o.Slug + ".sentry.io", "regionUrl": o.RegionURL},
		"hasAuthProvider": false, "allowMemberInvite": true, "allowSuperuserAccess": false,
		"allowMemberProjectCreation": o.MembersCreateProjects,
	}
	maps.Copy(body, o.Settings)
	return body
}

// switches are the parts of a project that nobody here sets, all of which are false.
var switches = []string{
	"isBookmarked", "hasMinifiedStackTrace", "hasFeedbacks", "hasMonitors", "hasNewFeedbacks", "hasProfiles", "hasReplays",
	"hasFlags", "hasSessions", "hasInsightsHttp", "hasInsightsDb", "hasInsightsAssets", "hasInsightsAppStart",
	"hasInsightsScreenLoad", "hasInsightsVitals", "hasInsightsCaches", "hasInsightsQueues", "hasInsightsAgentMonitoring",
	"hasInsightsMCP", "hasLogs", "hasTraceMetrics", "isInternal", "isPublic", "firstTransactionEvent", "isDynamicallySampled",
	"tempestFetchScreenshots", "seerScannerAutomation",
}

// projectBody has everything the schema demands, and the secrets that come with it in clear.
func projectBody(s *State, p *Project) map[string]any {
	secret := "c0ffee00c0ffee00c0ffee00c0ffee00"
	body := map[string]any{
		"id": p.ID, "slug": p.Slug, "dateCreated": p.Created.Format(time.RFC3339), "status": "active",
		"isMember": true, "hasAccess": true, "access": []string{}, "features": []string{}, "firstEvent": nil,
		"avatar": map[string]any{"avatarType": "letter_avatar", "avatarUuid": nil}, "color": "#3f7abf",
		"latestRelease": nil, "options": map[string]any{"sentry:token": secret}, "securityToken": secret, "securityTokenHeader": nil,
		"storeCrashReports": nil, "derivedGroupingEnhancements": "", "groupingEnhancements": "", "fingerprintingRules": "",
		"groupingConfig": "newstyle:2023-01-11", "secondaryGroupingConfig": nil, "secondaryGroupingExpiry": 0,
		"highlightPreset": map[string]any{"tags": []string{}, "context": map[string]any{}},
		"platforms":       []string{}, "processingIssues": 0, "builtinSymbolSources": []string{}, "symbolSources": "[]",
		"dynamicSamplingBiases": nil, "autofixAutomationTuning": "off", "seerNightshiftTweaks": nil, "debugFilesRole": nil,
		"organization": organizationBody(s),
	}
	for _, name := range switches {
		body[name] = false
	}
	teams := []any{}
	for _, team := range p.Teams {
		teams = append(teams, map[string]any{"id": fmt.Sprint(len(team)), "name": team, "slug": team})
	}
	body["teams"] = teams
	maps.Copy(body, p.Settings)
	return body
}

func keyAnswer(s *State, p *Project, key *Key) map[string]any {
	scheme, host := s.dsnRoot()
	dsn := map[string]any{
		"public": fmt.Sprintf("%s://%s@%s/%s", scheme, key.ID, host, p.ID),
		"secret": fmt.Sprintf("%s://%s:%s@%s/%s", scheme, key.ID, key.Secret, host, p.ID),
	}
	for _, name := range []string{
		"csp", "security", "minidump", "nel", "unreal", "crons", "cdn", "playstation", "integration", "otlp_traces", "otlp_logs",
	} {
		dsn[name] = fmt.Sprintf("%s://%s/api/%s/%s/?sentry_key=%s", scheme, host, p.ID, name, key.ID)
	}
	var limit any
	if key.Count > 0 && key.Window > 0 {
		limit = map[string]any{"count": key.Count, "window": key.Window}
	}
	return map[string]any{
		"id": key.ID, "public": key.ID, "secret": key.Secret, "name": key.Name, "label": key.Name, "projectId": number(p.ID),
		"isActive": key.Active, "rateLimit": limit, "dsn": dsn, "dateCreated": key.Created.Format(time.RFC3339Nano),
		"browserSdkVersion": "8.x", "browserSdk": map[string]any{"choices": [][]string{{"latest", "latest"}}}, "useCase": "user",
		"dynamicSdkLoaderOptions": map[string]any{
			"hasReplay": true, "hasPerformance": true, "hasDebug": false, "hasFeedback": false, "hasLogsAndMetrics": false,
		},
	}
}

// ownershipBody has nulls before the rules are written, which the schema denies.
func ownershipBody(p *Project) map[string]any {
	body := map[string]any{
		"raw": nil, "dateCreated": nil, "lastUpdated": nil, "fallthrough": p.Ownership.Fallthrough, "isActive": true,
		"autoAssignment": autoAssignments[0], "codeownersAutoSync": true, "schema": nil,
	}
	if p.Ownership.AutoAssignment != "" {
		body["autoAssignment"] = p.Ownership.AutoAssignment
	}
	if p.Ownership.Raw != "" {
		now := p.Created.Format(time.RFC3339)
		body["raw"], body["dateCreated"], body["lastUpdated"] = p.Ownership.Raw, now, now
		body["schema"] = map[string]any{"$version": 1, "rules": []any{}}
	}
	return body
}
