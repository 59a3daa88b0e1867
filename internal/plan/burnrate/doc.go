// Package burnrate is the arithmetic of alerts on error budgets: which windows are compared, and with
// what, so that an alert fires when a given share of the budget is gone. It follows the Google SRE
// workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts":
//
//	share of budget   long window   short window   factor for 30d   severity
//	             2%            1h             5m             14.4   page
//	             5%            6h            30m                6   page
//	            10%            1d             2h                3   ticket
//	            10%            3d             6h                1   ticket
//
// A burn of factor 1 spends the budget exactly at the end of the window of the objective. The long
// window says that enough is gone to matter, the short one that it is still going on, so that the alert
// resolves soon after the cause is gone.
//
// Pure: numbers only, no PromQL. Start with Pairs.
package burnrate
