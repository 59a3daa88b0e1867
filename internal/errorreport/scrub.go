package errorreport

import "regexp"

// scrubbed stands where a secret was.
const scrubbed = "[scrubbed]"

// A rule replaces what looks like a secret. In doubt it takes too much: a message that lost a word can
// still be found by reason and object, a secret in Sentry has to be rotated.
type rule struct {
	pattern *regexp.Regexp
	with    string
}

// rules are applied in this order: whole blocks, then what names itself, then bare shapes.
var rules = []rule{
	// Private keys and certificates, also cut ones and those with escaped line feeds.
	{regexp.MustCompile(`(?s)-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\z)`), scrubbed},
	// The rest of a line after an Authorization or Cookie header, dumped in any way.
	{regexp.MustCompile(`(?i)((?:authorization|x-sentry-auth|set-cookie|cookie)[\\"']*\s*[:=]).*`), "${1}" + scrubbed},
	// Credentials in a URL; the password may contain anything but white space.
	{regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://)[^\s"'<>]*@`), "${1}" + scrubbed + "@"},
	// user:password@host without a scheme, as database drivers write it.
	{regexp.MustCompile(`[^\s"'@/:]+:[^\s"'@/][^\s"'@]*@`), scrubbed + "@"},
	// Query strings.
	{regexp.MustCompile(`\?[^\s"'?]*=[^\s"']*`), "?" + scrubbed},
	// password=..., "token": "...", DB_SECRET_KEY: ..., also inside of quoted JSON and as a YAML block.
	{regexp.MustCompile(`(?i)([\w.-]*(?:passw|passphrase|pwd|secret|token|key|credential|session|signature|dsn)` +
		`[\w.-]*[\\"']*\s*[:=]\s*)` +
		`(?:[|>][-+]?\s+)?(?:\\*"(?:[^"\\]|\\.)*"|\\*'(?:[^'\\]|\\.)*'|\S+)`), "${1}" + scrubbed},
	// --token ..., as in a command line; not the end of a name such as sentry-token.
	{regexp.MustCompile(`(?i)((?:^|[\s"'\[])--?[\w-]*(?:passw|secret|token|key|credential)[\w-]*\s+)\S+`), "${1}" + scrubbed},
	// Authentication schemes without their header.
	{regexp.MustCompile(`(?i)\b(bearer|basic|digest|negotiate|jwt)\s+[^\s"']{6,}`), "${1} " + scrubbed},
	// JSON web tokens.
	{regexp.MustCompile(`\beyJ[\w-]{5,}(?:\.[\w-]*)+`), scrubbed},
	// Tokens of Sentry, GitHub, GitLab, Grafana, Slack, AWS and Google, which have a prefix.
	{regexp.MustCompile(`\b(?:sntr[a-z]{1,2}_|gh[a-z]_|github_pat_|glpat-|glsa_|glc_|xox[a-z]-|AKIA|ASIA|AIza)` +
		`[\w+/=-]{10,}`), scrubbed},
	// Long hexadecimal numbers, such as Sentry's older tokens; digests of images go with them.
	{regexp.MustCompile(`\b[0-9a-fA-F]{32,}\b`), scrubbed},
}

// Scrub replaces what looks like a secret in a text for people: PEM blocks, Authorization headers,
// credentials and query strings of URLs, values with a name such as password, token, secret or key,
// JSON web tokens and tokens of known services. What has neither name nor shape of a secret stays.
func Scrub(text string) string {
	for _, r := range rules {
		text = r.pattern.ReplaceAllString(text, r.with)
	}
	return text
}
